"""Penstock's data kit in Python: each function runs penstock-kit and gives its result. Data is a path, a folder, a glob, an s3:// address,
or a data frame (of pandas, of polars). Definitions of all figures: docs/kit.md, docs/drift.md."""
import contextlib
import html
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Mapping

__all__ = ["Drift", "Error", "Profile", "check_constraints", "drift", "find_leaks", "kit", "kit_path", "profile", "suggest_constraints"]

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
    if isinstance(data, (str, os.PathLike)):
        yield str(data)
        return
    if not hasattr(data, "to_csv") and not hasattr(data, "write_csv"):
        raise TypeError(f"data is a path or a data frame (of pandas or polars), not {type(data).__name__}")
    with tempfile.TemporaryDirectory(prefix="penstock-") as folder:
        path = pathlib.Path(folder) / "data.csv"
        if hasattr(data, "to_csv"):
            data.to_csv(path, index=False)
        else:
            data.write_csv(path)
        yield str(path)


class _Found(Mapping):
    """A command's result: a mapping, shown in notebooks as the command's report."""

    def __init__(self, result, report):
        self._result, self.report = result, report

    def __getitem__(self, name):
        return self._result[name]

    def __iter__(self):
        return iter(self._result)

    def __len__(self):
        return len(self._result)

    def save(self, path):
        """Writes the report as one HTML file."""
        pathlib.Path(path).write_text(self.report, encoding="utf-8")

    def _repr_html_(self):
        # A frame of its own keeps the report's style from the notebook's.
        title = type(self).__name__.lower()
        return f'<iframe srcdoc="{html.escape(self.report)}" style="width:100%;height:640px;border:0" title="{title}"></iframe>'


class Profile(_Found):
    """What `penstock profile` found, with the members of docs/profile.schema.json."""

    def __repr__(self):
        return f"<Profile of {self['rows']} rows, {len(self['columns'])} columns, {len(self.alerts)} alerts>"

    @property
    def alerts(self):
        """Lines that say what to look at."""
        return [alert["message"] for alert in self["alerts"]]


class Drift(_Found):
    """What `penstock drift` found, with the members of docs/drift.schema.json."""

    def __repr__(self):
        return f"<Drift of {len(self.drifted)} of {self['columns_compared']} columns>"

    @property
    def drifted(self):
        """The names of the columns that drifted."""
        return [name for name, column in self["columns"].items() if column["drifted"]]


def _options(**values):
    """--name value for each that is given; a list's values follow each other."""
    for name, value in values.items():
        if value is not None:
            yield f"--{name.replace('_', '-')}"
            yield ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def profile(data, target=None):
    """Types, distributions, correlations and alerts of a data set. With `target`, columns that tell it are named as leaks."""
    with _location(data) as location, tempfile.TemporaryDirectory(prefix="penstock-") as folder:
        report = pathlib.Path(folder) / "report.html"
        result = kit("profile", location, "--html", report, *_options(target=target))
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
    with _location(train) as one, _location(test) as other:
        return kit("leakage", one, other, *_options(time=time, group=group, target=target))["leaks"]


def drift(baseline, data, preset=None, time=None, window=None, **options):
    """How far the data has moved from the baseline (data, or a file of --save-baseline). `preset`: evidently, nannyml, model-monitor or mlmax.
    With `time`, also window by window of that column. Further options by their names: threshold=0.2, correction="bonferroni",
    leave_out=["id"], ground_truth="labels.csv", id="order" ..."""
    with _location(baseline) as one, _location(data) as other, tempfile.TemporaryDirectory(prefix="penstock-") as folder:
        report = pathlib.Path(folder) / "report.html"
        given = _options(preset=preset, time=time, window=window, **options)
        return Drift(kit("drift", one, other, "--html", report, *given), report.read_text(encoding="utf-8"))
