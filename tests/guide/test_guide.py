"""Every command of docs/guide, run as a reader would: the blocks marked `sh`, page by page, in one shell each, in a folder with
what the repository has. The data is a sample that lies in the cache's place."""
import os
import pathlib
import re
import shutil
import subprocess

from conftest import PENSTOCK, ROOT

PAGES = ["README.md", *sorted(path.name for path in (ROOT / "docs" / "guide").glob("[0-9]-*.md"))]


def blocks(page):
    """The page's commands, with the line that each block starts at."""
    text = (ROOT / "docs" / "guide" / page).read_text()
    return [(text[: match.start()].count("\n") + 2, match[1]) for match in re.finditer(r"^```sh\n(.*?)^```$", text, re.M | re.S)]


def test_every_page_has_commands_and_leads_to_the_next():
    for page, following in zip(PAGES[1:], PAGES[2:]):
        assert blocks(page), f"{page} has no commands"
        assert f"({following})" in (ROOT / "docs" / "guide" / page).read_text(), f"{page} does not lead to {following}"
    assert all(f"({page})" in (ROOT / "docs" / "guide" / "README.md").read_text() for page in PAGES[1:])


def test_the_commands_work(start_server, tmp_path):
    for folder in ("examples", "scripts", "runtimes"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "build"))
    (tmp_path / "build").symlink_to(pathlib.Path(PENSTOCK).resolve().parent)
    with start_server() as server:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment |= {"PENSTOCK_DATA": str(server.data), "PATH": f"{tmp_path}/build:{environment['PATH']}"}
        # One page's variables are another's, as in a reader's terminal.
        script = "set -euo pipefail\n"
        for page in PAGES:
            for line, commands in blocks(page):
                script += f"echo '#### {page}:{line}'\n{commands}"
        run = subprocess.run(["bash"], input=script, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600)
    last = run.stdout.rsplit("#### ", 1)
    assert run.returncode == 0, f"{last[-1].splitlines()[0]} failed:\n{run.stderr[-3000:]}\n{last[-1][-3000:]}"
    refused = run.stdout.split("#### 6-extend.md")[1]
    assert "QualityGate" in refused and "at least 0.99 needed" in refused
    assert "No changes to deploy" in run.stdout and "things to mend" in run.stderr
