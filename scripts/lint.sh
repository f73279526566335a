#!/usr/bin/env bash
# clang-tidy over the given files, or over the C++ files that differ from main; and the format of all files.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in clang-tidy clang-format; do
  command -v $tool >/dev/null || { echo "lint: install $tool (apt-get install clang-tidy clang-format)" >&2; exit 1; }
done
git ls-files '*.h' '*.cc' | xargs clang-format --dry-run -Werror
files=("$@")
[ ${#files[@]} -gt 0 ] || mapfile -t files < <(git diff --name-only main -- 'src/*.cc')
[ ${#files[@]} -eq 0 ] || clang-tidy --quiet -p build "${files[@]}"
