#!/usr/bin/env bash
# usage: run.sh COUNT: a Slurm of one node in a folder of its own; prints the seconds from the submit of COUNT commands, as an array
# whose outputs are kept, to the end of the last one. Runs as root, since slurmd does.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
count=$1
dir=$(mktemp -d)
host=$(hostname -s)
port=$((20000 + RANDOM % 5000))
finish() {
  for name in slurmctld slurmd; do
    pid=$(cat "$dir/$name.pid" 2>/dev/null) || continue
    kill "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
  done
  kill "$munge" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$dir"
}
trap finish EXIT
mkdir "$dir"/{state,spool,out}
chmod 755 "$dir"
dd if=/dev/urandom of="$dir/munge.key" bs=1024 count=1 status=none
chmod 600 "$dir/munge.key"
munged --foreground --force --key-file="$dir/munge.key" --socket="$dir/munge.socket" --pid-file="$dir/munge.pid" \
  --log-file="$dir/munge.log" --seed-file="$dir/munge.seed" >/dev/null 2>&1 &
munge=$!
sed -e "s|@DIR@|$dir|g" -e "s|@HOST@|$host|g" -e "s|@PORT1@|$port|g" -e "s|@PORT2@|$((port + 1))|g" "$here/slurm.conf.in" >"$dir/slurm.conf"
export SLURM_CONF=$dir/slurm.conf
until [ -S "$dir/munge.socket" ]; do sleep 0.1; done
slurmctld -c
slurmd
for _ in $(seq 100); do
  [ "$(sinfo -h -o %T 2>/dev/null)" = idle ] && break
  sleep 0.1
done
start=$(date +%s.%N)
sbatch --quiet --array="1-$count" --output="$dir/out/%a" --wrap /bin/true >&2
while [ -n "$(squeue -h)" ]; do sleep 0.1; done
end=$(date +%s.%N)
[ "$(ls "$dir/out" | wc -l)" = "$count" ]
echo "$end - $start" | bc
