#!/usr/bin/env bash
# The format of all files; then clang-tidy over the given files, or over the lowest floors (src/base, src/store) and what differs
# from main.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in clang-tidy clang-format; do
  command -v $tool >/dev/null || { echo "lint: install $tool (apt-get install clang-tidy clang-format)" >&2; exit 1; }
done
scripts/format_check.sh || [ $? -eq 77 ]
files=("$@")
if [ ${#files[@]} -eq 0 ]; then
  mapfile -t files < <({ git ls-files 'src/base/*.cc' 'src/store/*.cc'; git diff --name-only --diff-filter=d main -- 'src/*.cc'; } |
    grep -v '_test\.cc$' | sort -u)
fi
# The compile commands are g++'s, whose warning options Clang need not know.
printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p "${BUILD:-build}" --extra-arg=-Wno-unknown-warning-option
