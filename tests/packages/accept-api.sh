#!/usr/bin/env bash
# Writes what the two packages make public now into their PublicAPI.Shipped.txt. The difference is what a reviewer looks at: a line that
# goes or changes breaks programs that are out there.
set -euo pipefail
cd "$(dirname "$0")/../.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
for project in Rondo.Client Rondo.Executor; do
  shipped=src/$project/PublicAPI.Shipped.txt
  echo '#nullable enable' >"$shipped"
  dotnet build --no-incremental --nologo -v quiet -p:TreatWarningsAsErrors=false "src/$project" >"$log" || {
    grep -E 'error' "$log" | sort -u >&2
    exit 1
  }
  sed -n "s/.*RS0016: Symbol '\(.*\)' is not part of the declared public API.*$project.csproj\]$/\1/p" "$log" | LC_ALL=C sort -u >>"$shipped"
  echo "$shipped: $(($(wc -l <"$shipped") - 1)) members"
done
