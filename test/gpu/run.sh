#!/usr/bin/env bash
# On the machine with the GPU: unpacks what lies beside this file and runs the check. Results go to $OUT, else to ./report.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=${WORK:-/tmp/gpu-check}
mkdir -p "$work"

unpack() {
  [ -e "$work/.$1" ] && return
  if command -v xz >/dev/null; then
    tar -C "$work" -xJf "$here/$1.tar.xz"
  else
    python3 -c "import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])" "$here/$1.tar.xz" "$work"
  fi && touch "$work/.$1"
}

unpack node && unpack app || exit
chmod +x "$work/node/bin/node"
export PATH="$work/node/bin:$PATH" PYTHONUNBUFFERED=1
exec node "$work/app/test/gpu/check.mjs" --out "${OUT:-$here/report}" "$@"
