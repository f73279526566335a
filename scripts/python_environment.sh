#!/usr/bin/env bash
# python_environment.sh LOCK: makes the Python environment that LOCK (a pinned requirements file) describes, once per
# machine, and prints its folder. Safe to repeat and to run twice at once; an interrupted run leaves nothing in use.
# Environments live in ${PENSTOCK_CACHE:-~/.cache/penstock}/python/NAME-DIGEST; NAME itself is a link to the newest.
set -euo pipefail
lock=${1:?usage: python_environment.sh LOCK}
python=${PENSTOCK_PYTHON:-python3}
root=${PENSTOCK_CACHE:-$HOME/.cache/penstock}/python
name=$(basename "${lock%.txt}")
[ "$name" = requirements ] && name=$(basename "$(dirname "$(readlink -f "$lock")")")
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
digest=$({ cat "$lock"; echo "$version"; } | sha256sum | cut -c1-12)
folder=$root/$name-$digest
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
