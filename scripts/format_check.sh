#!/usr/bin/env bash
# Whether every C++ source is formatted as .clang-format says. Exits 77 (skipped) where there is no clang-format 14, Debian
# 12's: other versions lay some lines out in another way.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(command -v clang-format-14 || command -v clang-format || true)
if [ -z "$program" ] || ! "$program" --version | grep -q "version 14\."; then
  echo "skipped: no clang-format 14"
  exit 77
fi
git ls-files '*.h' '*.cc' | xargs -P 2 -n 100 "$program" --dry-run -Werror
