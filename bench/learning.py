"""penstock-kit preprocess, train and infer beside scikit-learn and XGBoost's Python package, whole processes, in one run: CPU
seconds and peak memory, reading CSV included on both sides. scikit-learn reads with pandas.

    learning.py [ROWS]     (1,000,000)
"""
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
REPEATS = 3
BINNED, SCALED = ["age", "visits"], ["income", "score", "balance", "height", "rate", "amount", "ratio", "clicks"]
CATEGORICAL = ["segment", "country", "active"]
RECIPE = {
    "target": "y",
    "features": [
        {"columns": BINNED, "transform": "bins", "count": 10},
        {"columns": SCALED, "transform": "standard"},
        {"columns": CATEGORICAL, "transform": "onehot", "unknown": "ignore"},
    ],
}

MAKE_DATA = """
import sys; sys.path.insert(0, sys.argv[1])
import numpy as np
from bench_data_sets import mixed_frame
rows = mixed_frame(int(sys.argv[2]))
odds = (rows["age"] - 55) / 20 + rows["balance"] / 800 + (rows["country"] == "DE") + np.random.default_rng(1).logistic(size=len(rows))
rows["y"] = (odds > 0).astype(int)
rows.to_csv(sys.argv[3], index=False)
"""
PREPROCESS = f"""
import sys, pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, StandardScaler
rows = pd.read_csv(sys.argv[1], usecols={BINNED + SCALED + CATEGORICAL + ["y"]})
features = ColumnTransformer([
    ("b", KBinsDiscretizer(10, encode="onehot-dense", subsample=None), {BINNED}), ("s", StandardScaler(), {SCALED}),
    ("c", OneHotEncoder(sparse_output=False, handle_unknown="ignore"), {CATEGORICAL})]).fit_transform(rows)
print(features.shape)
"""
TRAIN = """
import sys, joblib, pandas as pd
from sklearn.linear_model import LogisticRegression
x = pd.read_csv(sys.argv[1] + "/features.csv", header=None).to_numpy()
y = pd.read_csv(sys.argv[1] + "/labels.csv", header=None).to_numpy().ravel()
joblib.dump(LogisticRegression(max_iter=100).fit(x, y), sys.argv[2])
"""
SCORE = """
import sys, joblib, pandas as pd
x = pd.read_csv(sys.argv[1] + "/features.csv", header=None).to_numpy()
model = joblib.load(sys.argv[2])
pd.DataFrame({"class": model.predict(x), "probability": model.predict_proba(x)[:, 1]}).to_csv(sys.argv[3], header=False, index=False)
"""
SCORE_XGBOOST = """
import sys; sys.path.append(sys.argv[4])
import pandas as pd, xgboost
x = pd.read_csv(sys.argv[1] + "/features.csv", header=None).to_numpy()
model = xgboost.Booster({"nthread": 1}, model_file=sys.argv[2])
pd.DataFrame(model.inplace_predict(x)).to_csv(sys.argv[3], header=False, index=False)
"""


def environment(lock):
    return pathlib.Path(subprocess.run([ROOT / "scripts/python_environment.sh", ROOT / lock], check=True, capture_output=True, text=True).stdout.strip())


def measure(command):
    """Least CPU seconds of some runs, and the largest peak memory in MB."""
    # One thread on each side, so that waiting threads of BLAS or OpenMP do not count as work.
    alone = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
    least, memory = float("inf"), 0
    for _ in range(REPEATS):
        process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, env=alone)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"failed: {command[0]} {command[1]} ...")
        least, memory = min(least, usage.ru_utime + usage.ru_stime), max(memory, usage.ru_maxrss // 1024)
    return least, memory


def compare(name, ours, theirs, wanted):
    (our_time, our_memory), (their_time, their_memory) = measure(ours), measure(theirs)
    print(f"{name:<44} {our_time:6.2f} s {our_memory:5} MB   peer {their_time:6.2f} s {their_memory:5} MB   {their_time / our_time:5.1f} times less (wanted: {wanted})")


def main():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    kit = pathlib.Path(os.environ.get("PENSTOCK_KIT") or ROOT / "build/penstock-kit")
    python = environment("runtimes/scikit-learn.txt") / "bin/python"
    xgboost = next(environment("runtimes/kit.txt").glob("lib/python3*/site-packages"))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        data, recipe = folder / "data.csv", folder / "recipe.yaml"
        subprocess.run([python, "-Wignore", "-c", MAKE_DATA, ROOT / "bench", str(ROWS), data], check=True)
        recipe.write_text(json.dumps(RECIPE))
        print(f"{ROWS:,} rows x 21 columns, CSV, {data.stat().st_size / 1e6:.0f} MB; CPU seconds, whole process, one thread")
        fit = [kit, "preprocess", "fit", recipe, data, "--state", folder / "state.json"]
        compare("preprocess fit and apply", fit, [python, "-Wignore", "-c", PREPROCESS, data], "6")
        subprocess.run([*map(str, fit), "--train", folder / "train"], check=True, stdout=subprocess.DEVNULL)
        train = folder / "train"
        compare("train logistic, from features.csv", [kit, "train", train, "--model", folder / "model"],
                [python, "-Wignore", "-c", TRAIN, train, folder / "model.joblib"], "2")  # fmt: skip
        compare("infer logistic", [kit, "infer", folder / "model", train, "--output", folder / "ours.csv"],
                [python, "-Wignore", "-c", SCORE, train, folder / "model.joblib", folder / "theirs.csv"], "2")  # fmt: skip
        subprocess.run([kit, "train", train, "--algorithm", "xgboost", "--model", folder / "trees", "--set", "num_round=30"], check=True, stdout=subprocess.DEVNULL)
        compare("infer xgboost, 30 trees", [kit, "infer", folder / "trees", train, "--output", folder / "ours.csv"],
                [python, "-Wignore", "-c", SCORE_XGBOOST, train, folder / "trees/xgboost-model.json", folder / "theirs.csv", xgboost], "1")  # fmt: skip


if __name__ == "__main__":
    main()
