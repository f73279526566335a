import pathlib
import subprocess
import sys

import pytest

EXAMPLES = pathlib.Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("example", ["census", "flights"])
def test_asking_for_help_fetches_nothing(example, tmp_path):
    command = [sys.executable, EXAMPLES / example / "fetch_data.py", "--help"]
    shown = subprocess.run(command, cwd=tmp_path, env={"PENSTOCK_CACHE": str(tmp_path)}, check=True, capture_output=True, text=True).stdout
    assert "where it is to lie" in shown
    assert list(tmp_path.iterdir()) == []
