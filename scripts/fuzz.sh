#!/usr/bin/env bash
# Fuzzes the readers of what clients send, each for SECONDS_EACH (60): scripts/fuzz.sh [TARGET...]. Needs Clang with libFuzzer
# (apt-get install clang). Stops at a finding: its input is build/fuzz/findings/TARGET-*; add it to the corpus
# (tests/fuzz/corpus.py show) and the mistake is a failing test. Afterwards MERGE=1 writes the smallest corpora back.
set -euo pipefail
cd "$(dirname "$0")/.."
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(sed -n 's/^ *{"\([a-z_]*\)", .*/\1/p' tests/fuzz/targets.h)
compiler=${CLANG:-}
for candidate in clang++ clang++-{20,19,18,17,16,15,14}; do
  [ -n "$compiler" ] || compiler=$(command -v "$candidate" || true)
done
[ -n "$compiler" ] || { echo "fuzz: install Clang (apt-get install clang) or name it in CLANG" >&2; exit 1; }
cmake --log-level=WARNING -G Ninja -B build/fuzz -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_C_COMPILER="${compiler/++/}" -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1" -DPENSTOCK_SANITIZER=address,undefined \
  -DPENSTOCK_FUZZ=ON
cmake --build build/fuzz -j "${JOBS:-$(nproc)}" --target "${targets[@]/%/_fuzz}"
mkdir -p build/fuzz/findings
for target in "${targets[@]}"; do
  corpus=build/fuzz/corpus/$target
  python3 tests/fuzz/corpus.py unpack "$target" "$corpus"
  options=(-timeout=20 -rss_limit_mb=2500 -max_len=4096 -print_final_stats=1 "-artifact_prefix=build/fuzz/findings/$target-")
  [ ! -f "tests/fuzz/$target.dict" ] || options+=("-dict=tests/fuzz/$target.dict")
  build/fuzz/tests/fuzz/"${target}_fuzz" "${options[@]}" -max_total_time="${SECONDS_EACH:-60}" "$corpus"
  if [ "${MERGE:-0}" = 1 ]; then
    rm -rf "$corpus.least" && mkdir -p "$corpus.least"
    build/fuzz/tests/fuzz/"${target}_fuzz" -merge=1 -max_len=2000 "$corpus.least" "$corpus"
    python3 tests/fuzz/corpus.py pack "$target" "$corpus.least"
  fi
done
