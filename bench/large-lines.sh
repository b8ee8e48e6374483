#!/usr/bin/env bash
# How much memory an executor takes for jobs with large inputs in Base64:
#   bench/large-lines.sh PATH/TO/rondo batch|single|unannounced [JOBS] [MIB]
# As lines of one batch, as jobs one after the other, or so without the length of their bodies. Prints the highest resident memory (VmHWM) before,
# once all are accepted, and once all have run.
set -euo pipefail
rondo=$1 how=$2 jobs=${3:-1} mib=${4:-46}
folder=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || { kill -9 "$pid"; wait "$pid" 2>/dev/null || true; }; rm -rf "$folder"' EXIT

"$rondo" start --data "$folder/data" --listen 127.0.0.1:7474 --ring 127.0.0.1:7475 --slots 1 >"$folder/out" 2>"$folder/err" &
pid=$!
until grep -qs . "$folder/out"; do kill -0 "$pid"; sleep 0.05; done
peak() { awk '/^VmHWM/ { printf "%d MB", $2 * 1024 / 1000000 }' "/proc/$pid/status"; }
post() { curl -sf --data-binary @- -H content-type:application/json -H expect: "$@"; }

head -c $((mib << 20)) /dev/urandom >"$folder/input"
{ printf '{"command":["sha256sum"],"stdinBase64":"'; base64 -w 0 "$folder/input"; printf '"}\n'; } >"$folder/line"
for ((i = 0; i < jobs; i++)); do cat "$folder/line"; done >"$folder/lines"
before=$(peak)
case $how in
  batch) curl -sf -T "$folder/lines" -X POST -H expect: 127.0.0.1:7474/v1/jobs:batch ;;
  single) for ((i = 0; i < jobs; i++)); do post 127.0.0.1:7474/v1/jobs <"$folder/line"; done ;;
  unannounced) for ((i = 0; i < jobs; i++)); do post -H transfer-encoding:chunked 127.0.0.1:7474/v1/jobs <"$folder/line"; done ;;
esac >"$folder/answers"
accepted=$(peak)
wanted=$(sha256sum <"$folder/input")
ids=$(grep -o '"id":"[^"]*"' "$folder/answers" | cut -d'"' -f4)
[ "$(wc -w <<<"$ids")" = "$jobs" ] || { cat "$folder/answers"; exit 1; }
for id in $ids; do
  until curl -sf "127.0.0.1:7474/v1/jobs/$id?wait=30s" | grep -q '"state":"succeeded"'; do sleep 0.05; done
  [ "$(curl -sf "127.0.0.1:7474/v1/jobs/$id/result")" = "$wanted" ] || { echo "job $id was given something else"; exit 1; }
done
echo "$how, $jobs of $mib MiB: before $before, accepted $accepted, run $(peak)"
