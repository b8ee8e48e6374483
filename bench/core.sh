#!/usr/bin/env bash
# Measures the core's hot paths, without disk and network: time and allocated memory of a job's life, of a visit of the token, of a record.
#
#   bench/core.sh            all of them, into bench/results/core.md; about three minutes
#   bench/core.sh --smoke    each once, which shows that they work; nothing is kept
set -euo pipefail
cd "$(dirname "$0")/.."

dotnet build -c Release --nologo -v quiet bench/Rondo.Core.Benchmarks >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
job=Short
[ "${1:-}" != --smoke ] || job=Dry
${ALONE:-} artifacts/bin/Rondo.Core.Benchmarks/release/Rondo.Core.Benchmarks --filter '*' --job "$job" --inProcess --join \
  --artifacts "$work" >"$work/log" || { cat "$work/log"; exit 1; }
table=$(ls "$work"/results/*-github.md)
if grep -q '^Benchmarks with issues:' "$work/log"; then # One that threw has no figures.
  cat "$work/log"
  exit 1
fi
if [ "$job" = Dry ]; then
  echo "$(grep -c '^| [A-Z][a-zA-Z]*Benchmark' "$table") benchmarks of the core ran once each"
  exit
fi
{
  echo "# The core's hot paths"
  echo
  echo "Command: \`bench/core.sh\`; commit $(git rev-parse --short HEAD). \`Stays\`, \`StaysAlone\` and \`Moves\` are for one job: submitted, run and ended where it was handed in"
  echo "(in a batch of 1,024; in a batch of its own), or by another executor. \`Visit\` is for one hop of the token. Payloads and results have 100 bytes."
  echo
  cat "$table"
} >bench/results/core.md
cat bench/results/core.md
