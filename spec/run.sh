#!/usr/bin/env bash
# Checks the formal models: those of the rules must hold, and every mutant, which leaves out one rule, must fail.
#   spec/run.sh          small bounds: about a minute and a half on two cores
#   spec/run.sh --deep   larger ones: most of an hour, and up to 12 GB of memory
#   spec/run.sh --only spin|p
# Everything that is generated goes to a temporary directory; spin is installed where it is missing, and P into that directory.
set -euo pipefail
spec=$(cd "$(dirname "$0")" && pwd)

deep=false only=
while [ $# -gt 0 ]; do
  case $1 in
    --deep) deep=true ;;
    --only) only=$2; shift ;;
    *) echo "usage: spec/run.sh [--deep] [--only spin|p]" >&2; exit 2 ;;
  esac
  shift
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# row MODEL CASE EXPECTED ACTUAL EXPLORED SECONDS
row() {
  local verdict=ok
  if [ "$3" != "$4" ]; then
    verdict=WRONG
    failed=1
  fi
  printf '%-12s %-32s %-6s %-6s %22s %5ss  %s\n' "$1" "$2" "$3" "$4" "$5" "$6" "$verdict"
}

# spin_case MODEL EXPECTED NAME DEFINITIONS...
spin_case() {
  local model=$1 expected=$2 name=$3 actual=broken states=0 begin=$SECONDS
  shift 3
  local directory="$work/$model-$name"
  mkdir "$directory"
  if (
    cd "$directory"
    spin -a "$@" "$spec/$model.pml" >spin.log
    gcc -O2 -w -DSAFETY -DNOFAIR -DCOLLAPSE -DMEMLIM=12000 -o pan pan.c
    nice -n 10 ./pan -m20000 -w24 >pan.log
  ) 2>"$directory/errors.log"; then
    states=$(awk '/states, stored/ { print $1; exit }' "$directory/pan.log")
    if grep -q "pan:1: assertion violated" "$directory/pan.log"; then
      actual=fails
    elif grep -q "errors: 0" "$directory/pan.log" && ! grep -qE "too small|out of memory|not completed" "$directory/pan.log"; then
      actual=holds
    fi
  fi
  row "$model.pml" "$name" "$expected" "$actual" "$states states" $((SECONDS - begin))
  if [ "$actual" = broken ]; then
    tail -n 5 "$directory"/*.log
  elif [ "$expected" != "$actual" ] && [ "$actual" = fails ]; then
    # The shortest way to understand it is the story that the model tells.
    (cd "$directory" && spin -t -k ./*.trail "$@" "$spec/$model.pml" | head -n 60)
  fi
  rm -rf "$directory"
}

# p_case EXPECTED NAME SCHEDULES
p_case() {
  local expected=$1 name=$2 schedules=$3 actual=broken begin=$SECONDS
  local log="$work/$name.log"
  (cd "$work/p" && nice -n 10 "$p" check -tc "$name" -s "$schedules" --seed 1 -o "$work/out-$name") >"$log" 2>&1 || true
  local explored
  explored=$(awk '/Explored .* schedule/ { print $3; exit }' "$log")
  if grep -q "Found 1 bug" "$log" && grep -qhE "<ErrorLog>.*(Assertion Failed|liveness bug)" "$work/out-$name"/BugFinding/*_0.txt; then
    actual=fails
  elif grep -q "Found 0 bugs" "$log"; then
    actual=holds
  fi
  row p "$name" "$expected" "$actual" "${explored:-0} schedules" $((SECONDS - begin))
  if [ "$actual" = broken ]; then
    tail -n 5 "$log"
  elif [ "$expected" != "$actual" ] && [ "$actual" = fails ]; then
    grep -hE "ErrorLog" "$work/out-$name"/BugFinding/*_0.txt | head -n 5
  fi
  rm -rf "$work/out-$name"
}

spin_models() {
  if ! command -v spin >/dev/null; then
    { apt-get update -qq && apt-get install -y -qq spin; } >/dev/null
  fi

  spin_case token holds two-executors -DN=2 -DEPOCHS=3 -DHOPS=2 -DRESTARTS=2
  spin_case token holds late-stales -DN=2 -DEPOCHS=2 -DHOPS=2 -DRESTARTS=1 -DLATE_STALES
  spin_case token holds three-executors -DN=3 -DEPOCHS=2 -DHOPS=2 -DRESTARTS=0
  spin_case token holds three-and-a-restart -DN=3 -DEPOCHS=2 -DHOPS=1 -DRESTARTS=1
  if $deep; then
    spin_case token holds two-with-more-hops -DN=2 -DEPOCHS=3 -DHOPS=3 -DRESTARTS=2
    spin_case token holds three-with-more-hops -DN=3 -DEPOCHS=2 -DHOPS=2 -DRESTARTS=1
    spin_case token holds three-with-late-stales -DN=3 -DEPOCHS=2 -DHOPS=2 -DRESTARTS=0 -DLATE_STALES
  fi
  local mutant
  for mutant in NO_INCARNATION_FENCE EPOCH_NOT_SYNCED TOKEN_RESTORED_FROM_DISK NO_DUPLICATE_CHECK RESEND_TO_THE_NEWEST_START \
    LOWER_GENERATION_LIVES; do
    spin_case token fails $mutant -DN=2 -DEPOCHS=2 -DHOPS=2 -DRESTARTS=1 -D$mutant
  done
  spin_case token fails SKIP_KEEPS_THE_GENERATION -DN=3 -DEPOCHS=2 -DHOPS=2 -DRESTARTS=0 -DSKIP_KEEPS_THE_GENERATION

  spin_case handoff holds rescues-and-crashes -DN=3 -DBLOCKS=2 -DGAP=3 -DCRASHES=2
  spin_case handoff holds more-handoffs -DN=3 -DBLOCKS=1 -DGAP=5 -DCRASHES=1
  spin_case handoff holds four-executors -DN=4 -DBLOCKS=1 -DGAP=4 -DCRASHES=1 -DSTARTS=false
  if $deep; then
    spin_case handoff holds four-with-more-handoffs -DN=4 -DBLOCKS=1 -DGAP=5 -DCRASHES=0 -DSTARTS=false
    spin_case handoff holds many-handoffs -DN=3 -DBLOCKS=1 -DGAP=6 -DCRASHES=1 -DSTARTS=false
    spin_case handoff holds wider-gap -DN=3 -DBLOCKS=2 -DGAP=4 -DCRASHES=1 -DSTARTS=false
  fi
  for mutant in KNOWN_BY_ID_ALONE ANYONE_BEGINS_A_BLOCK ACCEPT_BEFORE_COMMIT RESULT_ACK_BEFORE_COMMIT SECOND_RESULT_WINS; do
    spin_case handoff fails $mutant -DN=3 -DBLOCKS=2 -DGAP=3 -DCRASHES=1 -D$mutant
  done
  for mutant in HOME_STAYS_IN_THE_BLOCK RESCUE_STEP_ONE REFUSED_UNDER_ANY_NUMBER; do
    spin_case handoff fails $mutant -DN=3 -DBLOCKS=1 -DGAP=5 -DCRASHES=0 -DSTARTS=false -D$mutant
  done
  spin_case handoff fails RESCUE_KEEPS_THE_NUMBER -DN=3 -DBLOCKS=1 -DGAP=4 -DCRASHES=0 -DSTARTS=false -DRESCUE_KEEPS_THE_NUMBER
  for mutant in OWN_NUMBER_IS_KNOWN REFUSES_WHAT_IS_SAID_OF_OTHERS; do
    spin_case handoff fails $mutant -DN=4 -DBLOCKS=1 -DGAP=5 -DCRASHES=0 -DSTARTS=false -D$mutant
  done
}

p_models() {
  export DOTNET_ROLL_FORWARD=Major DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
  dotnet tool install p --version 3.1.0 --tool-path "$work/tools" >"$work/install.log" || { cat "$work/install.log"; exit 1; }
  p="$work/tools/p"
  cp -r "$spec/p" "$work/p"
  (cd "$work/p" && nice -n 10 "$p" compile) >"$work/compile.log" 2>&1 || { tail -n 30 "$work/compile.log"; exit 1; }

  local schedules=200 tries=3000
  if $deep; then
    schedules=5000
  fi
  local name
  for name in FaithfulToken FaithfulJobs FaithfulBoth; do
    p_case holds $name $schedules
  done
  # A mutant's search ends with the first schedule that shows it.
  for name in $(sed -n 's/^test \([A-Za-z]*\) .*/\1/p' "$spec/p/tests/Tests.p" | grep -v '^Faithful'); do
    p_case fails "$name" $tries
  done
}

printf '%-12s %-32s %-6s %-6s %22s %6s\n' model case must does explored time
# One on each core.
if [ "$only" != p ]; then
  (
    spin_models
    exit $failed
  ) &
  spin_run=$!
fi
if [ "$only" != spin ]; then
  p_models
fi
if [ "$only" != p ]; then
  wait $spin_run || failed=1
fi
if [ $failed -ne 0 ]; then
  echo "Some models do not do what they must." >&2
fi
exit $failed
