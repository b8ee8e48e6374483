#!/usr/bin/env bash
# Breaks the core in one way after another, and expects the simulator to notice. Each patch is a mistake that is easy to make.
# usage: tests/mutants/run.sh [PATCH...]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy/src"
cp "$root"/{Directory.Build.props,Directory.Packages.props,global.json,.editorconfig} "$copy"
cp -r "$root/src/Rondo.Simulation" "$copy/src"

survivors=0
if [ $# -gt 0 ]; then mapfile -t patches < <(realpath "$@"); else patches=("$here"/*.patch); fi
for patch in "${patches[@]}"; do
  name=$(basename "$patch" .patch)
  rm -rf "$copy/src/Rondo.Core"
  cp -r "$root/src/Rondo.Core" "$copy/src"
  (cd "$copy" && git apply -C1 "$patch")
  dotnet build -c Release -v quiet --nologo "$copy/src/Rondo.Simulation" >"$copy/build.log" || { cat "$copy/build.log"; exit 1; }
  if "$copy/artifacts/bin/Rondo.Simulation/release/Rondo.Simulation" --seeds 1..2000 --until-failure >"$copy/run.log"; then
    echo "$name SURVIVED"
    survivors=$((survivors + 1))
  else
    echo "$name caught: $(grep -m1 '^seed' "$copy/run.log" | cut -c1-160)"
  fi
done
exit "$((survivors > 0))"
