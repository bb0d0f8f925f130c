#!/bin/sh
# Rebuilds the embedded model. Needs Debian 12 (apt-get, dpkg, lz4) and Python 3.11.
#   training/run.sh WORK_FOLDER [--out FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=${1:?usage: run.sh WORK_FOLDER [--out FOLDER]}
shift
mkdir -p "$work"
[ -x "$work/venv/bin/python" ] || python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
exec "$work/venv/bin/python" "$here/train.py" --work "$work" "$@"
