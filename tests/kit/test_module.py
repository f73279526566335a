"""`import penstock`, from the tree: data frames in, results and reports out."""
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, kit_path

sys.path.insert(0, str(ROOT / "python"))
import penstock  # noqa: E402


@pytest.fixture(autouse=True)
def this_kit(monkeypatch):
    monkeypatch.setenv("PENSTOCK_KIT", str(kit_path()))


def frames():
    random = np.random.default_rng(3)
    day = pd.date_range("2024-01-01", periods=300, freq="D").astype(str)
    make = lambda shift: pd.DataFrame({"day": day, "moved": random.normal(shift, 1, 300), "still": random.choice(list("abc"), 300)})
    return make(0), make(1)


def test_drift_of_frames():
    before, after = frames()
    found = penstock.drift(before, after, time="day", window="quarter")
    assert found.drifted == ["moved"] and found["columns"]["moved"]["ks"]["p_value"] < 1e-6
    assert [window["window"] for window in found["windows"]] == ["2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4"]
    assert "<h1>Drift</h1>" in found.report and found._repr_html_().startswith("<iframe srcdoc=") and repr(found) == "<Drift of 1 of 2 columns>"
    assert penstock.drift(before, after, leave_out=["moved", "day"], preset="nannyml")["columns"].keys() == {"still"}


def test_profile_constraints_and_leaks_of_frames(tmp_path):
    before, after = frames()
    assert penstock.profile(before, target="moved")["rows"] == 300
    penstock.suggest_constraints(before, tmp_path / "constraints.json")
    assert penstock.check_constraints(before, tmp_path / "constraints.json") == []
    assert {leak["kind"] for leak in penstock.find_leaks(after, before.iloc[:9], time="day")} == {"future_rows"}


def test_mistakes_are_named():
    with pytest.raises(TypeError, match="a path or a data frame .*, not list"):
        penstock.profile([1, 2])
    with pytest.raises(penstock.Error, match="none.csv: no such file or folder"):
        penstock.drift("none.csv", "none.csv")
    with pytest.raises(penstock.Error, match="--preset: best not in"):
        penstock.drift(*frames(), preset="best")
