"""`preprocess fit | apply` makes what scikit-learn makes of the same recipe, to 1e-12."""
import json
import pathlib
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction import FeatureHasher
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "examples/census/scripts"))
ROWS = 500


def make_rows():
    random = np.random.RandomState(1)
    rows = pd.DataFrame(
        {
            "age": random.randint(17, 90, ROWS),
            "gain": np.round(random.exponential(100, ROWS), 2),
            "holey": np.where(random.random_sample(ROWS) < 0.2, np.nan, random.normal(5, 2, ROWS)),
            "town": random.choice(["Ulm", "Aachen", "Bad Tölz", 'a "quoted", one'], ROWS, p=[0.5, 0.3, 0.15, 0.05]),
            "grade": random.choice([1, 2, 3, 10], ROWS),
            "when": pd.date_range("2023-11-20T03:00:00", periods=ROWS, freq="7h"),
            "y": random.randint(0, 2, ROWS),
        }
    )
    return rows


@pytest.fixture
def data(tmp_path):
    rows = make_rows()
    rows.to_csv(tmp_path / "data.csv", index=False, date_format="%Y-%m-%dT%H:%M:%SZ")
    return rows


def fit(kit, tmp_path, recipe):
    """The features of the training rows (all of them), by --train and again by `apply`."""
    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe))  # JSON is YAML
    kit("preprocess", "fit", "recipe.yaml", "data.csv", "--state", "state.json", "--train", "train.csv")
    kit("preprocess", "apply", "data.csv", "--state", "state.json", "--output", "again")
    trained = pd.read_csv(tmp_path / "train.csv")
    again = pd.read_csv(tmp_path / "again/features.csv", header=None)
    return trained, again


def check(kit, tmp_path, step, expected, tolerance=1e-12):
    trained, again = fit(kit, tmp_path, {"features": [step]})
    np.testing.assert_allclose(trained.to_numpy(), np.asarray(expected, dtype=float), rtol=0, atol=tolerance)
    np.testing.assert_allclose(again.to_numpy(), trained.to_numpy(), rtol=0, atol=0)
    return trained


@pytest.mark.parametrize("strategy", ["quantile", "uniform", "kmeans"])
def test_bins(kit, tmp_path, data, strategy):
    for encode, theirs in [("onehot", "onehot-dense"), ("ordinal", "ordinal")]:
        step = {"columns": ["age", "gain"], "transform": "bins", "count": 7, "strategy": strategy, "encode": encode}
        reference = KBinsDiscretizer(n_bins=7, strategy=strategy, encode=theirs, subsample=None)
        check(kit, tmp_path, step, reference.fit_transform(data[["age", "gain"]].astype(float)))


def test_bins_that_are_too_narrow_are_dropped(kit, tmp_path, data):
    step = {"columns": ["grade"], "transform": "bins", "count": 10, "quantile_method": "linear"}
    reference = KBinsDiscretizer(n_bins=10, encode="onehot-dense", quantile_method="linear")
    with pytest.warns(UserWarning):
        expected = reference.fit_transform(data[["grade"]].astype(float))
    check(kit, tmp_path, step, expected)


@pytest.mark.parametrize(
    "step, reference",
    [
        ({"transform": "standard"}, StandardScaler()),
        ({"transform": "standard", "scale": False}, StandardScaler(with_std=False)),
        ({"transform": "robust"}, RobustScaler()),
        ({"transform": "robust", "low": 10, "high": 90}, RobustScaler(quantile_range=(10, 90))),
        ({"transform": "min_max"}, MinMaxScaler()),
        ({"transform": "min_max", "low": -1, "high": 1, "clip": True}, MinMaxScaler((-1, 1), clip=True)),
    ],
)
def test_scalers(kit, tmp_path, data, step, reference):
    columns = ["age", "gain", "holey"]
    trained, _ = fit(kit, tmp_path, {"features": [{"columns": columns, **step}]})
    np.testing.assert_allclose(trained.to_numpy(), reference.fit_transform(data[columns]), rtol=0, atol=1e-12)


@pytest.mark.parametrize("method", ["mean", "median", "most_frequent", "constant"])
def test_imputers(kit, tmp_path, data, method):
    step = {"columns": ["holey"], "impute": {"method": method, "indicator": True}}
    trained, _ = fit(kit, tmp_path, {"features": [step]})
    reference = SimpleImputer(strategy=method, fill_value=0 if method == "constant" else None, add_indicator=True)
    np.testing.assert_allclose(trained.to_numpy(), reference.fit_transform(data[["holey"]]), rtol=0, atol=1e-12)


def test_onehot_and_ordinal_of_texts_and_numbers(kit, tmp_path, data):
    columns = ["town", "grade"]
    trained = check(
        kit, tmp_path, {"columns": columns, "transform": "onehot"},
        OneHotEncoder(sparse_output=False).fit_transform(data[columns]),
    )  # fmt: skip
    assert list(trained.columns)[0] == "town_Aachen" and list(trained.columns)[-1] == "grade_10"
    check(
        kit, tmp_path, {"columns": columns, "transform": "onehot", "drop": "first"},
        OneHotEncoder(sparse_output=False, drop="first").fit_transform(data[columns]),
    )  # fmt: skip
    check(
        kit, tmp_path, {"columns": ["town"], "transform": "onehot", "unknown": "other", "min_count": 60},
        OneHotEncoder(sparse_output=False, min_frequency=60, handle_unknown="infrequent_if_exist").fit_transform(data[["town"]]),
    )  # fmt: skip
    check(kit, tmp_path, {"columns": columns, "transform": "ordinal"}, OrdinalEncoder().fit_transform(data[columns]))


@pytest.mark.parametrize("smooth", ["auto", 10])
def test_target_means_are_out_of_fold_in_training(kit, tmp_path, data, smooth):
    for target, folds in [("y", StratifiedKFold), ("gain", KFold)]:
        step = {"columns": ["town"], "transform": "target_mean", "smooth": smooth, "seed": 3}
        trained, again = fit(kit, tmp_path, {"target": target, "features": [step]})
        reference = TargetEncoder(smooth=smooth, cv=folds(5, shuffle=True, random_state=3))
        expected = reference.fit_transform(data[["town"]], data[target])
        np.testing.assert_allclose(trained[["town_target"]].to_numpy(), expected, rtol=1e-12)
        np.testing.assert_allclose(again.to_numpy(), reference.transform(data[["town"]]), rtol=1e-12)


def test_hashes(kit, tmp_path, data):
    hasher = FeatureHasher(n_features=8, input_type="string", alternate_sign=False)
    expected = hasher.transform([[town] for town in data["town"]]).toarray()
    check(kit, tmp_path, {"columns": ["town"], "transform": "hash", "buckets": 8}, expected)


def test_parts_of_dates(kit, tmp_path, data):
    parts = ["year", "quarter", "month", "day", "weekday", "day_of_year", "hour", "minute", "second"]
    when = data["when"].dt
    expected = np.column_stack([getattr(when, part.replace("weekday", "day_of_week")) for part in parts])
    check(kit, tmp_path, {"columns": ["when"], "transform": "date", "parts": parts}, expected)
    angle = 2 * np.pi * when.hour / 24
    check(
        kit, tmp_path, {"columns": ["when"], "transform": "date", "parts": ["hour_cycle"]},
        np.column_stack([np.sin(angle), np.cos(angle)]),
    )  # fmt: skip


def test_expressions(kit, tmp_path, data):
    recipe = {
        "expressions": {"odd sum": "log1p(gain) * 2 - -age ^ 2 / 3", "late": "age >= 65 and not (gain < 50)"},
        "features": [{"columns": ["odd sum", "late"]}],
    }
    trained, _ = fit(kit, tmp_path, recipe)
    odd = np.log1p(data["gain"]) * 2 + data["age"] ** 2 / 3
    late = (data["age"] >= 65) & ~(data["gain"] < 50)
    np.testing.assert_allclose(trained.to_numpy(), np.column_stack([odd, late]), rtol=1e-13)


@pytest.mark.parametrize("stratify", [False, True])
def test_random_split_is_train_test_split(kit, tmp_path, data, stratify):
    recipe = {
        "target": "y",
        "split": {"by": "random", "test": 0.25, "seed": 9, "stratify": stratify},
        "features": [{"columns": ["age", "gain"]}],
        "keep": ["town", "age"],
    }
    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe))
    result = kit("preprocess", "fit", "recipe.yaml", "data.csv", "--state", "s.json", "--train", "tr", "--test", "te")
    train, test = train_test_split(data, test_size=0.25, random_state=9, stratify=data["y"] if stratify else None)
    assert (result["rows_train"], result["rows_test"]) == (len(train), len(test))
    for folder, expected in [("tr", train), ("te", test)]:
        features = pd.read_csv(tmp_path / folder / "features.csv", header=None).to_numpy()
        np.testing.assert_array_equal(features, expected[["age", "gain"]].to_numpy())
        labels = pd.read_csv(tmp_path / folder / "labels.csv", header=None).to_numpy().ravel()
        np.testing.assert_array_equal(labels, expected["y"].to_numpy())
        kept = pd.read_csv(tmp_path / folder / "kept.csv")
        np.testing.assert_array_equal(kept["town"], expected["town"])


def test_rows_are_dropped_as_pandas_drops_them(kit, tmp_path, data):
    rows = pd.concat([data, data.head(40)])
    rows.to_csv(tmp_path / "data.csv", index=False)
    recipe = {
        "rows": {"drop_missing": True, "drop_duplicates": True},
        "features": [{"columns": ["holey", "age"]}, {"columns": ["town"], "transform": "onehot"}],
    }
    trained, _ = fit(kit, tmp_path, recipe)
    expected = rows[["holey", "age", "town"]].dropna().drop_duplicates()
    np.testing.assert_array_equal(trained[["holey", "age"]].to_numpy(), expected[["holey", "age"]].to_numpy())


def test_census_recipe_is_the_scikit_learn_scripts(kit, tmp_path, census_csv):
    import census
    import preprocess

    recipe = {
        "target": {"column": census.TARGET, "classes": census.CLASSES},
        "rows": {"drop_missing": True, "drop_duplicates": True},
        "split": {"by": "random", "test": 0.3, "seed": 0},
        "features": [
            {"columns": census.BINNED, "transform": "bins", "count": 10},
            {"columns": census.SCALED, "transform": "standard"},
            {"columns": census.CATEGORICAL, "transform": "onehot", "unknown": "ignore"},
        ],
    }
    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe))
    result = kit("preprocess", "fit", "recipe.yaml", census_csv, "--state", "s.json", "--train", "train", "--test", "test")
    assert (result["rows"], result["rows_clean"], result["feature_count"]) == (199_523, 68_285, 69)
    assert (result["rows_train"], result["rows_test"]) == (47_799, 20_486)
    preprocess.main(["--mode", "train", "--raw", str(census_csv), "--output", str(tmp_path / "theirs")])
    for part in ["train", "test"]:
        ours = census.read_table(tmp_path / part / "features.csv")
        np.testing.assert_allclose(ours, census.read_table(tmp_path / "theirs" / part / "features.csv"), rtol=0, atol=1e-12)
        assert (tmp_path / part / "labels.csv").read_bytes() == (tmp_path / "theirs" / part / "labels.csv").read_bytes()


@pytest.mark.parametrize(
    "recipe, said",
    [
        ({"features": []}, "'features' is a list of at least one step"),
        ({"features": [{"columns": ["agee"], "transform": "standard"}]}, "no column 'agee'; did you mean 'age'?"),
        ({"features": [{"columns": ["age"]}, {"columns": ["town"], "transform": "onehot", "unknown": "skip"}]},
         "step 2 of 'features', 'onehot' of column 'town': 'unknown' is 'skip'; there are: error, ignore, other"),
        # Its classes would be taken for numbers.
        ({"target": "town", "features": [{"columns": ["age"], "transform": "target_mean"}]}, "classes: take 'onehot' or 'hash'"),
        ({"features": [{"columns": ["age"], "transform": "standart"}]}, "did you mean 'standard'?"),
        ({"features": [{"columns": ["age"], "transform": "bins", "cuont": 3}]}, "did you mean 'count'?"),
        ({"features": [{"columns": ["town"], "transform": "standard"}]}, "column 'town' holds text"),
        ({"features": [{"columns": ["holey"], "transform": "bins"}]}, "column 'holey' misses"),
        ({"target": "y", "features": [{"columns": ["y"]}]}, "leaks the answer"),
        ({"features": [{"columns": ["age"]}], "expressions": {"e": "age +"}}, "is expected at place 6"),
        ({"features": [{"columns": ["age"]}], "split": {"by": "time"}}, "needs 'column'"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(kit, tmp_path, data, recipe, said):
    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe))
    error = kit("preprocess", "fit", "recipe.yaml", "data.csv", "--state", "s.json", "--train", "tr", fails=True)
    assert said in error and error.count("\n") == 1
    assert not (tmp_path / "s.json").exists() and not (tmp_path / "tr").exists()


def test_unseen_categories(kit, tmp_path, data):
    recipe = {"features": [{"columns": ["town"], "transform": "onehot"}]}
    fit(kit, tmp_path, recipe)
    (tmp_path / "new.csv").write_text("town\nUlm\nAtlantis\n")
    error = kit("preprocess", "apply", "new.csv", "--state", "state.json", "--output", "new", fails=True)
    assert "'Atlantis', which training did not see" in error and not (tmp_path / "new").exists()
    recipe["features"][0]["unknown"] = "ignore"
    fit(kit, tmp_path, recipe)
    kit("preprocess", "apply", "new.csv", "--state", "state.json", "--output", "new")
    assert (tmp_path / "new/features.csv").read_text() == "0.0,0.0,1.0,0.0\n0.0,0.0,0.0,0.0\n"


def test_texts_stay_texts_and_what_is_all_missing_is_filled(kit, tmp_path):
    """Inference data may look otherwise than training data: codes that are all digits, a column without a value."""
    recipe = {
        "features": [
            {"columns": ["code"], "transform": "onehot"},
            {"columns": ["size"], "transform": "standard", "impute": "median"},
            {"columns": ["size"], "transform": "bins", "count": 2, "impute": "mean"},
        ]
    }
    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe))
    (tmp_path / "data.csv").write_text("code,size\n007,1\nx,2\n7,6\n")
    kit("preprocess", "fit", "recipe.yaml", "data.csv", "--state", "state.json", "--train", "train.csv")
    (tmp_path / "new.csv").write_text("code,size\n007,\n7,\n")
    kit("preprocess", "apply", "new.csv", "--state", "state.json", "--output", "new.csv.out")
    features = pd.read_csv(tmp_path / "new.csv.out/features.csv", header=None).to_numpy()
    center = np.array([1, 2, 6.0])
    filled = (2 - center.mean()) / center.std()
    np.testing.assert_allclose(features, [[1, 0, 0, filled, 0, 1], [0, 1, 0, filled, 0, 1]], atol=1e-12)


@pytest.mark.parametrize("damage", [
    lambda state: state["steps"][0].update(width=10**9),
    lambda state: state["steps"][0].update(width="wide"),
    lambda state: state["steps"][0].update(features_of_categories=[0, 1, 77, 3]),
    lambda state: state["steps"][0].update(categories=None),
    lambda state: state["steps"][1].update(buckets=0),
    lambda state: state["steps"][1].update(transform="hush"),
    lambda state: state.update(steps=3),
    lambda state: state.update(recipe=[]),
    lambda state: state.update(features="town"),
])  # fmt: skip
def test_a_damaged_state_is_refused(kit, tmp_path, data, damage):
    fit(kit, tmp_path, {"features": [{"columns": ["town"], "transform": "onehot"}, {"columns": ["town"], "transform": "hash", "buckets": 4}]})
    state = json.loads((tmp_path / "state.json").read_text())
    damage(state)
    (tmp_path / "damaged.json").write_text(json.dumps(state))
    error = kit("preprocess", "apply", "data.csv", "--state", "damaged.json", "--output", "out", fails=True)
    assert error.startswith("penstock-kit: damaged.json: ") and error.count("\n") == 1
    assert not (tmp_path / "out").exists()


LARGE = 90_000
LARGE_RECIPE = {
    "target": "y",
    "rows": {"drop_missing": ["holey"], "drop_duplicates": True},
    "split": {"by": "random", "test": 0.3, "seed": 5, "stratify": True},
    "expressions": {"twice": "age * 2 + grade"},
    "features": [
        {"columns": ["age", "twice"], "transform": "bins", "count": 7},
        {"columns": ["gain", "holey"], "transform": "standard"},
        {"columns": ["late"], "transform": "standard", "impute": {"method": "median", "indicator": True}},
        {"columns": ["town"], "transform": "target_mean", "folds": 3},
        {"columns": ["name"], "transform": "hash", "buckets": 8},
        {"columns": ["town", "grade"], "transform": "onehot"},
        {"columns": ["when"], "transform": "date", "parts": ["year", "hour"]},
    ],
    "keep": ["town", "grade", "gain"],
}


def make_large(path):
    """Several batches of a reader; a column whose first batches have no value; many different texts; rows that come again."""
    random = np.random.RandomState(2)
    half = LARGE // 2
    rows = pd.DataFrame(
        {
            "age": random.randint(17, 90, LARGE),
            "gain": np.round(random.exponential(100, LARGE), 2),
            "holey": np.where(random.random_sample(LARGE) < 0.1, np.nan, random.normal(5, 2, LARGE)),
            "town": random.choice(["Ulm", "Aachen", "Bad Tölz", 'a "quoted", one'], LARGE, p=[0.5, 0.3, 0.15, 0.05]),
            "name": [f"somebody with the long name {i % 40_000}" for i in range(LARGE)],
            "grade": random.choice([1, 2, 3, 10], LARGE),
            "when": pd.date_range("2023-11-20T03:00:00", periods=LARGE, freq="7min"),
            "late": np.where(np.arange(LARGE) < LARGE - 30_000, np.nan, random.randint(0, 5, LARGE)),
            "y": random.randint(0, 2, LARGE),
        }
    )
    pd.concat([rows, rows[half : half + 1000]]).to_csv(path, index=False, date_format="%Y-%m-%dT%H:%M:%SZ")
    return rows


def test_rows_that_do_not_fit_into_memory_give_the_same_bytes(kit, tmp_path):
    rows = make_large(tmp_path / "data.csv")
    (tmp_path / "recipe.yaml").write_text(json.dumps(LARGE_RECIPE))
    written = {}
    for memory in (1024, 1):
        result = kit("preprocess", "fit", "recipe.yaml", "data.csv", "--state", "state.json", "--train", "train", "--test", "test", "--memory", memory)
        assert result["rows"] == LARGE + 1000 and result["rows_missing_a_value"] == int(pd.read_csv(tmp_path / "data.csv")["holey"].isna().sum())
        written[memory] = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.name not in ("data.csv", "recipe.yaml") and path.is_file()}
    assert written[1024] == written[1] and len(written[1]) == 9
    # The split's rows in the split's order, each with what belongs to it.
    kept = rows[rows["holey"].notna()]
    train, test = train_test_split(kept, test_size=0.3, random_state=5, stratify=kept["y"])
    for part, expected in (("train", train), ("test", test)):
        own = pd.read_csv(tmp_path / part / "kept.csv")
        np.testing.assert_array_equal(own["gain"], expected["gain"])
        np.testing.assert_array_equal(own["town"], expected["town"])
        np.testing.assert_array_equal(pd.read_csv(tmp_path / part / "labels.csv", header=None)[0], expected["y"])
    deviations = pd.read_csv(tmp_path / "test/features.csv", header=None)[14] * train["gain"].std(ddof=0) + train["gain"].mean()
    np.testing.assert_allclose(deviations, test["gain"], rtol=1e-9, atol=1e-9)


def test_apply_goes_through_batches_as_if_they_were_one(kit, tmp_path):
    make_large(tmp_path / "data.csv")
    recipe = {name: value for name, value in LARGE_RECIPE.items() if name != "split"}
    recipe["features"] = [step for step in recipe["features"] if step["transform"] != "target_mean"]
    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe))
    fitted = kit("preprocess", "fit", "recipe.yaml", "data.csv", "--state", "state.json", "--train", "train")
    applied = kit("preprocess", "apply", "data.csv", "--state", "state.json", "--output", "again")
    assert applied["rows_duplicate"] == fitted["rows_duplicate"] > 0, "a row of an earlier batch is known"
    for name in ("features.csv", "labels.csv", "kept.csv", "prepared.json"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "train" / name).read_bytes(), name


def test_a_text_beyond_the_first_batches_starts_apply_over(kit, tmp_path):
    make_large(tmp_path / "data.csv")
    recipe = {"target": "y", "features": [{"columns": ["age"], "transform": "standard"}], "keep": ["code"]}
    rows = pd.read_csv(tmp_path / "data.csv").assign(code=lambda all: np.where(all.index < LARGE, all.index.astype(str), "last"))
    rows.to_csv(tmp_path / "data.csv", index=False)
    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe))
    kit("preprocess", "fit", "recipe.yaml", "data.csv", "--state", "state.json", "--train", "train")
    result = kit("preprocess", "apply", "data.csv", "--state", "state.json", "--output", "again")
    assert result["rows_clean"] == len(rows)
    for name in ("features.csv", "labels.csv", "kept.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "train" / name).read_bytes(), name
    said = kit("preprocess", "apply", "data.csv", "--state", "state.json", "--output", "again", "--columns", "y", fails=True)
    assert "age" in said
