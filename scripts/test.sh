#!/usr/bin/env bash
# Every test: CTest over the C++ tests and the tidy test, then pytest with real clients against the real server, the
# example's own tests, and, where ../shared is present, the recorded conformance cases.
set -uo pipefail
cd "$(dirname "$0")/.."
clients=$(scripts/python_environment.sh tests/clients/requirements.txt)
runtime=$(scripts/python_environment.sh runtimes/scikit-learn.txt)
notebook=$(scripts/python_environment.sh tests/notebook/requirements.txt)
export PENSTOCK_BIN=$PWD/build/penstock
failed=()
ctest --test-dir build --output-on-failure -j "$(nproc)" || failed+=(ctest)
"$runtime/bin/python" -m pytest -q -p no:cacheprovider examples/census/tests -W ignore || failed+=("examples/census")
scripts/python_environment.sh tests/kit/onnx.txt >/dev/null
# The kit is compared with scikit-learn, which the clients' environment of tests/conftest.py does not have.
"$runtime/bin/python" -m pytest -q -p no:cacheprovider --confcutdir tests/kit tests/kit -W ignore || failed+=("kit")
"$notebook/bin/python" -m pytest -q -p no:cacheprovider --confcutdir tests/notebook tests/notebook -W ignore || failed+=("notebook")
"$clients/bin/python" -m pytest -q -p no:cacheprovider tests/clients tests/guide tests/crash tests/conformance tests/ceph || failed+=("clients")
if [ ${#failed[@]} -gt 0 ]; then
  echo "FAILED: ${failed[*]}"
  exit 1
fi
