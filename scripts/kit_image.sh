#!/usr/bin/env bash
# Stages penstock-kit and the libraries of its Python wheels in FOLDER, for kit/Dockerfile. Usage: scripts/kit_image.sh FOLDER
set -euo pipefail
folder=${1:?usage: scripts/kit_image.sh FOLDER}
cd "$(dirname "$0")/.."
program=${PENSTOCK_KIT:-build/penstock-kit}
packages=$(scripts/python_environment.sh --find runtimes/kit.txt)
mkdir -p "$folder/penstock-kit.libs"
cp "$program" "$folder/penstock-kit"
ldd "$program" | awk -v wheels="$packages" 'index($3, wheels) {print $3}' | xargs -I{} cp {} "$folder/penstock-kit.libs/"
# XGBoost finds its own OpenMP relative to itself: the folders stay as the wheel has them.
(cd "$packages"/lib/python3*/site-packages && find . -path './xgboost/lib/*.so' -o -path './xgboost*.libs/*.so*') |
  while read -r library; do install -D "$packages"/lib/python3*/site-packages/"$library" "$folder/penstock-kit.libs/$library"; done
echo "docker build -t penstock-kit -f kit/Dockerfile $folder"
