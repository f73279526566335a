#!/usr/bin/env bash
# Every benchmark of bench/, or those named: bench.sh [start s3 ...]. Each prints its figures beside a probe of the machine
# or a peer in the same run: compare the ratios, these machines are noisy.
set -euo pipefail
cd "$(dirname "$0")/.."
clients=$(scripts/python_environment.sh tests/clients/requirements.txt)
scripts/python_environment.sh runtimes/scikit-learn.txt >/dev/null
cmake --build build --target jsonata_bench activity_bench >/dev/null
export PENSTOCK_BIN=$PWD/build/penstock
if [ $# -eq 0 ]; then set -- $(basename -s .py bench/*.py | grep -v '^bench_'); fi
for name in "$@"; do
  echo "== $name"
  PYTHONPATH=bench:tests "$clients/bin/python" "bench/$name.py"
done
