#!/bin/sh
# Two machines in one: two network namespaces with addresses of their own, joined by a cable, each running demo/machine.sh. Their four
# executors are one ring. Needs root. Exits with 0 only if every result arrived on both.
set -u

case ${1:-} in
  -h | --help)
    echo "Usage: demo/two-machines.sh [SECONDS]    (default 20; needs root for the network namespaces)"
    exit 0
    ;;
  '' | [0-9]*) seconds=${1:-20} ;;
  *)
    echo "two-machines: '$1' is not a number of seconds" >&2
    exit 2
    ;;
esac
if ! command -v ip >/dev/null 2>&1; then
  echo "two-machines: the command 'ip' is missing: install iproute2 (Debian, Ubuntu: apt install iproute2; Fedora: dnf install iproute)" >&2
  exit 1
fi
if [ "$(id -u)" != 0 ]; then
  echo "two-machines: network namespaces need root: sudo $0" >&2
  exit 1
fi

here=$(dirname -- "$(readlink -f -- "$0")")
a=rondo-a-$$ b=rondo-b-$$
address_a=10.77.1.1 address_b=10.77.1.2
work=$(mktemp -d "${TMPDIR:-/tmp}/rondo-two-XXXXXX") || exit 1

cleanup() {
  trap - EXIT INT TERM HUP
  for namespace in "$a" "$b"; do
    if ip netns pids "$namespace" >/dev/null 2>&1; then
      # Only what was started in there. The machines clean up after themselves first.
      for signal in TERM KILL; do
        pids=$(ip netns pids "$namespace")
        # shellcheck disable=SC2086 # ids are words of their own
        [ -z "$pids" ] || { kill -s $signal $pids 2>/dev/null; sleep 1; }
      done
      ip netns del "$namespace"
    fi
  done
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

fail() {
  echo "two-machines: $*" >&2
  exit 1
}

"$here/../rondo" --version >/dev/null || exit 1 # Built before two machines would want to.
ip netns add "$a" || fail "network namespaces are not to be had here"
ip netns add "$b" || fail "network namespaces are not to be had here"
ip link add veth0 netns "$a" type veth peer name veth0 netns "$b" || fail "no cable (veth) is to be had here"
for end in "$a $address_a" "$b $address_b"; do
  # shellcheck disable=SC2086 # the name and the address
  set -- $end
  ip -n "$1" addr add "$2/24" dev veth0 && ip -n "$1" link set veth0 up && ip -n "$1" link set lo up || fail "$1 has no network"
done

# machine NAMESPACE LETTER ADDRESS [OPTION]...
machine() {
  namespace=$1 letter=$2 address=$3
  shift 3
  {
    ip netns exec "$namespace" "$here/machine.sh" -a "$address" -m 4 -s "$seconds" -u "$work/all-done" "$@" 2>&1
    echo $? >"$work/$letter.code"
  } | while IFS= read -r line; do
    echo "$letter  $line"
    case $line in *' results: '*) : >"$work/$letter.done" ;; esac
  done
}

machine "$a" A "$address_a" &
machine_a=$!
machine "$b" B "$address_b" -j "$address_a:7071" &
machine_b=$!

# Neither stops its executors while the other's jobs may run there.
while [ ! -e "$work/A.code" ] && [ ! -e "$work/B.code" ]; do
  if [ -e "$work/A.done" ] && [ -e "$work/B.done" ]; then
    ring=$(ip netns exec "$a" "$here/../rondo" ring --addr "$address_a:7070" -o quiet | grep -c .)
    echo "   the ring as $address_a sees it: $ring executors"
    ip netns exec "$b" "$here/../rondo" ring --addr "$address_b:7070" -o table | sed 's/^/   /'
    echo "$ring" >"$work/members"
    break
  fi
  sleep 0.2
done
: >"$work/all-done"
wait "$machine_a" "$machine_b"
[ "$(cat "$work/members" 2>/dev/null)" = 4 ] || fail "FAILED: it was not one ring of four"
[ "$(cat "$work/A.code")" = 0 ] && [ "$(cat "$work/B.code")" = 0 ] || fail "FAILED: A ended with $(cat "$work/A.code"), B with $(cat "$work/B.code")"
echo "   OK: one ring of four executors on two machines, and every result arrived"
