#!/usr/bin/env bash
# Measures the store: the disk itself, commits, a start, a long history. Needs 6 GB in the directory given (default /tmp/rondo-bench).
#   bench/storage.sh [DIRECTORY]
set -euo pipefail
cd "$(dirname "$0")/.."
directory=${1:-/tmp/rondo-bench}
dotnet build -c Release --nologo -v quiet bench/Rondo.Storage.Benchmarks
run() { artifacts/bin/Rondo.Storage.Benchmarks/release/Rondo.Storage.Benchmarks "$@"; }

echo "== the disk =="
run disk "$directory/disk"
echo "== commits =="
run commit "$directory/commit"
echo "== a start with 1,000,000 finished and 100,000 unfinished jobs =="
[ -d "$directory/start" ] || run generate "$directory/start" 1000000 100000
for _ in 1 2 3 4 5; do run start "$directory/start"; done
echo "== a history of 10,000,000 finished jobs =="
[ -d "$directory/history" ] || run generate "$directory/history" 10000000 0
run read "$directory/history"
run retain "$directory/history" 5000
