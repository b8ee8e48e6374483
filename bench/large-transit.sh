#!/usr/bin/env bash
# How much memory two executors take while large outputs, or inputs, cross between them:
#   bench/large-transit.sh PATH/TO/rondo outputs|inputs [JOBS] [MIB] [RONDO_OF_THE_OTHER]
# The jobs are handed in at one executor and can run only at the other. Prints the highest resident memory of both (VmHWM), before and after,
# and how long the jobs took.
set -euo pipefail
rondo=$1 what=$2 jobs=${3:-4} mib=${4:-60} other=${5:-$1}
folder=$(mktemp -d)
pids=()
trap 'kill -9 "${pids[@]}"; wait "${pids[@]}" 2>/dev/null || true; rm -rf "$folder"' EXIT

start() { # NAME HTTP RING OPTIONS...
  local name=$1 http=$2 ring=$3
  shift 3
  "$rondo" start --data "$folder/$name" --listen "127.0.0.1:$http" --ring "127.0.0.1:$ring" --slots "$jobs" "$@" \
    >"$folder/$name.out" 2>"$folder/$name.err" &
  pids+=($!)
  until grep -qs . "$folder/$name.out"; do kill -0 $!; sleep 0.05; done
}
peak() { awk '/^VmHWM/ { printf "%d MiB", $2 / 1024 }' "/proc/$1/status"; }

start home 7470 7471
rondo=$other start away 7472 7473 --join 127.0.0.1:7471 --label is=away
until [ "$(curl -sf 127.0.0.1:7470/v1/ring | grep -o '"alive"' | wc -l)" = 2 ]; do sleep 0.05; done
echo "before: home $(peak "${pids[0]}"), away $(peak "${pids[1]}")"
begun=$(date +%s.%N)
ids=()
for ((i = 0; i < jobs; i++)); do
  if [ "$what" = outputs ]; then
    printf '{"command":["sh","-c","yes %s | head -c %s"],"requires":{"is":"away"}}' "$i" $((mib << 20)) >"$folder/job"
  else
    { printf '{"command":["sha256sum"],"requires":{"is":"away"},"stdin":"'; { yes "$i" || true; } | head -c $((mib << 20)) | tr '\n' ' '; printf '"}'; } >"$folder/job"
  fi
  ids+=("$(curl -sf --data-binary "@$folder/job" -H content-type:application/json 127.0.0.1:7470/v1/jobs | grep -o '"id":"[^"]*"' | head -1 | cut -d'"' -f4)")
done
for id in "${ids[@]}"; do
  until curl -sf "127.0.0.1:7470/v1/jobs/$id?wait=30s" | grep -q '"state":"succeeded"'; do sleep 0.05; done
done
echo "all at home after $(echo "$(date +%s.%N) - $begun" | bc) s"
sleep 3
echo "after: home $(peak "${pids[0]}"), away $(peak "${pids[1]}")"
for ((i = 0; i < jobs; i++)); do
  if [ "$what" = outputs ]; then
    wanted=$({ yes "$i" || true; } | head -c $((mib << 20)) | sha256sum)
    got=$(curl -sf "127.0.0.1:7470/v1/jobs/${ids[i]}/result" | sha256sum)
  else
    wanted=$({ yes "$i" || true; } | head -c $((mib << 20)) | tr '\n' ' ' | sha256sum)
    got=$(curl -sf "127.0.0.1:7470/v1/jobs/${ids[i]}/result")
  fi
  [ "$wanted" = "$got" ] || { echo "job ${ids[i]} came out wrong: $got"; exit 1; }
done
