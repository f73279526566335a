"""profile against pandas, numpy and scipy on the same file."""
import html.parser
import json
import math
import subprocess

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from conftest import kit_path

ROWS = 3_000
QUANTILES = ["0.01", "0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95", "0.99"]


def frame(rows=ROWS):
    rng = np.random.default_rng(3)
    values = rng.normal(1e6, 3, rows)
    gaps = rng.normal(0, 1, rows).round(3)
    gaps[rng.random(rows) < 0.1] = np.nan
    skewed = rng.lognormal(0, 2, rows)
    return pd.DataFrame({
        "far": values,  # a large mean beside a small spread: where sums of squares lose their digits
        "gaps": gaps,
        "skewed": skewed,
        "small": rng.integers(-3, 4, rows),
        "constant": 7,
        "nothing": np.nan,
        "flag": rng.random(rows) < 0.3,
        "city": rng.choice(["Köln", "Paris", "Rome", "Oslo, N", 'the "H"'], rows, p=[0.4, 0.3, 0.15, 0.1, 0.05]),
        "size": rng.choice(["S", "M", "L"], rows),
        "key": [f"AB-{i:05}" for i in range(rows)],
        "day": pd.date_range("2024-01-01", periods=rows, freq="h").strftime("%Y-%m-%d %H:%M:%S"),
    })  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("profile") / "data.csv"
    table = frame()
    pd.concat([table, table.iloc[:25]]).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def table(data):
    return pd.read_csv(data, float_precision="round_trip")


def run(*arguments):
    return subprocess.run([kit_path(), *map(str, arguments)], capture_output=True, text=True, timeout=120)


def profile(path, *options):
    done = run("profile", path, "--json", "-", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def result(data):
    return profile(data)


def close(one, other, tolerance=1e-9):
    if one is None or other is None or (isinstance(other, float) and math.isnan(other)):
        return one is None and (other is None or math.isnan(other))
    return abs(one - other) <= tolerance * max(1, abs(other))


def test_counts(result, table):
    assert result["rows"] == len(table)
    assert result["duplicates"] == int(table.duplicated().sum()) == 25
    for name in table:
        column = result["columns"][name]
        assert column["count"] == int(table[name].count()), name
        assert column["missing"] == int(table[name].isna().sum()), name
        assert column["distinct"] == int(table[name].nunique()), name


@pytest.mark.parametrize("name", ["far", "gaps", "skewed", "small", "constant"])
def test_moments_and_quantiles_are_those_of_pandas(result, table, name):
    column, values = result["columns"][name], table[name]
    for member, expected in [("min", values.min()), ("max", values.max()), ("mean", values.mean()), ("std", values.std()),
                             ("skew", values.skew()), ("kurtosis", values.kurt()), ("sum", values.sum())]:  # fmt: skip
        assert close(column[member], float(expected)), (member, column[member], expected)
    assert list(column["quantiles"]) == QUANTILES
    for level, value in column["quantiles"].items():
        assert close(value, float(values.quantile(float(level))), 1e-14), level
    counts, edges = np.histogram(values.dropna(), bins=20)
    assert column["histogram"]["counts"] == counts.tolist()
    assert np.allclose(column["histogram"]["edges"], edges, rtol=1e-15)


def test_types(result):
    types = {name: column["type"] for name, column in result["columns"].items()}
    assert types == {"far": "Fractional", "gaps": "Fractional", "skewed": "Fractional", "small": "Integral", "constant": "Integral",
                     "nothing": "Unknown", "flag": "Boolean", "city": "String", "size": "String", "key": "String",
                     "day": "Timestamp"}  # fmt: skip


def test_most_frequent_values(result, table):
    for name in ["small", "city", "flag"]:
        counts = table[name].value_counts()
        assert [one["count"] for one in result["columns"][name]["top"]] == counts.head(10).tolist()
        assert result["columns"][name]["top"][0]["value"] == counts.index[0]


def test_texts_and_times(result):
    key = result["columns"]["key"]
    assert key["length"] == {"min": 8, "max": 8, "mean": 8}
    assert key["patterns"] == [{"pattern": "AA-99999", "count": ROWS + 25}]
    assert result["columns"]["city"]["length"]["min"] == 4  # Köln: characters, not bytes
    assert result["columns"]["day"]["min"] == "2024-01-01"
    assert result["columns"]["day"]["max"] == "2024-05-04T23:00:00Z"


def test_correlations_are_those_of_pandas_and_scipy(result, table):
    numeric = table.select_dtypes(["number", "bool"]).drop(columns="nothing")
    for method in ["pearson", "spearman"]:
        relations = result["correlations"][method]
        assert relations["rows"] == len(table)
        expected = numeric.corr(method=method)
        assert relations["columns"] == list(numeric)
        for one, row in zip(relations["columns"], relations["matrix"]):
            for other, value in zip(relations["columns"], row):
                if one != other:
                    assert close(value, float(expected.loc[one, other])), (method, one, other)
    relations = result["correlations"]["cramers_v"]
    assert relations["columns"] == ["flag", "city", "size"]
    for one in relations["columns"]:
        for other in relations["columns"]:
            value = relations["matrix"][relations["columns"].index(one)][relations["columns"].index(other)]
            expected = scipy.stats.contingency.association(pd.crosstab(table[one], table[other]))
            assert close(value, 1.0 if one == other else expected), (one, other)


def test_small_memory_changes_nothing(tmp_path):
    table = frame(60_000)
    table["text"] = [f"text number {i * 7919 % 50_000}" for i in range(len(table))]
    table.to_csv(tmp_path / "large.csv", index=False)
    roomy = profile(tmp_path / "large.csv")
    tight = profile(tmp_path / "large.csv", "--memory", "1")
    assert roomy["columns"]["text"]["distinct"] == 50_000
    for name in table:
        for member in roomy["columns"][name]:
            if not (name in ("text", "key") and member == "top"):  # equally frequent ones come in another order
                assert roomy["columns"][name][member] == tight["columns"][name][member], (name, member)
    assert roomy["duplicates"] == tight["duplicates"]


def test_formats_agree(result, table, tmp_path):
    numbers = table[["far", "gaps", "small", "city"]]
    numbers.to_json(tmp_path / "data.jsonl", orient="records", lines=True, double_precision=15)
    numbers.to_csv(tmp_path / "data.csv.gz", index=False)
    numbers.iloc[:1000].to_csv(tmp_path / "part-1.csv", index=False)
    numbers.iloc[1000:].to_csv(tmp_path / "part-2.csv", index=False)
    numbers.to_json(tmp_path / "array.json", orient="records", indent=2, double_precision=15)
    numbers.to_json(tmp_path / "data.json.bz2", orient="records", double_precision=15)
    numbers.to_csv(tmp_path / "data.csv.bz2", index=False)
    numbers.to_csv(tmp_path / "data.csv.xz", index=False)
    numbers.to_json(tmp_path / "data.jsonl.xz", orient="records", lines=True, double_precision=15)
    numbers.to_json(tmp_path / "data.jsonl.gz", orient="records", lines=True, double_precision=15)
    others = ["array.json", "data.jsonl.gz", "data.json.bz2", "data.csv.bz2", "data.csv.xz", "data.jsonl.xz"]
    for path in ["data.jsonl", "data.csv.gz", "part-*.csv", *others]:
        other = profile(tmp_path / path)
        for name in numbers:
            for member in ["type", "count", "missing", "distinct"]:
                assert other["columns"][name][member] == result["columns"][name][member], (path, name, member)
        assert close(other["columns"]["gaps"]["skew"], result["columns"]["gaps"]["skew"])


def test_alerts(tmp_path):
    rng = np.random.default_rng(1)
    target = rng.integers(0, 2, 500)
    some = np.where(rng.random(500) < 0.2, np.nan, 1.5 * rng.random(500))
    pd.DataFrame({
        "target": target, "copy": target, "leak": target * 10 + rng.random(500), "constant": 1, "zeros": np.where(np.arange(500) % 10, 0, np.arange(500)),
        "heavy": rng.pareto(0.5, 500), "id": np.arange(500), "empty": np.nan, "some": some, "too": np.where(np.isnan(some), "", "x"),
        "mixed": [str(i) if i % 2 else "word" for i in range(500)], "padded": " x",
    }).to_csv(tmp_path / "alerts.csv", index=False)  # fmt: skip
    found = profile(tmp_path / "alerts.csv", "--target", "target")["alerts"]
    kinds = {(alert["kind"], alert["columns"][0]) for alert in found}
    assert {("leak", "copy"), ("leak", "leak"), ("constant", "constant"), ("zeros", "zeros"), ("skewed", "heavy"), ("unique", "id"),
            ("empty", "empty"), ("missing", "some"), ("missing_together", "some"), ("mixed", "mixed"), ("padded", "padded"),
            ("same_values", "target")} <= kinds, kinds  # fmt: skip
    assert ("leak", "heavy") not in kinds and ("leak", "id") not in kinds


def test_another_delimiter_is_suspected(tmp_path):
    (tmp_path / "a.csv").write_text("a;b\n1;2\n3;4\n")
    [alert] = [one for one in profile(tmp_path / "a.csv")["alerts"] if one["kind"] == "one_column"]
    assert "--delimiter ';'" in alert["message"]
    assert list(profile(tmp_path / "a.csv", "--delimiter", ";")["columns"]) == ["a", "b"]


def test_a_clean_data_set_has_no_alert(tmp_path):
    rng = np.random.default_rng(2)
    pd.DataFrame({"a": rng.normal(size=400).round(2), "b": rng.choice(list("xyz"), 400)}).to_csv(tmp_path / "clean.csv", index=False)
    assert [a for a in profile(tmp_path / "clean.csv", "--target", "b")["alerts"] if a["kind"] != "duplicates"] == []


def test_infinities_are_counted_and_left_out(tmp_path):
    (tmp_path / "inf.csv").write_text("x\n1\ninf\n3\n-inf\n")
    column = profile(tmp_path / "inf.csv")["columns"]["x"]
    assert (column["mean"], column["min"], column["max"], column["infinite"], column["distinct"]) == (2, 1, 3, 2, 4)


def test_statistics_json_is_model_monitors(data, table, tmp_path):
    assert run("profile", data, "--statistics", tmp_path / "statistics.json").returncode == 0
    statistics = json.loads((tmp_path / "statistics.json").read_text())
    assert statistics["dataset"]["item_count"] == len(table)
    features = {feature["name"]: feature for feature in statistics["features"]}
    assert features["city"]["inferred_type"] == "String" and features["flag"]["inferred_type"] == "String"
    numbers = features["gaps"]["numerical_statistics"]
    assert numbers["common"] == {"num_present": int(table["gaps"].count()), "num_missing": int(table["gaps"].isna().sum())}
    assert close(numbers["std_dev"], float(table["gaps"].std(ddof=0)))
    buckets = numbers["distribution"]["kll"]["buckets"]
    assert len(buckets) == 10 and sum(bucket["count"] for bucket in buckets) == table["gaps"].count()
    assert features["city"]["string_statistics"]["distinct_count"] == 5


def test_what_is_wrong_is_said(tmp_path):
    (tmp_path / "ragged.csv").write_text("a,b\n1,2\n3\n")
    done = run("profile", tmp_path / "ragged.csv")
    assert done.returncode == 1
    assert "ragged.csv: line 3: 1 fields where the header has 2" in done.stderr
    (tmp_path / "cut.json").write_text('[{"a": 1}, {"a": 2}')
    done = run("profile", tmp_path / "cut.json")
    assert done.returncode == 1 and "cut.json: the array ends early" in done.stderr
    (tmp_path / "bad.jsonl").write_text('{"a": 1}\n' * 50_000 + '{"a": 2,}\n')
    done = run("profile", tmp_path / "bad.jsonl")
    assert done.returncode == 1 and "bad.jsonl: line 50001: Missing a name" in done.stderr
    (tmp_path / "wide.csv").write_text(",".join(["x"] * 100_001) + "\n")
    done = run("profile", tmp_path / "wide.csv")
    assert done.returncode == 1 and "wide.csv: line 1: 100001 columns: at most 100000 are read at once" in done.stderr
    for name in ["no.csv.gz", "no.csv.xz", "no.csv.bz2", "no.jsonl.xz"]:
        (tmp_path / name).write_text("a,b\n1,2\n")
        done = run("profile", tmp_path / name)
        assert done.returncode == 1 and name in done.stderr and done.stderr.count("\n") == 1, done.stderr
    (tmp_path / "good.csv").write_text("a,b\n1,2\n")
    done = run("profile", tmp_path / "good.csv", "--target", "c")
    assert done.returncode == 1 and "no column 'c'" in done.stderr


class Checker(html.parser.HTMLParser):
    """Every element that opens closes, in order."""

    VOID = {"meta", "br"}

    def __init__(self):
        super().__init__()
        self.open, self.text = [], []

    def handle_starttag(self, tag, attributes):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_the_report_holds_aggregates_only_and_stays_small(tmp_path):
    rows = 300
    rng = np.random.default_rng(5)
    wide = {f"column <{i}> & more": rng.normal(size=rows) for i in range(400)}
    wide |= {f"text {i}": [f"secret {i} {row}" for row in range(rows)] for i in range(100)}
    pd.DataFrame(wide).to_csv(tmp_path / "wide.csv", index=False)
    done = run("profile", tmp_path / "wide.csv", "--html", tmp_path / "report.html")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "report.html").read_text()
    assert 100_000 < len(text.encode()) < 1_000_000
    checker = Checker()
    checker.feed(text)
    assert checker.open == []
    assert "column <7> & more" in " ".join(checker.text)
    assert "http" not in text.replace("http://www.w3.org", ""), "it needs nothing from elsewhere"
    assert text.count("secret") < 100 * 10, "only the most frequent values are named"
