"""Penstock's data kit in Python: each function runs penstock-kit and gives its result. Data is a path, a folder, a glob, an s3:// address,
or anything with a to_csv method (a pandas DataFrame). Definitions of all figures: docs/kit.md."""
import contextlib
import html
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Mapping

__all__ = ["Error", "Profile", "check_constraints", "find_leaks", "kit", "kit_path", "profile", "suggest_constraints"]

FOUND_SOMETHING = 3  # the exit status of checks that found what they look for


class Error(RuntimeError):
    """penstock-kit failed; the message is its own."""


def kit_path():
    """The penstock-kit executable: $PENSTOCK_KIT, on the PATH, beside penstock there, or in this tree's build/."""
    if given := os.environ.get("PENSTOCK_KIT"):
        return given
    if found := shutil.which("penstock-kit"):
        return found
    beside = shutil.which("penstock")
    tree = pathlib.Path(__file__).resolve().parent.parent.parent / "build"
    for folder in [pathlib.Path(beside).resolve().parent] * bool(beside) + [tree]:
        if (folder / "penstock-kit").exists():
            return str(folder / "penstock-kit")
    raise Error("penstock-kit is not found: put it on the PATH, or set PENSTOCK_KIT to it (make build makes it)")


def kit(command, *arguments):
    """The result (--json) of one command of penstock-kit, as a dictionary."""
    done = subprocess.run([kit_path(), *command.split(), *map(str, arguments), "--json", "-"], capture_output=True, text=True)
    if done.returncode not in (0, FOUND_SOMETHING):
        raise Error(done.stderr.strip().removeprefix("penstock-kit: ") or f"exit status {done.returncode}")
    return json.loads(done.stdout)


@contextlib.contextmanager
def _location(data):
    """Where penstock-kit reads the data: a DataFrame goes into a temporary file first."""
    if not hasattr(data, "to_csv"):
        yield str(data)
        return
    with tempfile.TemporaryDirectory(prefix="penstock-") as folder:
        path = pathlib.Path(folder) / "data.csv"
        data.to_csv(path, index=False)
        yield str(path)


class Profile(Mapping):
    """What `penstock profile` found: a mapping with the members of docs/profile.schema.json, shown in notebooks as its report."""

    def __init__(self, result, report):
        self._result, self.report = result, report

    def __getitem__(self, name):
        return self._result[name]

    def __iter__(self):
        return iter(self._result)

    def __len__(self):
        return len(self._result)

    def __repr__(self):
        return f"<Profile of {self['rows']} rows, {len(self['columns'])} columns, {len(self.alerts)} alerts>"

    @property
    def alerts(self):
        """Lines that say what to look at."""
        return [alert["message"] for alert in self["alerts"]]

    def save(self, path):
        """Writes the report as one HTML file."""
        pathlib.Path(path).write_text(self.report, encoding="utf-8")

    def _repr_html_(self):
        # A frame of its own keeps the report's style from the notebook's.
        return f'<iframe srcdoc="{html.escape(self.report)}" style="width:100%;height:640px;border:0" title="profile"></iframe>'


def profile(data, target=None):
    """Types, distributions, correlations and alerts of a data set. With `target`, columns that tell it are named as leaks."""
    with _location(data) as location, tempfile.TemporaryDirectory(prefix="penstock-") as folder:
        report = pathlib.Path(folder) / "report.html"
        result = kit("profile", location, "--html", report, *(["--target", target] if target else []))
        return Profile(result, report.read_text(encoding="utf-8"))


def suggest_constraints(data, path="constraints.json"):
    """Writes the constraints that the data meets to `path`, to be edited, and gives them."""
    with _location(data) as location:
        return kit("constraints suggest", location, "--output", path)


def check_constraints(data, path="constraints.json"):
    """The data's violations of the constraints in `path`: a list, empty when it meets them all."""
    with _location(data) as location, tempfile.TemporaryDirectory(prefix="penstock-") as folder:
        return kit("constraints check", location, "--constraints", path, "--violations", f"{folder}/violations.json")["violations"]


def find_leaks(train, test, time=None, group=None, target=None):
    """What the split gives away: a list of leaks, empty for a clean one."""
    named = {"--time": time, "--group": group, "--target": target}
    options = [part for name, value in named.items() if value for part in (name, value)]
    with _location(train) as one, _location(test) as other:
        return kit("leakage", one, other, *options)["leaks"]
