#!/usr/bin/env bash
# The main job: the census training and inference pipelines, end to end, on a server of its own in build/demo; first with
# penstock-kit as every step's program, then with the scikit-learn scripts.
set -euo pipefail
cd "$(dirname "$0")/.."
penstock=$PWD/build/penstock
folder=$PWD/build/demo
rm -rf "$folder"
mkdir -p "$folder"
step() { printf '\n== %s\n' "$*"; }
seconds() { date +%s.%N; }
since() { echo "$(seconds) $1" | awk '{printf "%.1f s", $1 - $2}'; }
started=$(seconds)

step "Data: the UCI Census-Income (KDD) set, 199,523 rows"
"${PENSTOCK_PYTHON:-python3}" examples/census/fetch_data.py

step "Server"
"$penstock" serve --port 0 --data "$folder/data" >"$folder/ready" 2>"$folder/server.log" &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null || true' EXIT
for _ in $(seq 500); do
  grep -q '^ready ' "$folder/ready" && break
  kill -0 $server 2>/dev/null || { cat "$folder/server.log" >&2; exit 1; }
  sleep 0.02
done
cat "$folder/ready"
export PENSTOCK_DATA=$folder/data
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_ENDPOINT_URL AWS_REGION AWS_DEFAULT_REGION AWS_PROFILE
eval "$("$penstock" env)"

# field EXECUTION NAME: one value of an execution's output.
field() { "$penstock" describe "$1" --json output | sed -n "s/^ *\"$2\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p"; }
# pipelines EXAMPLE NAME: its training pipeline, then its inference pipeline with the model that training made.
pipelines() {
  local begun
  begun=$(seconds)
  "$penstock" run "examples/$1/training.yaml" --name "$2-training"
  "$penstock" run "examples/$1/inference.yaml" --name "$2-inference" \
    --set ModelUri="$(field "$2-training" ModelUri)" --set TransformerUri="$(field "$2-training" TransformerUri)/"
  echo "both pipelines: $(since "$begun")"
}

if [ -x build/penstock-kit ]; then
  step "Natively: preprocess, train, evaluate, quality gate; then the same recipe and batch scoring (examples/census-native)"
  pipelines census-native native
fi

step "With scikit-learn: the same steps, by the scripts of examples/census"
scripts/python_environment.sh runtimes/scikit-learn.txt >/dev/null
pipelines census demo

step "What was recorded (penstock sql)"
"$penstock" sql "select kind, name, status, round(seconds, 1) as seconds from jobs order by started"
"$penstock" sql "select job, name, round(value, 6) as value from metrics order by job, name"
"$penstock" sql "select uri, bytes, substr(digest, 1, 19) as digest from artifacts where direction = 'output' order by uri"

step "Result"
for name in native demo; do
  [ "$name" = demo ] || [ -x build/penstock-kit ] || continue
  echo "$name: accuracy $(field $name-training Accuracy), AUC $(field $name-training Auc)"
  echo "  model        $(field $name-training ModelUri)"
  echo "  predictions  $(field $name-inference PredictionsUri)"
done
echo "$(since "$started") in all"
