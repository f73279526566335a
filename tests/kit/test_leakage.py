"""leakage: each kind of leak, planted, is found by name; clean splits are silent."""
import json
import subprocess

import numpy as np
import pandas as pd
import pytest
from conftest import kit_path
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler


def frame(rows=2_000):
    rng = np.random.default_rng(11)
    return pd.DataFrame({
        "when": pd.date_range("2024-01-01", periods=rows, freq="h").strftime("%Y-%m-%d %H:%M:%S"),
        "customer": [f"c{i // 4:05}" for i in range(rows)],
        "size": rng.normal(3, 2, rows),
        "price": rng.gamma(2, 10, rows),
        "kind": rng.choice(["a", "b", "c"], rows),
        "target": rng.integers(0, 2, rows),
    })  # fmt: skip


@pytest.fixture
def leaks(tmp_path):
    """Runs leakage on two frames; gives {(kind, column): leak}."""

    def run(train, test, *options):
        train.to_csv(tmp_path / "train.csv", index=False)
        test.to_csv(tmp_path / "test.csv", index=False)
        command = [kit_path(), "leakage", "train.csv", "test.csv", *options, "--json", "-"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path)
        result = json.loads(done.stdout)
        assert done.returncode == (3 if result["leaks"] else 0), done.stderr
        assert (result["train_rows"], result["test_rows"]) == (len(train), len(test))
        return {(leak["kind"], leak["column"]): leak for leak in result["leaks"]}

    return run


def test_clean_splits_are_silent(leaks):
    data = frame()
    assert leaks(data[:1500], data[1500:], "--time", "when", "--group", "customer", "--target", "target") == {}
    train, test = train_test_split(data, random_state=1)
    assert leaks(train, test, "--target", "target") == {}
    scaled_train, scaled_test = train.copy(), test.copy()
    scaler = StandardScaler().fit(train[["size", "price"]])
    scaled_train[["size", "price"]] = scaler.transform(train[["size", "price"]])
    scaled_test[["size", "price"]] = scaler.transform(test[["size", "price"]])
    assert leaks(scaled_train, scaled_test) == {}


def test_rows_that_are_alike_by_nature_are_no_leak(leaks):
    rng = np.random.default_rng(4)
    data = pd.DataFrame({"a": rng.integers(0, 30, 3000), "b": rng.choice(list("xyz"), 3000)})
    train, test = train_test_split(data, random_state=1)
    assert leaks(train, test) == {}


def test_duplicate_rows(leaks):
    data = frame()
    train, test = data[:1500], pd.concat([data[1500:1510], data[:7], data[1510:]])
    found = leaks(train, test)
    assert set(found) == {("duplicate_rows", "")}
    assert found["duplicate_rows", ""]["count"] == 7
    assert found["duplicate_rows", ""]["rows"] == [11, 12, 13, 14, 15]


def test_future_rows_and_shared_groups(leaks):
    train, test = train_test_split(frame(), random_state=1)
    found = leaks(train, test, "--time", "when", "--group", "customer")
    assert set(found) == {("future_rows", "when"), ("shared_groups", "customer")}
    assert found["future_rows", "when"]["count"] == int((train["when"] > test["when"].min()).sum())
    assert found["shared_groups", "customer"]["count"] == int(test["customer"].isin(train["customer"]).sum())


class PandasScaler:
    def fit_transform(self, data):
        return (data - data.mean()) / data.std()


@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler(), MinMaxScaler((-1, 1)), PandasScaler()])
def test_a_scaler_fitted_on_all_rows(leaks, scaler):
    data = frame()
    data[["size", "price"]] = scaler.fit_transform(data[["size", "price"]])
    edge = data["price"].idxmax()
    train, test = data.drop(edge)[:1500], pd.concat([data.drop(edge)[1500:], data.loc[[edge]]])
    assert ("fitted_on_test", "price") in leaks(train, test)


def test_copies_of_the_target(leaks):
    data = frame()
    data["outcome"] = np.where(data["target"] == 1, "paid", "open")
    data["score"] = data["target"] * 100 + data["size"]
    found = leaks(data[:1500], data[1500:], "--target", "target")
    assert set(found) == {("target_copy", "outcome"), ("target_copy", "score")}


def test_a_column_that_is_text_on_one_side_only(leaks):
    train = pd.DataFrame({"a": ["01", "2", "3"]})
    test = pd.DataFrame({"a": ["01", "x", "4"]})
    assert leaks(train, test)["duplicate_rows", ""]["rows"] == [1]


def test_rows_are_compared_by_the_columns_of_both(leaks):
    data = frame()
    test = pd.concat([data[1500:], data[:7]]).drop(columns="target")
    assert leaks(data[:1500], test[list(reversed(test.columns))], "--target", "target")["duplicate_rows", ""]["count"] == 7


def test_sides_that_cannot_be_compared_are_an_error(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "b.csv").write_text("z\n1\n")
    (tmp_path / "none.csv").write_text("x,y\n")
    for arguments, message in [(["a.csv", "b.csv"], "a.csv and b.csv share no column"), (["a.csv", "none.csv"], "none.csv has no rows"),
                               (["a.csv", "a.csv", "--target", "t"], "a.csv has no column 't' for --target"),
                               (["a.csv", "a.csv", "--time", "t"], "there is no column 't'")]:  # fmt: skip
        done = subprocess.run([kit_path(), "leakage", *arguments], capture_output=True, text=True, timeout=60, cwd=tmp_path)
        assert done.returncode == 1 and message in done.stderr, done.stderr


def test_a_scaler_fitted_on_the_training_rows_is_silent(leaks):
    for scaler in [StandardScaler(), MinMaxScaler(), MaxAbsScaler()]:
        train, test = train_test_split(frame(), random_state=1)
        scaler.fit(train[["size", "price"]])
        train, test = (side.assign(**dict(zip(["size", "price"], scaler.transform(side[["size", "price"]]).round(4).T))) for side in (train, test))
        assert leaks(train, test) == {}
