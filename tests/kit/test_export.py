"""`export`: onnxruntime scores the ONNX file as `infer` scores the model, from raw columns and from features."""
import json
import pathlib
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ROWS = 700


@pytest.fixture(scope="module")
def onnxruntime():
    """onnxruntime, from the environment of onnx.txt where it is made (scripts/test.sh makes it)."""
    lock = pathlib.Path(__file__).with_name("onnx.txt")
    found = subprocess.run([ROOT / "scripts/python_environment.sh", "--find", lock], capture_output=True, text=True)
    packages = list(pathlib.Path(found.stdout.strip() or "/none").glob("lib/python3*/site-packages"))
    if not packages:
        pytest.skip("the environment of tests/kit/onnx.txt is not made")
    sys.path.append(str(packages[0]))
    try:
        import onnxruntime

        yield onnxruntime
    finally:
        sys.path.remove(str(packages[0]))


@pytest.fixture
def rows(tmp_path):
    random = np.random.RandomState(8)
    rows = pd.DataFrame(
        {
            "age": random.randint(17, 90, ROWS).astype(float),
            "gain": np.where(random.random_sample(ROWS) < 0.15, np.nan, random.exponential(100, ROWS)),
            "town": random.choice(["Ulm", "Aachen", "Bad Tölz"], ROWS, p=[0.5, 0.45, 0.05]),
            "grade": random.choice([1.0, 2.0, 10.0], ROWS),
        }
    )
    score = rows["age"] / 30 + (rows["town"] == "Ulm") + random.normal(0, 0.7, ROWS)
    rows["y"] = (score > 2.3).astype(int)
    rows["kind"] = np.digitize(score, [1.5, 2.8])
    rows["value"] = score
    rows.to_csv(tmp_path / "data.csv", index=False)
    return rows


def recipe(target):
    return {
        "target": target,
        "features": [
            {"columns": ["age"], "transform": "bins", "count": 6},
            {"columns": ["age"], "transform": "robust"},
            {"columns": ["gain"], "transform": "standard", "impute": {"method": "median", "indicator": True}},
            {"columns": ["gain"], "transform": "min_max", "clip": True, "impute": "mean"},
            {"columns": ["town"], "transform": "onehot", "unknown": "other", "min_count": 50},
            {"columns": ["grade"], "transform": "onehot", "unknown": "ignore", "drop": "first"},
            {"columns": ["grade"], "transform": "ordinal", "unknown": -1},
            {"columns": ["town"], "transform": "target_mean"},
        ],
    }


def infer(kit, tmp_path, data):
    kit("preprocess", "apply", data, "--state", "state.json", "--output", "prepared")
    kit("infer", "model", "prepared", "--output", "predictions.csv")
    return pd.read_csv(tmp_path / "predictions.csv", header=None).to_numpy()


def scores(onnxruntime, tmp_path, inputs):
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {one.name: inputs[one.name] for one in session.get_inputs()})))


@pytest.mark.parametrize("algorithm, target, tolerance, options", [
    ("logistic", "y", 1e-12, []),
    ("logistic", "kind", 1e-12, []),
    ("linear", "value", 1e-11, []),
    ("xgboost", "y", 1e-5, ["--set=num_round=30"]),
    ("xgboost", "kind", 1e-5, ["--set=num_round=20", "--set=objective=multi:softprob"]),
    ("xgboost", "value", 1e-5, ["--set=num_round=30"]),
])  # fmt: skip
def test_recipe_and_model_score_as_infer_does(kit, tmp_path, rows, onnxruntime, algorithm, target, tolerance, options):
    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe(target)))
    kit("preprocess", "fit", "recipe.yaml", "data.csv", "--state", "state.json", "--train", "train")
    kit("train", "train", "--algorithm", algorithm, "--model", "model", *options)
    new = rows.head(60).copy()
    new.loc[0, "town"] = "Atlantis"  # which training did not see
    new.loc[1, "grade"] = 7.0
    new.to_csv(tmp_path / "new.csv", index=False)
    expected = infer(kit, tmp_path, "new.csv")
    exported = kit("export", "model", "--state", "state.json", "--onnx", "model.onnx")
    assert exported["inputs"] == ["age", "gain", "town", "grade"]
    raw = {name: new[[name]].to_numpy(dtype=object if name == "town" else float) for name in exported["inputs"]}
    found = scores(onnxruntime, tmp_path, raw)
    if target == "value":
        np.testing.assert_allclose(found["prediction"], expected, rtol=tolerance)
    else:
        probabilities = found["probabilities"] if target == "kind" else found["probabilities"][:, 1:]
        np.testing.assert_allclose(probabilities, expected[:, 1:], rtol=tolerance, atol=1e-7)
        np.testing.assert_array_equal(found["label"].ravel(), expected[:, 0])
    # From features alone.
    kit("export", "model", "--onnx", "model.onnx")
    prepared = pd.read_csv(tmp_path / "prepared/features.csv", header=None).to_numpy()
    alone = scores(onnxruntime, tmp_path, {"features": prepared})
    for name, values in found.items():
        np.testing.assert_allclose(alone[name], values, rtol=1e-6, atol=1e-7)


def test_trees_with_missing_values(kit, tmp_path, rows, onnxruntime):
    (tmp_path / "recipe.yaml").write_text(json.dumps({"target": "y", "features": [{"columns": ["age", "gain", "grade"]}]}))
    kit("preprocess", "fit", "recipe.yaml", "data.csv", "--state", "state.json", "--train", "train")
    kit("train", "train", "--algorithm", "xgboost", "--model", "model", "--set=num_round=20")
    expected = infer(kit, tmp_path, "data.csv")
    kit("export", "model", "--state", "state.json", "--onnx", "model.onnx")
    found = scores(onnxruntime, tmp_path, {name: rows[[name]].to_numpy(dtype=float) for name in ["age", "gain", "grade"]})
    np.testing.assert_allclose(found["probabilities"][:, 1], expected[:, 1], rtol=1e-5)


# Every function and operator of expressions, with missing operands; values that are no number where the input is no number.
EXPRESSIONS = {
    "arithmetic": "(age + 2.5) * -age / 7 - age ^ 1.5 + age % 7 + -age % 7",
    "comparisons": "(age > 40) + 2 * (age >= 41) + 4 * (age < 60) + 8 * (age <= 61) + 16 * (grade == 2) + 32 * (grade != 10)",
    "logic": "(gain > 50 and age > 40) + 2 * (gain > 90 or grade == 1) + 4 * not (gain > 20)",
    "rounding": "floor(gain) + ceil(age / 7) * 3 + round(age / 2) * 5 + abs(age - 50)",
    "powers": "sqrt(age) + exp(age / 50) + log(age) + log2(age) + log10(age) + log1p(gain) + log1p(age * 1e-12) * 1e12",
    "angles": "sin(age) + 2 * cos(age)",
    "choices": "if(gain > 50, age, grade) + min(age, gain) + max(grade, 3) + clip(age, 30, 60)",
    "missing": "is_missing(gain) + coalesce(gain, age) + is_missing(age / 0 - age / 0)",
    "chained": "choices * 2 + is_missing(logic)",
}


def test_expressions(kit, tmp_path, rows, onnxruntime):
    steps = [{"columns": [name], "transform": "standard", "impute": {"method": "mean", "indicator": True}} for name in EXPRESSIONS]
    (tmp_path / "recipe.yaml").write_text(json.dumps({"target": "y", "expressions": EXPRESSIONS, "features": steps}))
    kit("preprocess", "fit", "recipe.yaml", "data.csv", "--state", "state.json", "--train", "train")
    kit("train", "train", "--model", "model")
    expected = infer(kit, tmp_path, "data.csv")
    exported = kit("export", "model", "--state", "state.json", "--onnx", "model.onnx")
    assert exported["inputs"] == ["age", "grade", "gain"], "the raw columns, not what is computed of them"
    found = scores(onnxruntime, tmp_path, {name: rows[[name]].to_numpy(dtype=float) for name in exported["inputs"]})
    np.testing.assert_allclose(found["probabilities"][:, 1], expected[:, 1], rtol=1e-9, atol=1e-12)


def test_parts_of_moments_and_filled_texts(kit, tmp_path, rows, onnxruntime):
    random = np.random.RandomState(4)
    when = pd.to_datetime(random.randint(-3_000_000_000, 6_000_000_000, ROWS), unit="s")
    when = when.where(np.arange(ROWS) != 5, pd.Timestamp("2000-02-29T23:59:59")).where(np.arange(ROWS) != 6, pd.Timestamp("1900-03-01"))
    data = rows.assign(when=when, town=rows["town"].where(random.random_sample(ROWS) < 0.8))
    data.to_csv(tmp_path / "data.csv", index=False, date_format="%Y-%m-%dT%H:%M:%SZ")
    parts = ["year", "quarter", "month", "day", "weekday", "day_of_year", "hour", "minute", "second", "month_cycle", "weekday_cycle", "hour_cycle", "day_of_year_cycle"]
    steps = [
        {"columns": ["when"], "transform": "date", "parts": parts},
        {"columns": ["town"], "transform": "onehot", "impute": {"method": "most_frequent", "indicator": True}},
        {"columns": ["town"], "transform": "target_mean", "impute": {"method": "constant", "value": "Aachen"}},
    ]
    (tmp_path / "recipe.yaml").write_text(json.dumps({"target": "value", "features": steps}))
    kit("preprocess", "fit", "recipe.yaml", "data.csv", "--state", "state.json", "--train", "train")
    kit("train", "train", "--algorithm", "linear", "--model", "model", "--set", "alpha=0.1")
    expected = infer(kit, tmp_path, "data.csv")
    exported = kit("export", "model", "--state", "state.json", "--onnx", "model.onnx")
    assert exported["inputs"] == ["when", "town"]
    seconds = ((when - pd.Timestamp(0)) // pd.Timedelta("1s")).to_numpy(dtype=float)
    found = scores(onnxruntime, tmp_path, {"when": seconds[:, None], "town": data[["town"]].fillna("").to_numpy(dtype=object)})
    np.testing.assert_allclose(found["prediction"], expected, rtol=1e-9, atol=1e-9)


def test_what_has_no_onnx_form_is_refused(kit, tmp_path, rows):
    step = {"columns": ["town"], "transform": "hash", "buckets": 4}
    (tmp_path / "recipe.yaml").write_text(json.dumps({"target": "y", "features": [step]}))
    kit("preprocess", "fit", "recipe.yaml", "data.csv", "--state", "state.json", "--train", "train")
    kit("train", "train", "--model", "model")
    assert "'hash' has no ONNX form" in kit("export", "model", "--state", "state.json", "--onnx", "model.onnx", fails=True)
    assert not (tmp_path / "model.onnx").exists()


def test_a_state_of_another_recipe_is_refused(kit, tmp_path, rows):
    for name, columns in [("one", ["age"]), ("two", ["age", "grade"])]:
        (tmp_path / "recipe.yaml").write_text(json.dumps({"target": "y", "features": [{"columns": columns}]}))
        kit("preprocess", "fit", "recipe.yaml", "data.csv", "--state", f"{name}.json", "--train", name)
    kit("train", "one", "--model", "model")
    assert "makes other features" in kit("export", "model", "--state", "two.json", "--onnx", "m.onnx", fails=True)
