#!/usr/bin/env bash
# Measures Rondo beside the limits of this machine, and writes docs/performance.md with its charts.
#
#   bench/performance.sh [ROUNDS]     5 rounds unless said otherwise, about two minutes each
#   bench/performance.sh --smoke      a few jobs of everything, which shows that the harness works; nothing is kept
#   bench/performance.sh --report     writes the page from the results that there are
#
# ALONE names a command that runs another one while nothing else is measured on this machine.
set -euo pipefail
cd "$(dirname "$0")/.."
results=bench/results/performance.json

dotnet build -c Release --nologo -v quiet bench/Rondo.Performance
measure() { ${ALONE:-} artifacts/bin/Rondo.Performance/release/Rondo.Performance "$@"; }

if [ "${1:-}" != --report ]; then
  rondo=$PWD/artifacts/publish/Rondo.Cli/release_linux-x64/rondo
  if [ "${1:-}" = --smoke ]; then
    rondo=$PWD/rondo
  else
    ./publish.sh
  fi
  dotnet build -c Release --nologo -v quiet src/Rondo.Cli
  jit=$PWD/artifacts/bin/Rondo.Cli/release/rondo
  spawn=$(mktemp)
  trap 'rm -f "$spawn"' EXIT
  gcc -O2 -pthread -o "$spawn" bench/limits/spawn.c
  if [ "${1:-}" = --smoke ]; then
    measure smoke "$rondo" "$jit" "$spawn"
    exit
  fi
  rm -f "$results"
  for _ in $(seq "${1:-5}"); do
    measure round "$rondo" "$jit" "$spawn" "$PWD/$results"
  done
fi
ALONE='' measure report "$PWD/$results" "$PWD/docs"
