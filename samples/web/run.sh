#!/usr/bin/env bash
# Starts three replicas of the shop, sends sixty orders to one of them, and checks that all invoices are written, by all three, and can be
# read at any. Leaves nothing behind.
#   samples/web/run.sh --stay   leaves the shop open until Ctrl-C, to try it
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

fail() {
  echo "FAILED: $1" >&2
  tail -n 20 "$work"/*.log >&2
  exit 1
}

# until SECONDS COMMAND...: waits until the command succeeds.
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || fail "this did not come true in time: $*"
    sleep 0.1
  done
}

echo "building the shop ..."
dotnet build -c Release --nologo -v quiet Web.csproj
program=$(dotnet msbuild Web.csproj -p:Configuration=Release -getProperty:TargetPath)

# start N [JOIN]: starts a replica on free ports and notes where it answers.
start() {
  dotnet "$program" --urls http://127.0.0.1:0 --Rondo:DataDirectory="$work/$1" --Rondo:Ring=127.0.0.1:0 --Rondo:Slots=2 \
    ${2:+--Rondo:Join:0="$2"} >"$work/$1.log" 2>&1 &
  pids+=($!)
  until_true 60 grep -qs 'answers clients at' "$work/$1.log"
  shop[$1]=$(sed -n 's/.*answers clients at \([^ ]*\) and.*/\1/p' "$work/$1.log")
  ring[$1]=$(sed -n 's/.*and executors at \([^;]*\);.*/\1/p' "$work/$1.log")
}

declare -A shop ring
start 1
start 2 "${ring[1]}"
start 3 "${ring[1]}"

three_alive() {
  [ "$(curl -fsS "http://${shop[$1]}/v1/ring" | grep -o '"state":"alive"' | wc -l)" = 3 ]
}
for replica in 1 2 3; do
  until_true 30 three_alive "$replica"
  [ "$(curl -fsS "http://${shop[$replica]}/healthy")" = Healthy ] || fail "replica $replica is not healthy"
done
echo "three replicas are in the ring: ${shop[1]} ${shop[2]} ${shop[3]}"

for n in $(seq 60); do
  curl -fsS "http://${shop[1]}/orders" -H 'Content-Type: application/json' \
    -d "{\"customer\":\"customer $n\",\"country\":\"DE\",\"items\":[{\"name\":\"tea\",\"count\":$n,\"price\":1.00}]}" |
    sed 's/.*"id":"\([^"]*\)".*/\1/' >>"$work/ids"
  echo >>"$work/ids"
done
sed -i '/^$/d' "$work/ids"
echo "sixty orders were sent to the first"

is_written() {
  curl -fsS "http://${shop[2]}/orders/$1" >"$work/answer" && grep -q '"number"' "$work/answer"
}
n=0
while read -r id; do
  n=$((n + 1))
  until_true 60 is_written "$id"
  total=$(awk -v n="$n" 'BEGIN { printf "%.2f", n * 1.19 }')
  grep -q "\"number\":\"I-$id\",\"customer\":\"customer $n\",\"total\":$total," "$work/answer" || fail "order $n: $(cat "$work/answer")"
  sed 's/.*"writtenBy":"\([^"]*\)".*/\1/' "$work/answer" >>"$work/writers"
  echo >>"$work/writers"
done <"$work/ids"
sed -i '/^$/d' "$work/writers"

writers=$(sort -u "$work/writers" | wc -l)
[ "$n" = 60 ] || fail "there were $n orders"
[ "$writers" = 3 ] || fail "only $writers of the replicas wrote invoices"

# An order that cannot be carried out says why.
bad=$(curl -fsS "http://${shop[3]}/orders" -H 'Content-Type: application/json' -d '{"customer":"x","country":"XX","items":[]}' |
  sed 's/.*"id":"\([^"]*\)".*/\1/')
is_refused() {
  curl -fsS "http://${shop[1]}/orders/$bad" | grep -q "no tax is known for 'XX'"
}
until_true 60 is_refused

echo "sixty invoices were written, by all three: $(sort "$work/writers" | uniq -c | awk '{ printf "%s%s wrote %s", sep, $2, $1; sep = ", " }')"
echo "an order that cannot be carried out says why: $(curl -fsS "http://${shop[2]}/orders/$bad" | sed 's/.*"error":"\([^\\"]*\).*/\1/')"

if [ "${1:-}" = --stay ]; then
  cat <<END

The shop is open until Ctrl-C. In another terminal:
  curl http://${shop[1]}/orders -H 'Content-Type: application/json' -d '{"customer":"you","country":"SE","items":[{"name":"tea","count":2,"price":3.50}]}'
  curl http://${shop[2]}/orders/ID                                   # with the id that it answered, at another replica
  RONDO_ADDR=${shop[1]} ./rondo job list                             # the command line of Rondo speaks to it too
  xdg-open http://${shop[3]}/                                        # a page with everything to try
END
  wait
fi
