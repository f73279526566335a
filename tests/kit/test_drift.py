"""`penstock-kit drift` as a user runs it: against scipy on data of its own, saved and merged baselines, windows of time, late
labels, presets, reports and exit status (0 none, 1 failed, 2 wrong usage, 3 drift)."""
import csv
import json
import os
import pathlib
import subprocess

import numpy as np
import pytest
from scipy.stats import chi2_contingency, ks_2samp, wasserstein_distance

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KIT = os.environ.get("PENSTOCK_KIT") or pathlib.Path(os.environ.get("PENSTOCK_BIN", ROOT / "build/penstock")).with_name("penstock-kit")
REFERENCE = ROOT.parent / "shared/reference/drift"


@pytest.fixture
def drift(tmp_path):
    """Runs `penstock-kit drift ARGUMENTS` in a folder of its own; gives its result (--json), or what it said on standard error
    where it failed. `status` is the exit status that it must have."""

    def run(*arguments, status=0):
        reads = status in (0, 3)
        command = [KIT, "drift", *map(str, arguments)] + (["--json", "-"] if reads else [])
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert done.returncode == status, f"exit status {done.returncode}: {done.stdout[:300]}{done.stderr}"
        return (json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout) if reads else done.stderr

    return run


def write_csv(path, **columns):
    with open(path, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(columns)
        rows.writerows(zip(*columns.values()))


def test_a_range_beyond_a_double(drift, tmp_path):
    write_csv(tmp_path / "wide.csv", x=[1, 2, 3, 4], y=[1.5e308, -1.5e308, "1e400", 4])
    found = drift("wide.csv", "wide.csv")["columns"]
    assert found["x"]["drifted"] is False and found["y"]["ks"]["statistic"] == 0


def test_nothing_to_compare_is_an_error(drift, tmp_path):
    write_csv(tmp_path / "a.csv", a=[1, 2, 3])
    write_csv(tmp_path / "b.csv", b=[1, 2, 3])
    (tmp_path / "empty.csv").write_text("a\n")
    assert "no column of a.csv is in b.csv: a against b" in drift("a.csv", "b.csv", status=1)
    assert "empty.csv has no rows" in drift("a.csv", "empty.csv", status=1)
    assert "empty.csv has no rows" in drift("empty.csv", "a.csv", status=1)


def sample(path, rows, seed, shift=0.0, colours=(0.5, 0.3, 0.2)):
    random = np.random.default_rng(seed)
    values = {
        "amount": np.round(random.lognormal(1 + shift, 0.7, rows), 3),
        "visits": random.poisson(4 + shift, rows),
        "colour": random.choice(["red", "green, light", 'blue "dark"'], rows, p=colours),
    }
    write_csv(path, **values)
    return values


def test_statistics_are_scipys(drift, tmp_path):
    baseline = sample(tmp_path / "a.csv", 900, 1)
    data = sample(tmp_path / "b.csv", 700, 2, shift=0.2, colours=(0.4, 0.3, 0.3))
    found = drift("a.csv", "b.csv", status=3)["columns"]
    for name in ("amount", "visits"):
        expected = ks_2samp(baseline[name], data[name])
        assert found[name]["ks"]["statistic"] == pytest.approx(expected.statistic, abs=1e-12)
        assert found[name]["ks"]["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
        assert found[name]["ks"]["effect_size"] == found[name]["ks"]["statistic"]
        assert found[name]["wasserstein"] == pytest.approx(wasserstein_distance(baseline[name], data[name]), rel=1e-12)
    table = [[int((values["colour"] == colour).sum()) for colour in np.unique(baseline["colour"])] for values in (baseline, data)]
    expected = chi2_contingency(table)
    assert found["colour"]["chi2"]["statistic"] == pytest.approx(expected.statistic, rel=1e-12)
    assert found["colour"]["chi2"]["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
    assert found["colour"]["chi2"]["effect_size"] == pytest.approx((expected.statistic / 1600) ** 0.5, rel=1e-9)


def test_more_rows_than_the_exact_test_takes(drift, tmp_path):
    baseline = sample(tmp_path / "a.csv", 12_000, 3)
    data = sample(tmp_path / "b.csv", 11_000, 4)
    found = drift("a.csv", "b.csv")["columns"]
    assert found["amount"]["ks"]["p_value"] == pytest.approx(ks_2samp(baseline["amount"], data["amount"]).pvalue, rel=1e-9)
    assert not found["amount"]["drifted"]


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference values are not beside the repository")
@pytest.mark.parametrize("pair", ["small", "large"])
def test_reference_values(drift, pair):
    expected = json.loads((REFERENCE / "drift_reference.json").read_text())["pairs"][pair]
    result = drift(REFERENCE / expected["ref"], REFERENCE / expected["cur"], status=3)
    assert result["dataset_drift"] == expected["evidently_dataset_drift"]["dataset_drift"]
    assert list(result["columns"]) == list(expected["columns"])
    for name, column in expected["columns"].items():
        found = result["columns"][name]
        pairs = [
            (found["js_base_e"], column["evidently"]["jensenshannon"]["score"]),
            (found["js_base_2"], column["nannyml"]["jensen_shannon"]),
        ]
        if column["type"] == "numerical":
            pairs += [
                (found["psi_mlmax"], column["mlmax"]["psi_bins"]),
                (found["ks"]["p_value"], column["ks"]["pvalue_auto"]),
                (found["wasserstein_norm"], column["wasserstein"]["evidently_normed"]),
                (found["linf_robust"], column["linf_numeric_exact_cdf"]["robust_c1.8"]),
            ]
        else:
            pairs += [(found["chi2"]["statistic"], column["nannyml"]["chi2"]), (found["linf_simple"], column["linf_categorical"]["simple"])]
        for value, wanted in pairs:
            assert value == pytest.approx(wanted, rel=1e-9, abs=1e-9), name
        assert found["drifted"] == column["evidently_default"]["drifted"], name
        assert found["score"] == pytest.approx(column["evidently_default"]["score"], rel=1e-9, abs=1e-9), name


def test_saved_baseline_answers_as_the_data_does(drift, tmp_path):
    sample(tmp_path / "a.csv", 800, 5)
    sample(tmp_path / "b.csv", 900, 6, shift=0.3)
    drift("a.csv", "--save-baseline", "a.baseline")
    assert drift("a.baseline", "b.csv", status=3)["columns"] == drift("a.csv", "b.csv", status=3)["columns"]
    nannyml = [drift(which, "b.csv", "--preset", "nannyml", "--fail-on", "never")["columns"] for which in ("a.baseline", "a.csv")]
    assert nannyml[0] == nannyml[1]
    assert nannyml[0]["amount"]["threshold"] != 0.1


def test_baselines_merge(drift, tmp_path):
    first = sample(tmp_path / "a1.csv", 500, 7)
    second = sample(tmp_path / "a2.csv", 400, 8)
    write_csv(tmp_path / "a.csv", **{name: np.concatenate([first[name], second[name]]) for name in first})
    sample(tmp_path / "b.csv", 600, 9, shift=0.3)
    for name in ("a1", "a2"):
        drift(f"{name}.csv", "--save-baseline", f"{name}.baseline")
    drift("a1.baseline", "--merge", "a2.baseline", "--save-baseline", "both.baseline")
    merged, whole = drift("both.baseline", "b.csv", status=3), drift("a.csv", "b.csv", status=3)
    assert merged["columns"] == whole["columns"]
    assert merged["baseline_rows"] == 900


def test_each_preset_decides_by_its_own_rule(drift, tmp_path):
    sample(tmp_path / "a.csv", 2_000, 10)
    sample(tmp_path / "b.csv", 2_000, 11, shift=1)
    methods = {preset: drift("a.csv", "b.csv", "--preset", preset, status=3)["columns"]["amount"]["method"]
               for preset in ("evidently", "nannyml", "model-monitor", "mlmax")}  # fmt: skip
    assert methods == {"evidently": "wasserstein_norm", "nannyml": "js_base_2", "model-monitor": "linf_robust", "mlmax": "psi_mlmax"}
    chosen = drift("a.csv", "b.csv", "--numeric-method", "ks", "--threshold", "1e-300", "--categorical-method", "chi2")
    assert chosen["columns"]["amount"]["method"] == "ks"
    assert chosen["columns_drifted"] == 0


def test_correction_for_many_columns(drift, tmp_path):
    random = np.random.default_rng(12)
    write_csv(tmp_path / "a.csv", **{f"c{i}": random.normal(0, 1, 300) for i in range(40)})
    write_csv(tmp_path / "b.csv", **{f"c{i}": random.normal(0, 1, 300) for i in range(40)})
    plain = drift("a.csv", "b.csv", "--fail-on", "never")
    adjusted = drift("a.csv", "b.csv", "--correction", "bonferroni", "--fail-on", "never")
    assert plain["columns_drifted"] > 0, "40 columns of the same kind: some fall below 0.05 by chance"
    assert adjusted["columns_drifted"] == 0
    for name, column in plain["columns"].items():
        assert adjusted["columns"][name]["adjusted_p_value"] == pytest.approx(min(1, 40 * column["score"]), rel=1e-12)


@pytest.fixture
def half_a_year(tmp_path):
    """A steady baseline, and six months of data that drifts and whose predictions get worse; labels for nine rows of ten."""
    random = np.random.default_rng(13)
    write_csv(tmp_path / "base.csv", id=[f"b{i}" for i in range(2_000)], amount=np.round(random.normal(10, 2, 2_000), 3))
    rows = [(month, f"d{month}-{i}") for month in range(1, 7) for i in range(300)]
    predictions = random.integers(0, 2, len(rows))
    labels = [int(p if random.random() > 0.05 * month else 1 - p) for (month, _), p in zip(rows, predictions)]
    write_csv(
        tmp_path / "data.csv",
        id=[name for _, name in rows],
        when=[f"2025-{month:02}-{1 + i % 28:02}T12:00:00Z" for i, (month, _) in enumerate(rows)],
        amount=[round(random.normal(10 + 0.6 * (month - 1), 2), 3) for month, _ in rows],
        prediction=predictions,
    )
    known = [i for i in range(len(rows)) if i % 10]
    random.shuffle(known)
    write_csv(tmp_path / "truth.csv", id=[rows[i][1] for i in known], label=[labels[i] for i in known])
    return {"rows": rows, "predictions": predictions, "labels": labels}


def test_windows_of_time_and_late_labels(drift, half_a_year):
    result = drift("base.csv", "data.csv", "--time", "when", "--window", "month", "--ground-truth", "truth.csv", "--id", "id", status=3)
    assert [window["window"] for window in result["windows"]] == [f"2025-{month:02}" for month in range(1, 7)]
    scores = [window["columns"]["amount"]["score"] for window in result["windows"]]
    assert scores[0] < scores[-1] / 5 and scores == sorted(scores)
    assert [window["rows"] for window in result["windows"]] == [300] * 6
    assert set(result["columns"]) == {"amount"}
    quality = result["quality"]
    assert (quality["without_truth"], quality["without_prediction"], quality["all"]["rows"]) == (180, 0, 1620)
    for month, window in enumerate(quality["windows"], 1):
        pairs = [
            (p, label)
            for i, ((of_month, _), p, label) in enumerate(zip(half_a_year["rows"], half_a_year["predictions"], half_a_year["labels"]))
            if of_month == month and i % 10
        ]
        assert window["accuracy"] == pytest.approx(sum(p == label for p, label in pairs) / len(pairs), rel=1e-12)
        true_positives = sum(p == label == 1 for p, label in pairs)
        assert window["recall"] == pytest.approx(true_positives / sum(label for _, label in pairs), rel=1e-12)


def test_report_and_violations(drift, tmp_path, half_a_year):
    drift("base.csv", "data.csv", "--time", "when", "--ground-truth", "truth.csv", "--id", "id", "--preset", "model-monitor",
          "--html", "report.html", "--violations", "constraint_violations.json", status=3)  # fmt: skip
    report = (tmp_path / "report.html").read_text()
    assert len(report) < 100_000
    assert "http" not in report and "<script" not in report, "one file that needs nothing else"
    assert "d1-17" not in report, "aggregates only"
    assert report.count("<svg") == 2 and "prefers-color-scheme:dark" in report
    violations = json.loads((tmp_path / "constraint_violations.json").read_text())["violations"]
    by_check = {violation["constraint_check_type"]: violation for violation in violations}
    assert set(by_check) == {"baseline_drift_check", "extra_column_check"}
    assert by_check["baseline_drift_check"]["feature_name"] == "amount"
    words = by_check["baseline_drift_check"]["description"].split()
    assert float(words[words.index("distance:") + 1]) > float(words[words.index("threshold:") + 1]) == 0.1
    assert by_check["extra_column_check"]["feature_name"] == "prediction"


def test_names_are_escaped_in_the_report(drift, tmp_path):
    write_csv(tmp_path / "a.csv", **{"<img src=x>": ["<b>", "&"] * 20})
    write_csv(tmp_path / "b.csv", **{"<img src=x>": ["<b>", "<i>"] * 20})
    drift("a.csv", "b.csv", "--html", "report.html", status=3)
    report = (tmp_path / "report.html").read_text()
    assert "<img" not in report and "&lt;img src=x&gt;" in report and "&lt;i&gt;" in report


def test_columns_that_come_and_go(drift, tmp_path):
    write_csv(tmp_path / "a.csv", x=[1, 2, 3], gone=[1, 2, 3], empty=["", "", ""])
    write_csv(tmp_path / "b.csv", x=[1, 2, 3], new=["u", "v", "w"], empty=[1, 2, 3])
    result = drift("a.csv", "b.csv", status=3)
    assert (result["missing_columns"], result["extra_columns"]) == (["gone"], ["new"])
    assert drift("a.csv", "b.csv", "--fail-on", "never")["columns_drifted"] == 0


def test_nulls_are_dropped_column_by_column(drift, tmp_path):
    write_csv(tmp_path / "a.csv", x=["1", "", "2", "3", ""], y=["", "a", "b", "a", "b"])
    write_csv(tmp_path / "b.csv", x=["1", "2", "", "3", "3"], y=["a", "b", "", "", "b"])
    found = drift("a.csv", "b.csv")["columns"]
    assert (found["x"]["baseline"]["missing"], found["x"]["data"]["count"]) == (2, 4)
    assert found["x"]["ks"]["statistic"] == pytest.approx(1 / 6)
    assert found["y"]["linf_simple"] == pytest.approx(1 / 6)


def test_a_column_whose_values_come_late(drift, tmp_path):
    """Files are read in parts: a type may show, or widen, long after the first one."""
    rows = 400_000
    padding = ["x" * 40] * rows
    late = [""] * (rows - 4)
    write_csv(tmp_path / "a.csv", padding=padding, text=late + list("aabb"), number=late + [1, 2, 3, 2.5], whole=[1] * (rows - 1) + [0.5])
    write_csv(tmp_path / "b.csv", padding=padding, text=late + list("abbb"), number=late + [1, 2, 3, 4], whole=[1] * rows)
    found = drift("a.csv", "b.csv", "--fail-on", "never")["columns"]
    assert found["text"]["baseline"] == {"count": 4, "missing": rows - 4, "distinct": 2}
    assert found["text"]["linf_simple"] == pytest.approx(0.25)
    assert found["number"]["ks"]["statistic"] == pytest.approx(0.25)
    assert found["whole"]["baseline"]["distinct"] == 2


def test_free_text_is_no_category(drift, tmp_path):
    rows = 120_000
    write_csv(tmp_path / "a.csv", x=range(rows), note=[f"order {i} of somebody" for i in range(rows)])
    result = drift("a.csv", "a.csv", "--save-baseline", "a.baseline")
    assert list(result["columns"]) == ["x"]
    assert result["skipped_columns"] == {"note": "it has more than 100000 different texts: not a category"}
    assert (result["missing_columns"], result["extra_columns"]) == ([], [])
    assert drift("a.baseline", "a.csv")["extra_columns"] == []


@pytest.mark.parametrize(
    "arguments, status, words",
    [
        (("a.csv",), 2, "needs DATA"),
        (("a.csv", "a.csv", "--preset", "other"), 2, "evidently"),
        (("a.csv", "a.csv", "--ground-truth", "a.csv"), 2, "--id"),
        (("a.csv", "nothing.csv"), 1, "nothing.csv"),
        (("a.csv", "a.csv", "--time", "when"), 1, "no column 'when'"),
        (("a.csv", "a.csv", "--ground-truth", "a.csv", "--id", "x", "--prediction", "y"), 1, "no column 'y'"),
        (("cut.baseline", "a.csv"), 1, "not a whole baseline"),
    ],
)
def test_mistakes_are_named(drift, tmp_path, arguments, status, words):
    write_csv(tmp_path / "a.csv", x=[1, 2, 3])
    (tmp_path / "cut.baseline").write_text('penstock baseline 1\n{"rows":3,"columns":[{"name":"x","distinct":3}]}\n')
    assert words in drift(*arguments, status=status)


def test_a_column_that_came_empty_is_no_silent_success(drift, tmp_path):
    (tmp_path / "base.csv").write_text("a,b,c\n1,x,\n2,y,\n3,z,\n")
    (tmp_path / "data.csv").write_text("a,b,c\n,x,1\n,y,2\n,z,3\n")
    result = drift("base.csv", "data.csv", "--violations", "violations.json", "--html", "report.html", status=3)
    assert result["empty_columns"] == ["a"] and result["missing_columns"] == []
    assert result["skipped_columns"] == {"c": "in the baseline: it has no value"}
    violations = json.loads((tmp_path / "violations.json").read_text())["violations"]
    assert [(one["feature_name"], one["constraint_check_type"]) for one in violations] == [("a", "completeness_check")]
    assert "Columns without a value in the data: a" in (tmp_path / "report.html").read_text()
    drift("base.csv", "data.csv", "--fail-on", "never")


def test_two_saved_baselines_compare_as_their_data_does(drift, tmp_path):
    sample(tmp_path / "a.csv", 500, 1)
    sample(tmp_path / "b.csv", 400, 2, shift=0.3)
    for name in "ab":
        subprocess.run([KIT, "drift", f"{name}.csv", "--save-baseline", f"{name}.base"], cwd=tmp_path, check=True, capture_output=True)
    expected, found = (drift(f"a{end}", f"b{end}", "--fail-on", "never") for end in (".csv", ".base"))
    assert found["columns"] == expected["columns"] and found["data_rows"] == 400
    assert "which has no rows" in drift("a.base", "b.base", "--time", "x", status=1)


def test_a_time_column_without_times(drift, tmp_path):
    (tmp_path / "a.csv").write_text("x,k,none\n1,u,\n2,v,\n")
    assert "column 'k' holds no times" in drift("a.csv", "a.csv", "--time", "k", status=1)
    assert "no row has a value of 'none'" in drift("a.csv", "a.csv", "--time", "none", status=1)
    assert [window["window"] for window in drift("a.csv", "a.csv", "--time", "k", "--window", "value", "--fail-on", "never")["windows"]] == ["u", "v"]
