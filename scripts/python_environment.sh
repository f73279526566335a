#!/usr/bin/env bash
# python_environment.sh [--find] LOCK: makes the Python environment that LOCK (a pinned requirements file) describes, once per
# machine, and prints its folder. Safe to repeat and to run twice at once; an interrupted run leaves nothing in use.
# --find makes nothing: exit status 1 when it is not there.
# Environments live in ${PENSTOCK_CACHE:-~/.cache/penstock}/python/NAME-DIGEST; NAME itself is a link to the newest.
set -euo pipefail
find=
if [ "${1:-}" = --find ]; then find=1; shift; fi
lock=${1:?usage: python_environment.sh [--find] LOCK}
python=${PENSTOCK_PYTHON:-python3}
root=${PENSTOCK_CACHE:-$HOME/.cache/penstock}/python
name=$(basename "${lock%.txt}")
[ "$name" = requirements ] && name=$(basename "$(dirname "$(readlink -f "$lock")")")
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
digest=$({ cat "$lock"; echo "$version"; } | sha256sum | cut -c1-12)
folder=$root/$name-$digest
if [ -n "$find" ]; then
  [ -e "$folder/.complete" ] || exit 1
  echo "$folder"
  exit
fi
mkdir -p "$root"
exec 9>"$root/.$name.lock"
flock 9
if [ ! -e "$folder/.complete" ]; then
  rm -rf "$folder"
  "$python" -m venv "$folder" >&2
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -r "$lock" >&2
  touch "$folder/.complete"
fi
ln -sfn "$name-$digest" "$root/$name"
echo "$folder"
