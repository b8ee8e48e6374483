#!/usr/bin/env bash
# Starts a ring of two executors, fans a hundred jobs out over them, and checks the sum of their results. Leaves nothing behind.
set -euo pipefail
cd "$(dirname "$0")"

work=$(mktemp -d)
pids=()
stop() {
  if [ "${#pids[@]}" -gt 0 ]; then
    kill "${pids[@]}" 2>/dev/null || true
    wait "${pids[@]}" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap stop EXIT

# start N [--join ADDRESS]: starts an executor on free ports and notes where it answers.
start() {
  local n=$1 end=$((SECONDS + 120))
  shift
  ../../rondo start --data "$work/$n" --listen 127.0.0.1:0 --ring 127.0.0.1:0 --slots 2 "$@" >"$work/$n.out" 2>"$work/$n.log" &
  pids+=($!)
  until grep -q ready "$work/$n.out"; do
    if [ "$SECONDS" -ge "$end" ]; then
      cat "$work/$n.log" >&2
      exit 1
    fi
    sleep 0.1
  done
  http[$n]=$(sed -n 's/.*ready: http:\/\/\([^,]*\),.*/\1/p' "$work/$n.out")
  ring[$n]=$(sed -n 's/.*, ring \([^,]*\),.*/\1/p' "$work/$n.out")
}

declare -A http ring
../../rondo --version >/dev/null # Builds it when it has to be built.
start 1
start 2 --join "${ring[1]}"

found=$(dotnet run -c Release --project Fanout.csproj -- "${http[1]},${http[2]}")
echo "$found"
[ "$found" = "9592 primes below 100000, counted in 100 jobs by 2 executors" ] || {
  echo "FAILED: there are 9592 primes, and two executors to count them" >&2
  exit 1
}
