#!/usr/bin/env bash
# Leaves out one rule of the core after the other, and expects the simulator to notice; prints how many seeds each took.
# The rules are named in src/Rondo.Core/Mutant.cs. usage: tests/mutants/run.sh [NAME] [--seeds A..B]
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
dotnet build -c Release -v quiet --nologo -p:Mutants=true "$root/src/Rondo.Simulation"
"$root/artifacts/mutants/bin/Rondo.Simulation/release/Rondo.Simulation" --mutants "$@"
