#!/usr/bin/env bash
# One command before a commit: formats, builds with warnings as errors, and tests.
#   ./check.sh          format in place, build, test
#   ./check.sh --verify  the same, but fail on unformatted code instead of changing it
set -euo pipefail
cd "$(dirname "$0")"

# A shared compiler makes an edit-build cycle three times faster; it is stopped again at the end.
export UseSharedCompilation=true MSBUILDDISABLENODEREUSE=0
trap 'dotnet build-server shutdown >/dev/null 2>&1 || true' EXIT

dotnet tool restore >/dev/null
if [ "${1:-}" = "--verify" ]; then
  dotnet csharpier check .
else
  dotnet csharpier format .
fi
dotnet build --nologo -v quiet Rondo.slnx
dotnet test --solution Rondo.slnx --no-build
