"""`preprocess suggest`: data and the name of a target, to a model and predictions, with nothing written by hand."""
import json
import re

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def customers(tmp_path):
    random = np.random.default_rng(3)
    count = 600
    age, town = random.integers(18, 90, count), random.choice(["Ulm", "Aachen", "Bonn: am Rhein"], count)
    rows = pd.DataFrame({
        "customer id": [f"C-{number:05}" for number in range(count)],
        "age": np.where(random.random(count) < 0.1, np.nan, age),
        "town": town,
        "street": [f"street {number}" for number in random.integers(0, 80, count)],
        "member": random.choice([True, False], count),
        "since": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 500, count), "D"),
        "country": "DE",
        "left": np.where(age / 90 + (town == "Ulm") + random.normal(0, 0.3, count) > 1, "yes", "no"),
        "spent": 3.0 * age + random.normal(0, 5, count),
        "grade": random.integers(1, 4, count),
    })  # fmt: skip
    rows.to_csv(tmp_path / "customers.csv", index=False)
    return rows


def features_of(recipe):
    """The options of each column that is a feature, as a text: "transform: standard, impute: median"."""
    lines = re.findall(r"^  - \{columns: (\[.*?\]), (.*)\}$", recipe, re.MULTILINE)
    return {name: options for names, options in lines for name in json.loads(names)}


def test_from_data_to_predictions(kit, tmp_path, customers):
    suggested = kit("preprocess", "suggest", "customers.csv", "--target", "left")
    assert suggested == {"recipe": "recipe.yaml", "problem": "classification", "algorithm": "logistic", "rows": 600}
    recipe = (tmp_path / "recipe.yaml").read_text()
    assert features_of(recipe) == {
        "age": "transform: standard, impute: median",
        "town": "transform: onehot, unknown: ignore",
        "street": "transform: target_mean",
        "member": "transform: pass",
        "since": "transform: date, parts: [year, month_cycle, weekday_cycle, hour]",
        "spent": "transform: standard",
        "grade": "transform: standard",
    }
    assert "stratify: true" in recipe and '# "country" is left out: all its values are equal.' in recipe
    assert '# "customer id" is left out: each value occurs once: an identifier.' in recipe
    kit("preprocess", "fit", "recipe.yaml", "customers.csv", "--state", "state.json", "--train", "train", "--test", "test")
    kit("train", "train", "--algorithm", suggested["algorithm"], "--model", "model")
    evaluation = kit("evaluate", "model", "test")
    assert evaluation["metrics"]["accuracy"] > evaluation["constant"]["metrics"]["accuracy"] + 0.1
    customers.drop(columns="left").to_csv(tmp_path / "new.csv", index=False)
    kit("preprocess", "apply", "new.csv", "--state", "state.json", "--output", "new")
    assert kit("infer", "model", "new", "--output", "predictions.csv")["rows"] == len(customers)


@pytest.mark.parametrize("target, problem", [("spent", "regression"), ("grade", "classification"), ("member", "classification")])
def test_targets_of_other_kinds(kit, tmp_path, customers, target, problem):
    suggested = kit("preprocess", "suggest", "customers.csv", "--target", target)
    assert suggested["problem"] == problem
    kit("preprocess", "fit", "recipe.yaml", "customers.csv", "--state", "state.json", "--train", "train", "--test", "test")
    kit("train", "train", "--algorithm", suggested["algorithm"], "--model", "model")
    evaluation = kit("evaluate", "model", "test")
    if target == "spent":
        assert evaluation["metrics"]["mae"] < evaluation["constant"]["metrics"]["mae"] / 2
    if target == "grade":
        assert evaluation["problem"] == "multiclass" and evaluation["classes"] == ["1", "2", "3"]


@pytest.mark.parametrize("target, message", [("lef", "there is no column 'lef': did you mean 'left'?"), ("country", "one value only")])
def test_targets_that_are_none(kit, tmp_path, customers, target, message):
    assert message in kit("preprocess", "suggest", "customers.csv", "--target", target, fails=True)
    assert not (tmp_path / "recipe.yaml").exists()
