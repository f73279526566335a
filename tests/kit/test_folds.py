"""`cv` and `backtest` measure what scikit-learn's cross_validate measures on the same folds."""
import json
import os
import pathlib

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

ROWS = 600
RECIPE = {
    "target": "late",
    "features": [
        {"columns": ["distance", "hour"], "transform": "standard"},
        {"columns": ["origin"], "transform": "onehot", "unknown": "ignore"},
    ],
}


@pytest.fixture
def rows(tmp_path):
    random = np.random.RandomState(5)
    rows = pd.DataFrame(
        {
            "distance": random.gamma(2, 500, ROWS),
            "hour": random.randint(5, 24, ROWS),
            "origin": random.choice(["EWR", "JFK", "LGA"], ROWS),
            "day": random.permutation(ROWS),
            "plane": random.randint(0, 37, ROWS) ** 2,
        }
    )
    rows["late"] = (rows["hour"] + random.normal(0, 5, ROWS) > 16).astype(int)
    rows["delay"] = rows["hour"] * 2 + rows["distance"] / 100 + random.normal(0, 9, ROWS)
    rows.to_csv(tmp_path / "data.csv", index=False)
    (tmp_path / "recipe.yaml").write_text(json.dumps(RECIPE))
    return rows


def reference():
    columns = ColumnTransformer(
        [("s", StandardScaler(), ["distance", "hour"]), ("o", OneHotEncoder(handle_unknown="ignore"), ["origin"])]
    )
    return make_pipeline(columns, LogisticRegression())


@pytest.mark.parametrize("arguments, splitter, groups", [
    ([], KFold(5), None),
    (["--folds", 4, "--shuffle", "--seed", 3], KFold(4, shuffle=True, random_state=3), None),
    (["--stratified", "--shuffle", "--seed", 1], StratifiedKFold(5, shuffle=True, random_state=1), None),
    (["--folds", 3, "--group", "plane"], GroupKFold(3), "plane"),
])  # fmt: skip
def test_cv_is_cross_validate(kit, tmp_path, rows, arguments, splitter, groups):
    result = kit("cv", "data.csv", "--recipe", "recipe.yaml", "--predictions", "predictions.csv", *arguments)
    theirs = cross_validate(
        reference(), rows, rows["late"], cv=splitter, groups=rows[groups] if groups else None,
        scoring=["accuracy", "roc_auc", "neg_log_loss"],
    )  # fmt: skip
    accuracies = [fold["metrics"]["accuracy"] for fold in result["folds"]]
    if groups:  # groups of equal size may go to folds in another order
        predictions = pd.read_csv(tmp_path / "predictions.csv")
        assert sorted(predictions["row"]) == list(range(1, ROWS + 1))
        folds = predictions.assign(plane=rows["plane"].to_numpy()[predictions["row"] - 1]).groupby("plane")["fold"]
        assert (folds.nunique() == 1).all() and len(accuracies) == 3
        return
    np.testing.assert_allclose(accuracies, theirs["test_accuracy"], rtol=1e-12)
    aucs = [fold["metrics"]["roc_auc"] for fold in result["folds"]]
    np.testing.assert_allclose(aucs, theirs["test_roc_auc"], rtol=1e-12)
    assert result["mean"]["log_loss"] == pytest.approx(-theirs["test_neg_log_loss"].mean(), rel=1e-7)
    assert result["standard_deviation"]["roc_auc"] == pytest.approx(theirs["test_roc_auc"].std(), rel=1e-9)


def test_one_fold_alone_is_the_same_fold(kit, tmp_path, rows):
    whole = kit("cv", "data.csv", "--recipe", "recipe.yaml", "--shuffle")
    parts = [kit("cv", "data.csv", "--recipe", "recipe.yaml", "--shuffle", "--only", i)["folds"][0] for i in range(1, 6)]
    assert parts == whole["folds"]
    assert "there are 5 folds" in kit("cv", "data.csv", "--recipe", "recipe.yaml", "--only", 6, fails=True)


def test_backtest_is_time_series_split(kit, tmp_path, rows):
    (tmp_path / "recipe.yaml").write_text(json.dumps({"target": "delay", "features": [{"columns": ["hour", "distance"]}]}))
    ordered = rows.sort_values("day")
    for arguments, splitter in [
        ([], TimeSeriesSplit(5)),
        (["--windows", 3, "--gap", 7, "--train-rows-max", 100], TimeSeriesSplit(3, gap=7, max_train_size=100)),
    ]:
        result = kit("backtest", "data.csv", "--recipe", "recipe.yaml", "--time", "day", "--algorithm", "linear",
                     "--set", "alpha=1", *arguments)  # fmt: skip
        theirs = cross_validate(
            Ridge(), ordered[["hour", "distance"]], ordered["delay"], cv=splitter, scoring="neg_mean_absolute_error"
        )
        ours = [fold["metrics"]["mae"] for fold in result["folds"]]
        np.testing.assert_allclose(ours, -theirs["test_score"], rtol=1e-9)
        for fold in result["folds"]:  # nothing of the future
            assert fold["train_to"] < fold["test_from"]


def test_backtest_of_the_flights_of_2013(kit, tmp_path):
    cache = pathlib.Path(os.environ.get("PENSTOCK_CACHE") or pathlib.Path.home() / ".cache/penstock")
    if not (cache / "data/flights.csv").exists():
        pytest.skip("the flights are not there: run examples/flights/fetch_data.py")
    recipe = {
        "target": "arr_delay",
        "rows": {"drop_missing": True},
        "features": [{"columns": ["dep_delay", "distance", "hour", "month"]}],
    }
    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe))
    result = kit("backtest", cache / "data/flights.csv", "--recipe", "recipe.yaml", "--time", "time_hour",
                 "--algorithm", "linear", "--set", "alpha=1")  # fmt: skip
    assert result["rows"] == 327_346
    found = [fold["metrics"]["mae"] for fold in result["folds"]]
    # pandas' stable sort by time_hour, then TimeSeriesSplit(5) and Ridge(1) of scikit-learn 1.9.1.
    assert found == pytest.approx([13.321634, 13.997017, 14.481287, 12.026634, 12.603882], abs=5e-6)
