"""constraints suggest and check: what a file suggests it meets itself; what is planted is found, with its rows."""
import json
import subprocess

import pytest
from conftest import kit_path

ROWS = [f"{i},{20 + i % 50},{i * 1.5},{'red green blue'.split()[i % 3]},AB-{i:04},2024-01-{1 + i % 28:02}" for i in range(100)]
HEADER = "id,age,amount,colour,code,day"


def run(*arguments, cwd):
    return subprocess.run([kit_path(), "constraints", *map(str, arguments)], capture_output=True, text=True, timeout=120, cwd=cwd)


def write(path, rows, header=HEADER):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.fixture
def suggested(tmp_path):
    write(tmp_path / "base.csv", ROWS)
    done = run("suggest", "base.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path


def check(folder, path, status=3):
    done = run("check", path, "--json", "-", cwd=folder)
    assert done.returncode == status, (done.stdout, done.stderr)
    found = json.loads(done.stdout)["violations"]
    assert json.loads((folder / "constraint_violations.json").read_text())["violations"] == found
    return {(one["feature_name"], one["constraint_check_type"]): one for one in found}


def test_the_file_is_model_monitors(suggested):
    json_file = json.loads((suggested / "constraints.json").read_text())
    features = {feature["name"]: feature for feature in json_file["features"]}
    assert features["age"] == {"name": "age", "inferred_type": "Integral", "completeness": 1, "num_constraints": {"is_non_negative": True},
                               "penstock": {"min": 20, "max": 69}}  # fmt: skip
    assert features["colour"]["string_constraints"] == {"domains": ["blue", "green", "red"]}
    assert features["code"]["penstock"] == {"unique": True, "regex": r"^[A-Z]{2}-[0-9]{4}$"}
    assert features["day"]["inferred_type"] == "String"
    assert features["day"]["penstock"] == {"type": "Timestamp", "min": "2024-01-01", "max": "2024-01-28"}
    assert json_file["penstock"]["comparisons"] == [{"left": "id", "operator": "<=", "right": "amount"}]
    assert json_file["monitoring_config"]["distribution_constraints"]["comparison_threshold"] == 0.1


def test_data_meets_what_it_suggested(suggested):
    assert check(suggested, "base.csv", status=0) == {}
    assert "100 rows, 0 violations" in run("check", "base.csv", cwd=suggested).stdout


def test_planted_breaches_are_found_with_their_rows(suggested):
    rows = ROWS.copy()
    rows[4] = "4,999,6.0,red,AB-0004,2024-01-05"
    rows[7] = "7,-1,10.5,purple,AB-0007,2024-01-08"
    rows[9] = "9,29,,red,ab-9,2031-01-01"
    rows[11] = "10,x,1.5,red,AB-0010,2024-01-08"
    found = check(suggested, write(suggested / "new.csv", rows))
    assert found["age", "range_check"]["penstock"] == {"count": 2, "rows": [5, 8]}
    assert found["age", "data_type_check"]["penstock"] == {"count": 1, "rows": [12]}
    assert "Expected data type: Integral, Expected match: 100%. Observed: Only 99% of data is Integral." in found["age", "data_type_check"]["description"]
    assert found["colour", "categorical_values_check"]["penstock"] == {"count": 1, "rows": [8]}
    assert found["amount", "completeness_check"]["penstock"]["count"] == 1
    assert found["code", "regex_check"]["penstock"] == {"count": 1, "rows": [10]}
    assert found["code", "uniqueness_check"]["penstock"]["count"] == 1
    assert found["id", "uniqueness_check"]["penstock"]["count"] == 1
    assert found["day", "range_check"]["penstock"]["rows"] == [10]
    assert found["id", "comparison_check"]["penstock"] == {"count": 1, "rows": [12]}
    assert len(found) == 9


def test_columns_and_rows(suggested):
    found = check(suggested, write(suggested / "new.csv", [], header="id,age,amount,colour,code,more"))
    assert set(found) == {("", "row_count_check"), ("day", "missing_column_check"), ("more", "extra_column_check")}


def test_edited_thresholds_and_comparisons(suggested):
    path = suggested / "constraints.json"
    constraints = json.loads(path.read_text())
    constraints["penstock"]["comparisons"] = [{"left": "age", "operator": "<", "right": "id"}]
    constraints["penstock"]["rows"] = {"max": 50}
    constraints["monitoring_config"]["domain_content_threshold"] = 0.9
    for feature in constraints["features"]:
        if feature["name"] == "age":
            feature["monitoring_config_overrides"] = {"datatype_check_threshold": 0.1}
    path.write_text(json.dumps(constraints))
    rows = ROWS.copy()
    rows[3] = "3,word,4.5,purple,AB-0003,2024-01-04"
    found = check(suggested, write(suggested / "new.csv", rows))
    assert set(found) == {("", "row_count_check"), ("age", "comparison_check")}
    assert found["age", "comparison_check"]["penstock"]["rows"] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("edit, message", [
    ({"features": 5}, "features: an array"),
    ({"features": [{"name": "a", "inferred_type": "Number"}]}, "features 'a'.inferred_type: Integral, Fractional"),
    ({"features": [{"name": "a", "penstock": {"regex": "("}}]}, "column 'a': the regular expression '(' is wrong"),
    ({"features": [], "monitoring_config": {"evaluate_constraints": True}}, "monitoring_config.evaluate_constraints: Enabled or Disabled"),
    ({"features": [], "penstock": {"comparisons": [{"left": "a", "operator": "~", "right": "b"}]}}, "penstock.comparisons"),
])  # fmt: skip
def test_a_wrong_file_is_said(suggested, edit, message):
    (suggested / "constraints.json").write_text(json.dumps(edit))
    done = run("check", "base.csv", cwd=suggested)
    assert done.returncode == 1 and message in done.stderr, done.stderr


@pytest.mark.parametrize("values", [
    [f"AB–{i:05}" for i in range(30)],  # an en dash is no letter
    [f"x{i:03}😀" for i in range(30)],
    [f"É{i:03}ß" for i in range(30)],
    [f"ORDER-2024-{i:020}-X" for i in range(30)],  # longer than what a shape counts
    ["X" * (200 + i) + "1" for i in range(30)],
    [f"A.{i:03}*(b)" for i in range(30)],
    ["inf"] + [str(i) for i in range(29)],
    ["NA", "9007199254740993"] * 15,
])  # fmt: skip
def test_whatever_the_values_data_meets_what_it_suggested(tmp_path, values):
    write(tmp_path / "base.csv", values, header="value")
    assert run("suggest", "base.csv", cwd=tmp_path).returncode == 0
    assert check(tmp_path, "base.csv", status=0) == {}


def test_a_suggested_expression_finds_another_shape(tmp_path):
    write(tmp_path / "base.csv", [f"ORDER-2024-{i:020}-X" for i in range(30)], header="value")
    assert run("suggest", "base.csv", cwd=tmp_path).returncode == 0
    write(tmp_path / "new.csv", ["ORDER-2024-00000000000000000099-Y", "order-2024-00000000000000000098-Z"], header="value")
    assert check(tmp_path, "new.csv")["value", "regex_check"]["penstock"]["rows"] == [2]


def test_nothing_is_suggested_from_no_rows(tmp_path):
    write(tmp_path / "base.csv", [])
    done = run("suggest", "base.csv", cwd=tmp_path)
    assert done.returncode == 1 and "base.csv has no rows" in done.stderr
    assert not (tmp_path / "constraints.json").exists()


def test_evaluation_may_be_disabled(suggested):
    path = suggested / "constraints.json"
    constraints = json.loads(path.read_text())
    bad = write(suggested / "new.csv", ["x,200,1.5,purple,AB-0001,2024-01-01"])
    ids = next(feature for feature in constraints["features"] if feature["name"] == "id")
    ids["monitoringConfigOverrides"] = {"evaluate_constraints": "Disabled"}
    constraints["penstock"]["comparisons"] = []
    path.write_text(json.dumps(constraints))
    assert {name for name, _ in check(suggested, bad)} == {"age", "colour"}
    constraints["monitoring_config"]["evaluate_constraints"] = "Disabled"
    ids["monitoringConfigOverrides"] = {"evaluate_constraints": "Enabled"}
    path.write_text(json.dumps(constraints))
    assert {name for name, _ in check(suggested, bad)} == {"id"}
    assert "evaluate_constraints Disabled" in run("check", bad, cwd=suggested).stdout


def test_examples_are_whole_characters(suggested):
    found = check(suggested, write(suggested / "new.csv", [f"1,20,1.5,{'é' * 29}ab–cd,AB-0001,2024-01-01"]))
    assert found["colour", "categorical_values_check"]["description"].endswith("ab' is not")
