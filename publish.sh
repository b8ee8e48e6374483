#!/usr/bin/env bash
# Makes the native executable for linux-x64: artifacts/publish/Rondo.Cli/release_linux-x64/rondo. ./rondo uses it while it is newer than the
# sources. It needs no .NET, but libe_sqlite3.so beside it.
set -euo pipefail
cd "$(dirname "$0")"

if ! command -v clang >/dev/null || [ ! -e /usr/include/zlib.h ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "publish.sh: a native build needs clang and zlib's headers (Debian, Ubuntu: apt install clang zlib1g-dev)" >&2
    exit 1
  fi
  echo "publish.sh: installing clang and zlib1g-dev" >&2
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends clang zlib1g-dev >/dev/null
fi

dotnet publish src/Rondo.Cli --configuration Release --runtime linux-x64 --nologo --verbosity quiet -p:PublishAot=true
built=artifacts/publish/Rondo.Cli/release_linux-x64/rondo
"$built" --version >/dev/null
echo "$built ($(du -h --apparent-size "$built" | cut -f1)); libe_sqlite3.so belongs beside it"
