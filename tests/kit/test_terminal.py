"""What a person sees: tables that fit, colour and progress on a terminal only, usage that says what was meant."""
import os
import pty
import subprocess

import pytest
from conftest import kit_path


@pytest.fixture
def data(tmp_path):
    rows = [f"{i},{'a long text of many words ' * 3}{i % 9},2024-01-01 00:{i % 60:02}:00,{i * 0.25}" for i in range(40_000)]
    path = tmp_path / "data.csv"
    path.write_text("\n".join(["a column with a name that goes on and on,text,when,amount", *rows]) + "\n")
    return path


def run(*arguments, **environment):
    return subprocess.run([kit_path(), *map(str, arguments)], capture_output=True, text=True, timeout=60, env={**os.environ, **environment})


def on_a_terminal(*arguments, **environment):
    """What the command writes to a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([kit_path(), *map(str, arguments)], stdout=theirs, stderr=theirs,
                               env={**os.environ, "TERM": "xterm", "COLUMNS": "80", **environment})  # fmt: skip
    os.close(theirs)
    written = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # how a terminal says that nobody holds its other side any more
            break
        if not piece:
            break
        written += piece
    os.close(ours)
    assert process.wait(timeout=60) == 0, written
    return written.decode()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_summary_fits_the_terminal(data, width):
    done = run("profile", data, COLUMNS=str(width))
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= width, lines
    assert "alert" in done.stdout


def test_without_a_terminal_nothing_is_cut_or_drawn(data):
    done = run("profile", data, COLUMNS="")
    assert "a column with a name that goes on and on" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr and "[=" not in done.stdout + done.stderr


def test_a_terminal_gets_colour_and_progress(data):
    assert "\x1b[1m" in on_a_terminal("profile", data) and "100 %" in on_a_terminal("profile", data)
    plain = on_a_terminal("profile", data, NO_COLOR="1")
    assert "\x1b[1m" not in plain and "\x1b[33m" not in plain


@pytest.mark.parametrize("line, message", [
    (["profil"], "penstock-kit: unknown command 'profil': did you mean 'profile'?"),
    (["constraints", "sugest", "x.csv"], "penstock-kit constraints: unknown command 'sugest': did you mean 'suggest'?"),
    (["profile", "x.csv", "--targt=y"], "penstock-kit profile: unknown option '--targt': did you mean '--target'?"),
    (["profile", "x.csv", "--zzzzzzzz"], "penstock-kit profile: unknown option '--zzzzzzzz': see penstock-kit profile --help"),
])  # fmt: skip
def test_usage_says_what_was_meant(line, message):
    done = run(*line)
    assert (done.returncode, done.stderr) == (2, message + "\n")


@pytest.mark.parametrize("options", [[], ["--json", "-"]])
def test_a_full_standard_output_is_a_failure(data, options):
    with open("/dev/full", "w") as full:
        done = subprocess.run([kit_path(), "profile", data, *options], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1 and "standard output" in done.stderr


def test_the_version_is_said():
    assert run("--version").stdout.startswith("penstock-kit 0.")
