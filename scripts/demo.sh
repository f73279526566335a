#!/usr/bin/env bash
# The main job: the census training and inference pipelines, end to end, on a server of its own in build/demo.
set -euo pipefail
cd "$(dirname "$0")/.."
penstock=$PWD/build/penstock
runtime=$(scripts/python_environment.sh runtimes/scikit-learn.txt)
folder=$PWD/build/demo
rm -rf "$folder"
mkdir -p "$folder"
step() { printf '\n== %s\n' "$*"; }
seconds() { date +%s.%N; }
started=$(seconds)

step "Data: the UCI Census-Income (KDD) set, 199,523 rows"
"$runtime/bin/python" examples/census/fetch_data.py

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

step "Training pipeline: preprocess, train, evaluate, quality gate"
"$penstock" run examples/census/training.yaml --name demo-training
result=$("$penstock" describe demo-training --json output)
field() { "$runtime/bin/python" -c 'import json, sys; print(json.loads(sys.argv[1])["output"][sys.argv[2]])' "$result" "$1"; }

step "Inference pipeline: the same reader and transformer, then batch scoring"
"$penstock" run examples/census/inference.yaml --name demo-inference \
  --set ModelUri="$(field ModelUri)" --set TransformerUri="$(field TransformerUri)/"

step "What was recorded (penstock sql)"
"$penstock" sql "select kind, name, status, round(seconds, 1) as seconds from jobs order by started"
"$penstock" sql "select job, name, round(value, 6) as value from metrics order by job, name"
"$penstock" sql "select uri, bytes, substr(digest, 1, 19) as digest from artifacts where direction = 'output' order by uri"

step "Result"
echo "accuracy $(field Accuracy), AUC $(field Auc)"
echo "model        $(field ModelUri)"
echo "predictions  $("$penstock" describe demo-inference --json output | "$runtime/bin/python" -c 'import json, sys; print(json.load(sys.stdin)["output"]["PredictionsUri"])')"
echo "$(echo "$(seconds) $started" | awk '{printf "%.1f s in all", $1 - $2}')"
