#!/bin/sh
# One machine of a ring: two executors and a client that keeps giving them jobs. After a random time one of the executors is killed with
# SIGKILL and started again. In the end every result is checked, and then once more through the other executor.
set -u

usage() {
  cat <<'END'
Usage: demo/machine.sh [OPTIONS]

  -a ADDRESS    this machine's address (default 127.0.0.1)
  -p PORT       the first of four ports in a row (default 7070): HTTP and ring of the one executor, then of the other
  -j HOST:PORT  the ring address of an executor on another machine to join; repeat it for more
  -m MEMBERS    how many executors the whole ring has (default 2): the client starts when all are there
  -s SECONDS    how long the client submits jobs (default 20)
  -u FILE       keeps the executors up until FILE exists, so that other machines can finish
  -k            keeps the data and logs

Exits with 0 only if every job that was accepted has its result, unchanged.

On two machines, 10.0.0.1 and 10.0.0.2:
  demo/machine.sh -a 10.0.0.1 -m 4
  demo/machine.sh -a 10.0.0.2 -m 4 -j 10.0.0.1:7071
END
}

address=127.0.0.1 port=7070 joins='' members=2 seconds=20 until='' keep=''
while getopts a:p:j:m:s:u:kh option; do
  case $option in
    a) address=$OPTARG ;;
    p) port=$OPTARG ;;
    j) joins="$joins --join $OPTARG" ;;
    m) members=$OPTARG ;;
    s) seconds=$OPTARG ;;
    u) until=$OPTARG ;;
    k) keep=yes ;;
    h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done
shift $((OPTIND - 1))
if [ $# -gt 0 ]; then
  echo "machine: '$1' is not an option" >&2
  usage >&2
  exit 2
fi
for number in "$port" "$members" "$seconds"; do
  case $number in
    '' | *[!0-9]*)
      echo "machine: '$number' is not a number" >&2
      exit 2
      ;;
  esac
done

rondo=$(dirname -- "$(readlink -f -- "$0")")/../rondo
work=$(mktemp -d "${TMPDIR:-/tmp}/rondo-machine-XXXXXX") || exit 1
http_1=$address:$port ring_1=$address:$((port + 1))
http_2=$address:$((port + 2)) ring_2=$address:$((port + 3))
pid_1='' pid_2='' client_pid=''

say() {
  echo "$(date +%H:%M:%S) $*"
}

cleanup() {
  trap - EXIT INT TERM HUP
  for pid in $client_pid $pid_1 $pid_2; do
    kill -9 "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
  done
  if [ -n "$keep" ]; then
    say "data and logs are kept in $work"
  else
    rm -rf "$work"
  fi
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

fail() {
  say "FAILED: $*"
  tail -n 5 "$work"/*.log 2>/dev/null
  exit 1
}

# random FROM TO
random() {
  echo $(($1 + $(od -An -N2 -tu2 /dev/urandom) % ($2 - $1 + 1)))
}

# start 1|2: starts the executor and returns when it is ready. The launcher becomes the executor, so that $! is its process.
start() {
  if [ "$1" = 1 ]; then http=$http_1 ring=$ring_1 other=$ring_2; else http=$http_2 ring=$ring_2 other=$ring_1; fi
  : >"$work/$1.ready"
  # shellcheck disable=SC2086 # the joins are words of their own
  "$rondo" start --data "$work/$1" --name "$address-$1" --listen "$http" --ring "$ring" --join "$other" $joins --slots 2 \
    >"$work/$1.ready" 2>>"$work/$1.log" &
  if [ "$1" = 1 ]; then pid_1=$!; else pid_2=$!; fi
  pid=$!
  tries=300
  until grep -q ' ready: ' "$work/$1.ready"; do
    kill -0 "$pid" 2>/dev/null || fail "executor $1 ended before it was ready"
    tries=$((tries - 1))
    [ $tries -gt 0 ] || fail "executor $1 was not ready in time"
    sleep 0.1
  done
  say "$(cat "$work/$1.ready")"
}

alive() {
  RONDO_OUTPUT=table "$rondo" ring --addr "$http_1" --addr "$http_2" 2>/dev/null | grep -c ' alive '
}

# await_ring: returns when all members of the ring are alive.
await_ring() {
  tries=120
  until [ "$(alive)" = "$members" ]; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || fail "the ring has $(alive) executors alive, not $members"
    sleep 0.5
  done
}

# The client: one job after the other, in turn to each executor. A job writes what it was given, its id, and a random number of its own
# that a second run of it would not repeat. What was accepted is noted as: id, and what the job was given.
client() {
  count=0
  : >"$work/accepted"
  while [ ! -e "$work/stop" ]; do
    count=$((count + 1))
    if [ $((count % 2)) = 0 ]; then first=$http_1 second=$http_2; else first=$http_2 second=$http_1; fi
    given=$address-$count-$(od -An -N4 -tx1 /dev/urandom | tr -d ' \n')
    # shellcheck disable=SC2016 # expanded where the job runs
    if id=$("$rondo" submit --addr "$first" --addr "$second" -o quiet --env "GIVEN=$given" -- \
      sh -c 'sleep 0.$(($(od -An -N1 -tu1 /dev/urandom) % 9 + 1)); echo "$GIVEN $RONDO_JOB_ID $(od -An -N4 -tx1 /dev/urandom | tr -d " \n")"' 2>>"$work/client.log"); then
      echo "$id $given" >>"$work/accepted"
    fi
  done
}

"$rondo" --version >/dev/null || exit 1
say "starting two executors on $address"
start 1
start 2
await_ring
say "the ring has $members executors; submitting jobs for $seconds seconds"
client &
client_pid=$!

quarter=$((seconds / 4))
before=$(random $quarter $((quarter * 2)))
sleep "$before"
victim=$(random 1 2)
if [ "$victim" = 1 ]; then pid=$pid_1; else pid=$pid_2; fi
say "kill -9 $pid: executor $victim is dead, after $before seconds and $(grep -c . "$work/accepted") jobs"
kill -9 "$pid"
wait "$pid" 2>/dev/null
sleep "$(random 1 3)"
start "$victim"
sleep $((seconds > before + quarter ? seconds - before - quarter : 1))

: >"$work/stop"
wait "$client_pid"
client_pid=''
jobs=$(grep -c . "$work/accepted")
say "submitted $jobs jobs; waiting for their results"
[ "$jobs" -gt 0 ] || fail "no job was accepted: $(tail -n 1 "$work/client.log")"
cut -d ' ' -f 1 "$work/accepted" | xargs "$rondo" job wait --addr "$http_1" --addr "$http_2" --timeout 2m >"$work/waited" ||
  fail "not all jobs succeeded: $(grep -v ' succeeded' "$work/waited" | head -n 3)"

good=0
while read -r id given; do
  first=$("$rondo" job result "$id" --addr "$http_1" </dev/null) || say "$id has no result"
  again=$("$rondo" job result "$id" --addr "$http_2" </dev/null) || say "$id has no result"
  case $first in
    "$given $id "*)
      if [ "$first" = "$again" ]; then good=$((good + 1)); else say "$id: '$first' became '$again'"; fi
      ;;
    *) say "$id: expected '$given $id ...', got '$first'" ;;
  esac
done <"$work/accepted"
await_ring
say "results: $good of $jobs arrived unchanged; executors in the ring: $members"

if [ -n "$until" ]; then
  while [ ! -e "$until" ]; do
    sleep 0.2
  done
fi
[ "$good" = "$jobs" ] || fail "$((jobs - good)) results are missing or changed"
say "OK"
