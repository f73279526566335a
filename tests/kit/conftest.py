"""penstock-kit as a user runs it: the built executable on files, compared with scikit-learn. Run by the Python of
runtimes/scikit-learn.txt; PENSTOCK_KIT (or PENSTOCK_BIN, beside which it lies) says which executable."""
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def kit_path():
    if "PENSTOCK_KIT" in os.environ:
        return pathlib.Path(os.environ["PENSTOCK_KIT"])
    return pathlib.Path(os.environ.get("PENSTOCK_BIN", ROOT / "build/penstock")).with_name("penstock-kit")


SCHEMAS = json.loads((ROOT / "docs/learning.schema.json").read_text())["$defs"]
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float), "null": type(None)}


def check_schema(value, schema, path):
    """The part of JSON Schema that docs/learning.schema.json uses."""
    if "$ref" in schema:
        return check_schema(value, SCHEMAS[schema["$ref"].rsplit("/", 1)[1]], path)
    assert "enum" not in schema or value in schema["enum"], f"{path}: {value}"
    if "type" in schema:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        assert any(isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool)) for kind in kinds), f"{path}: {value!r}"
    if isinstance(value, list):
        for number, item in enumerate(value):
            check_schema(item, schema.get("items", {}), f"{path}[{number}]")
    if isinstance(value, dict):
        assert not set(schema.get("required", [])) - set(value), f"{path} lacks a member: {sorted(value)}"
        for name, item in value.items():
            further = schema.get("additionalProperties", {})
            assert name in schema.get("properties", {}) or further is not False, f"{path}: {name} is not in the schema"
            check_schema(item, schema.get("properties", {}).get(name, further or {}), f"{path}.{name}")


@pytest.fixture
def kit(tmp_path):
    """Runs `penstock-kit ARGUMENTS` in a folder of its own and returns the result that --json gives. `fails=True`: it must fail,
    and what it printed to standard error is returned. `status`: the exit status of a gate that is closed."""

    def run(*arguments, fails=False, status=0):
        command = [kit_path(), *map(str, arguments)] + ([] if fails else ["--json", "-"])
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        if fails:
            assert done.returncode in (1, 2), f"exit status {done.returncode}: {done.stdout}{done.stderr}"
            return done.stderr
        assert done.returncode == status, done.stderr
        result = json.loads(done.stdout)
        command = f"{arguments[0]} {arguments[1]}"
        command = command if command in SCHEMAS else arguments[0]
        check_schema(result, SCHEMAS.get(command, {}), command)
        return result

    return run


@pytest.fixture(scope="session")
def census_csv():
    """The UCI Census-Income set, when examples/census/fetch_data.py has fetched it."""
    cache = pathlib.Path(os.environ.get("PENSTOCK_CACHE") or pathlib.Path.home() / ".cache/penstock")
    path = cache / "data/census-income.csv"
    if not path.exists():
        pytest.skip("the census data is not there: run examples/census/fetch_data.py")
    return path
