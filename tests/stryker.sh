#!/usr/bin/env bash
# Changes src/Rondo.Core in one small place after the other, and sees whether its tests, or a handful of simulated runs, notice.
# Prints the score; what survived is in artifacts/stryker/reports.
#   tests/stryker.sh                             all: an hour and a half on two cores, with nothing beside it
#   tests/stryker.sh --mutate '**/Handoffs/*.cs' a part of it (may be given more than once)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
dotnet tool restore >/dev/null

# The tests run from where they were built, with the changed core beside them: a copy keeps that away from everything else.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$work"
cd "$work/src/Rondo.Core"
nice -n 10 dotnet stryker --config-file ../../tests/stryker-config.json --skip-version-check --output "$root/artifacts/stryker" "$@"
