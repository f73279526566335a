#!/usr/bin/env bash
# Every CTest test and the tests with real clients under sanitizers: scripts/sanitize.sh [asan] [tsan] (both). Not part of `make
# test`: each builds the whole tree anew. A finding fails the test that met it. Jobs of a sanitized build have no memory limit.
set -uo pipefail
cd "$(dirname "$0")/.."
presets=("$@")
[ ${#presets[@]} -gt 0 ] || presets=(asan tsan)
clients=$(scripts/python_environment.sh tests/clients/requirements.txt)
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=0} TSAN_OPTIONS=${TSAN_OPTIONS:-second_deadlock_stack=1}
failed=()
for preset in "${presets[@]}"; do
  cmake --preset "$preset" --log-level=WARNING && cmake --build "build/$preset" -j "${JOBS:-$(nproc)}" || { failed+=("$preset: build"); continue; }
  ctest --test-dir "build/$preset" --output-on-failure -j "$(nproc)" || failed+=("$preset: ctest")
  PENSTOCK_BIN=$PWD/build/$preset/penstock "$clients/bin/python" -m pytest -q -p no:cacheprovider tests/clients || failed+=("$preset: clients")
done
if [ ${#failed[@]} -gt 0 ]; then
  printf 'FAILED: %s\n' "${failed[@]}"
  exit 1
fi
