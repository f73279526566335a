#!/usr/bin/env bash
# as_plain_user.sh PROGRAM: runs a test program as user 65534. Skipped (77) when not root or when that user cannot read it.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "not root: the plain run is this one's twin"; exit 77; }
plain=(setpriv --reuid 65534 --regid 65534 --clear-groups)
"${plain[@]}" test -x "$1" || { echo "user 65534 cannot reach $1"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chown 65534:65534 "$folder"
TMPDIR=$folder TEST_TMPDIR=$folder HOME=$folder "${plain[@]}" "$1"
