#!/usr/bin/env bash
# Runs Rondo and its peers side by side on this machine: the same jobs, in turn, several rounds, and tells the medians.
#
#   bench/compare.sh                     all subjects, 5 rounds, results into bench/results/compare.json; bench/performance.sh --report puts them on its page
#   bench/compare.sh --smoke             one short round, which proves that the harness works; nothing is kept
#   bench/compare.sh --only rondo,bullmq --rounds 3
#
# What is counted: seconds from the first submit until the client knows the last result, of jobs that give their payload back (noop), and of
# /bin/true with its output captured (command). Durable peers sync before they answer: PostgreSQL as it is installed, Redis with appendfsync
# always. Needs root (apt packages are installed when missing; slurmd runs as root); everything it starts listens on 127.0.0.1, keeps its
# data in one folder, and is ended with it. ALONE names a command that runs another one while nothing else is measured on this machine.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/.." && pwd)
peers=$here/peers

rounds=5
smoke=false
only=
while [ $# -gt 0 ]; do
  case $1 in
    --smoke) smoke=true rounds=1 ;;
    --rounds) rounds=$2; shift ;;
    --only) only=$2; shift ;;
    -h | --help) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "compare.sh: unknown option $1; see --help" >&2; exit 2 ;;
  esac
  shift
done

# subject      kind     jobs     durable?
plan="
rondo            noop    400000  durable
hangfire-postgres noop     1500  durable
quartz-postgres  noop      1500  durable
hangfire-redis   noop      1500  durable
bullmq           noop     20000  durable
celery           noop      3000  durable
hangfire-memory  noop     50000  keeps-nothing
quartz-memory    noop     50000  keeps-nothing
rondo            command   6000  durable
posix_spawn      command   6000  limit
xargs            command   3000  keeps-nothing
parallel         command    800  keeps-nothing
slurm            command    100  durable
hangfire-postgres command  1500  durable
quartz-postgres  command   1500  durable
hangfire-redis   command   1500  durable
bullmq           command   1500  durable
celery           command   1500  durable
hangfire-memory  command   3000  keeps-nothing
quartz-memory    command   3000  keeps-nothing
"

# As published, which is the build that people run.
rondo=$root/rondo
if ! $smoke && { [ -z "$only" ] || [[ ",$only," == *",rondo,"* ]]; }; then
  "$root/publish.sh" >&2
  rondo=$root/artifacts/publish/Rondo.Cli/release_linux-x64/rondo
fi

selected() { [ -z "$only" ] || [[ ",$only," == *",$1,"* ]]; }
plan=$(while read -r subject rest; do [ -z "$subject" ] || ! selected "$subject" || echo "$subject $rest"; done <<<"$plan")
[ -n "$plan" ] || { echo "compare.sh: --only $only names no subject" >&2; exit 2; }
uses() { grep -qE "^($1)( |-)" <<<"$plan"; }

work=$(mktemp -d)
chmod 755 "$work"
started=()
finish() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  [ ! -s "$work/pg/postmaster.pid" ] || runuser -u postgres -- "$pg/pg_ctl" -D "$work/pg" -m immediate stop >/dev/null 2>&1 || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

say() { echo "compare: $*" >&2; }

need() { # need COMMAND PACKAGE...: installs the packages when the command is missing
  local command=$1
  shift
  command -v "$command" >/dev/null && return
  say "installing $*"
  [ -e "$work/updated" ] || apt-get update -qq
  touch "$work/updated"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

free_port() { # a port below the range that the system hands out by itself
  local port
  while port=$((10000 + RANDOM % 20000)); do
    (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

if uses 'hangfire|quartz'; then
  say "building the .NET peers"
  dotnet build -c Release --nologo -v quiet "$peers/dotnet" >"$work/build.log" || { cat "$work/build.log" >&2; exit 1; }
fi
dotnet_peers=$root/artifacts/bin/Rondo.Peers/release/Rondo.Peers

if uses 'hangfire-postgres|quartz-postgres'; then
  [ -d /usr/lib/postgresql ] || need no-such-command postgresql
  pg=$(find /usr/lib/postgresql -maxdepth 2 -name bin | sort -V | tail -n 1)
  postgres_port=$(free_port)
  mkdir "$work/pg"
  chown postgres "$work/pg"
  runuser -u postgres -- "$pg/initdb" -D "$work/pg" -A trust >/dev/null
  runuser -u postgres -- "$pg/pg_ctl" -D "$work/pg" -o "-p $postgres_port -k $work/pg -c listen_addresses=127.0.0.1" -l "$work/pg/log" -w start >/dev/null
fi

if uses 'hangfire-redis|bullmq|celery'; then
  need redis-server redis-server
  redis_port=$(free_port)
  mkdir "$work/redis"
  redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$work/redis" --appendonly yes --appendfsync always --save '' >"$work/redis.log" &
  started+=($!)
fi

if uses bullmq; then
  (cd "$peers/bullmq" && npm install --silent --no-audit --no-fund --no-package-lock >/dev/null)
fi

if uses celery; then
  [ -d /usr/lib/python3/dist-packages/celery ] || need no-such-command python3-celery python3-redis
  export PEERS_REDIS=redis://127.0.0.1:$redis_port/1
  (cd "$peers/celery" && exec /usr/bin/python3 -m celery -A tasks worker -c 4 -l error >"$work/celery.log" 2>&1) &
  started+=($!)
fi

if uses parallel; then need parallel parallel; fi
if uses slurm; then need slurmd slurmctld slurmd slurm-client munge; need bc bc; fi
if uses posix_spawn; then gcc -O2 -pthread -o "$work/spawn" "$here/limits/spawn.c"; fi

elapsed() { # elapsed COMMAND...: the seconds that it took
  local start=$EPOCHREALTIME
  "$@" >/dev/null
  awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.4f\n", b - a }'
}

measure() { # measure SUBJECT KIND COUNT: prints seconds
  local postgres="Host=127.0.0.1;Port=$postgres_port;Username=postgres;Database=postgres;Maximum Pool Size=50"
  case $1 in
    rondo) "$rondo" bench throughput --kind "$2" --jobs "$3" --rounds 1 -o quiet ;;
    hangfire-postgres | quartz-postgres) "$dotnet_peers" "$1" "$2" "$3" "$postgres" ;;
    hangfire-redis) "$dotnet_peers" "$1" "$2" "$3" "127.0.0.1:$redis_port,defaultDatabase=2" ;;
    hangfire-memory | quartz-memory) "$dotnet_peers" "$1" "$2" "$3" ;;
    bullmq) node "$peers/bullmq/run.js" "$2" "$3" "$redis_port" ;;
    celery) (cd "$peers/celery" && /usr/bin/python3 run.py "$2" "$3") ;;
    posix_spawn) "$work/spawn" "$3" ;;
    xargs) seq "$3" | elapsed xargs -P 4 -I '{}' /bin/true ;;
    parallel) seq "$3" | elapsed parallel -j 4 --joblog "$work/joblog" /bin/true ;;
    slurm) "$peers/slurm/run.sh" "$3" ;;
  esac
}

export root here peers work rondo dotnet_peers postgres_port=${postgres_port:-} redis_port=${redis_port:-}
export -f measure elapsed

lines=$work/lines
total=$(($(wc -l <<<"$plan") * rounds))
at=0
for round in $(seq "$rounds"); do
  while read -r subject kind jobs keeps <&3; do
    at=$((at + 1))
    $smoke && jobs=$((jobs < 40 ? jobs : 40))
    say "$at of $total: round $round, $subject, $jobs x $kind"
    seconds=$(${ALONE:-} bash -euo pipefail -c 'measure "$@"' measure "$subject" "$kind" "$jobs" 3<&-)
    [[ $seconds =~ ^[0-9]*\.?[0-9]+$ ]] || { say "$subject printed '$seconds' where seconds were expected"; exit 1; }
    echo "$kind $subject $keeps $jobs $round $seconds" >>"$lines"
  done 3<<<"$plan"
done

comparison=$work/compare.json
{
  echo '{'
  echo "  \"command\": \"bench/compare.sh${only:+ --only $only} --rounds $rounds\","
  echo "  \"date\": \"$(date -u +%F)\","
  echo "  \"cores\": $(nproc),"
  echo '  "rounds": ['
  awk '{ printf "%s    {\"kind\": \"%s\", \"subject\": \"%s\", \"keeps\": \"%s\", \"jobs\": %s, \"round\": %s, \"seconds\": %s}", (NR > 1 ? ",\n" : ""), $1, $2, $3, $4, $5, $6 }' "$lines"
  printf '\n  ]\n}\n'
} >"$comparison"
$smoke || cp "$comparison" "$here/results/compare.json"

dotnet build -c Release --nologo -v quiet "$here/Rondo.Performance" >"$work/build.log" || { cat "$work/build.log" >&2; exit 1; }
"$root/artifacts/bin/Rondo.Performance/release/Rondo.Performance" peers "$comparison"
