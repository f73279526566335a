"""The notebook of examples/census runs from top to bottom and shows the profile inline; `pip install ./python` gives the module."""
import os
import pathlib
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KIT = os.environ.get("PENSTOCK_KIT") or pathlib.Path(os.environ.get("PENSTOCK_BIN", ROOT / "build/penstock")).with_name("penstock-kit")
COLUMNS = "age,education,wage per hour,income"
ROWS = [f"{20 + i % 60}, {'High school' if i % 3 else 'College'},{0 if i % 4 else 100 + i}, {'- 50000.' if i % 5 else '50000+.'}" for i in range(400)]


@pytest.fixture
def census(tmp_path):
    """The census data where they have been fetched, else a few rows of the same kind."""
    cache = pathlib.Path(os.environ.get("PENSTOCK_CACHE") or pathlib.Path.home() / ".cache/penstock")
    fetched = cache / "data/census-income.csv"
    if fetched.exists():
        return fetched
    (tmp_path / "census.csv").write_text("\n".join([COLUMNS, *ROWS]) + "\n")
    return tmp_path / "census.csv"


def test_the_notebook_runs_and_shows_the_report(census, tmp_path, monkeypatch):
    monkeypatch.setenv("PENSTOCK_KIT", str(KIT))
    monkeypatch.setenv("CENSUS_DATA", str(census))
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "python"))
    notebook = nbformat.read(ROOT / "examples/census/explore.ipynb", as_version=4)
    nbformat.validate(notebook)
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    shown = code[1].outputs[0].data
    assert shown["text/html"].startswith("<iframe srcdoc=") and "Each column" in shown["text/html"]
    assert shown["text/plain"].startswith("<Profile of")
    assert "duplicates" in code[2].outputs[0].text
    assert code[-1].outputs[0].data["text/plain"] == "[]"  # the data meets its own constraints


def test_the_module_installs_from_the_tree(tmp_path):
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index", "--target", str(tmp_path / "site")]
    copy = tmp_path / "python"
    subprocess.run(["cp", "-r", str(ROOT / "python"), str(copy)], check=True)  # pip builds beside the sources
    subprocess.run([*install, str(copy)], check=True, timeout=120)
    (tmp_path / "a.csv").write_text("a,b\n1,x\n2,y\n")
    script = "import penstock; p = penstock.profile('a.csv'); print(p['rows'], penstock.__file__); penstock.profile('none.csv')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, cwd=tmp_path,
                          env=os.environ | {"PYTHONPATH": str(tmp_path / "site"), "PENSTOCK_KIT": str(KIT)})  # fmt: skip
    assert done.stdout.startswith("2 ") and str(tmp_path / "site") in done.stdout
    assert "penstock.Error: none.csv: no such file or folder" in done.stderr
