#!/usr/bin/env bash
# Every test under sanitizers, ASan with UBSan and then TSan: scripts/sanitize.sh [asan] [tsan] (both). ONLY="ctest kit clients
# guide crash" chooses steps, KILLS=40 how often the crash test kills. Not part of `make test`: each builds the whole tree anew.
# Every program, also a server whose test looks at something else, writes what a sanitizer finds to build/PRESET/reports/: the run
# fails if anything is there. tests/suppressions names what is not ours. Jobs of a sanitized build have no memory limit.
set -uo pipefail
cd "$(dirname "$0")/.."
presets=("$@")
[ ${#presets[@]} -gt 0 ] || presets=(asan tsan)
steps=" ${ONLY:-ctest kit clients guide crash} "
clients=$(scripts/python_environment.sh tests/clients/requirements.txt)
runtime=$(scripts/python_environment.sh runtimes/scikit-learn.txt)
failed=()

# run STEP COMMAND...: the command, when the step is asked for.
run() {
  local step=$1
  shift
  [[ $steps == *" $step "* ]] || return 0
  echo "== $preset: $step"
  nice "$@" || failed+=("$preset: $step")
}

for preset in "${presets[@]}"; do
  cmake --preset "$preset" --log-level=WARNING && nice cmake --build "build/$preset" -j "${JOBS:-$(nproc)}" || { failed+=("$preset: build"); continue; }
  reports=$PWD/build/$preset/reports
  rm -rf "$reports"
  mkdir -p "$reports"
  suppressions=$PWD/tests/suppressions
  export ASAN_OPTIONS="log_path=$reports/asan:detect_stack_use_after_return=0"
  export LSAN_OPTIONS="suppressions=$suppressions/leak.txt:print_suppressions=0"
  export UBSAN_OPTIONS="log_path=$reports/ubsan:print_stacktrace=1"
  export TSAN_OPTIONS="log_path=$reports/tsan:second_deadlock_stack=1:suppressions=$suppressions/thread.txt"
  export PENSTOCK_BIN=$PWD/build/$preset/penstock PENSTOCK_CRASH_KILLS=${KILLS:-40}
  pytest=(-m pytest -q -p no:cacheprovider)
  run ctest ctest --test-dir "build/$preset" --output-on-failure -j "${JOBS:-$(nproc)}" --timeout 3000
  run kit "$runtime/bin/python" "${pytest[@]}" --confcutdir tests/kit tests/kit -W ignore
  run clients "$clients/bin/python" "${pytest[@]}" tests/clients
  run guide "$clients/bin/python" "${pytest[@]}" tests/guide
  run crash "$clients/bin/python" "${pytest[@]}" tests/crash
  found=$(find "$reports" -type f | wc -l)
  [ "$found" = 0 ] || failed+=("$preset: $found reports in build/$preset/reports")
done
if [ ${#failed[@]} -gt 0 ]; then
  printf 'FAILED: %s\n' "${failed[@]}"
  exit 1
fi
echo "sanitizers: nothing found (${presets[*]}:${steps% })"
