#!/usr/bin/env python3
"""The tidy test: holds the house rules that a compiler does not. Run by CTest; prints each breach as FILE:LINE: what.

Floors (a folder includes only its own floor or lower ones), functions of at most 70 lines, files of at most 1,000, names
that say something, headers with #pragma once, no dead files, Beast in at most four files, no machine's own path, no data
committed by accident.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLOORS = {
    "base": 0,
    "store": 1,
    "core/explore": 2, "core/learn": 2, "core/job": 2, "core/pipeline": 2, "core/access": 2, "core/event": 2,
    "core/keys": 2,
    "core/stack": 3, "core/execution": 3, "core/monitor": 3, "core/release": 3,
    "aws": 4,
    "define": 5,
    "server": 5,
    "cli": 6,
    "kit": 7,
}  # fmt: skip
# event is below its neighbours of floor 2: jobs publish on it.
ALLOWED_SAME_FLOOR = {("core/job", "core/event"), ("core/job", "core/access"), ("core/access", "core/event"),
                      ("core/learn", "core/explore")}
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 1_000
FILE_BYTES_MAX = 256 * 1024  # of any tracked file: data is fetched, not committed
BEAST_FILES_MAX = 4
EMPTY_NAMES = re.compile(r"(^|[/_])(utils?|common|helpers?|misc|stuff)([/_.]|$)")
MACHINE_PATHS = re.compile(r"/(work|farm)/|/root/|/tmp/bash_jobs")
CODE = (".cc", ".h")


def tracked_files():
    listing = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [ROOT / line for line in listing.stdout.splitlines() if (ROOT / line).is_file()]


def included_as(path):
    """A source's name as #include has it: relative to src/, or to the root for kit/."""
    return str(path.relative_to(ROOT / "src" if path.is_relative_to(ROOT / "src") else ROOT))


def floor_of(path):
    """The floor folder of a source's name ("core/job/manager.cc" -> "core/job"), or None."""
    for depth in (2, 1):
        folder = "/".join(path.split("/")[:depth])
        if folder in FLOORS:
            return folder
    return None


def check_floors(path, lines):
    own = floor_of(included_as(path))
    for number, line in enumerate(lines, 1):
        match = re.match(r'#include "([^"]+)"', line)
        if not match or own is None:
            continue
        other = floor_of(match.group(1))
        if other is None or other == own or FLOORS[other] < FLOORS[own] or (own, other) in ALLOWED_SAME_FLOOR:
            continue
        yield number, f"{own} (floor {FLOORS[own]}) includes {match.group(1)} of {other} (floor {FLOORS[other]})"


def check_functions(lines):
    """A function starts at a line of zero or two columns of indent that ends in '{' after a ')', and ends at its '}'."""
    start, indent = None, ""
    for number, line in enumerate(lines, 1):
        if start is None:
            match = re.match(r"( {0,4})[A-Za-z_~].*\)( const)?( noexcept)?( override)?( final)?( -> [^{]+)?( :.*)? \{$", line)
            if match and not re.match(r" *(namespace|class|struct|union|enum|if|for|while|switch|else|do|extern)\b", line):
                start, indent = number, match.group(1)
        elif line.startswith(indent + "}"):
            if number - start + 1 > FUNCTION_LINES_MAX:
                yield start, f"a function of {number - start + 1} lines, at most {FUNCTION_LINES_MAX}"
            start = None


def is_dead(path, all_includes):
    """A header that nothing includes."""
    return included_as(path) not in all_includes


def breaches(files):
    code = [path for path in files if path.suffix in CODE and any(path.is_relative_to(ROOT / folder) for folder in ("src", "kit"))]
    texts = {path: path.read_text(errors="replace").splitlines() for path in code}
    all_includes = {match.group(1) for path in files if path.suffix in CODE for match in
                    (re.match(r'#include "([^"]+)"', line) for line in path.read_text(errors="replace").splitlines()) if match}  # fmt: skip
    beast = []
    for path, lines in texts.items():
        yield from ((path, number, what) for number, what in check_floors(path, lines))
        yield from ((path, number, what) for number, what in check_functions(lines))
        if len(lines) > FILE_LINES_MAX:
            yield path, len(lines), f"a file of {len(lines)} lines, at most {FILE_LINES_MAX}"
        if path.suffix == ".h" and "#pragma once" not in lines:
            yield path, 1, "a header without #pragma once"
        if path.suffix == ".h" and is_dead(path, all_includes):
            yield path, 1, "a header that nothing includes"
        if any("boost/beast" in line for line in lines):
            beast.append(path)
    for path in beast[BEAST_FILES_MAX:]:
        yield path, 1, f"more than {BEAST_FILES_MAX} files include Boost.Beast"
    for path in files:
        name = str(path.relative_to(ROOT))
        if EMPTY_NAMES.search(name):
            yield path, 1, "a name that says nothing"
        if name.startswith("-"):
            yield path, 1, "a name that reads as an option"
        if path.stat().st_size > FILE_BYTES_MAX:
            yield path, 1, f"a file of {path.stat().st_size} bytes, at most {FILE_BYTES_MAX}: data is fetched, not committed"
        if path.suffix in CODE + (".py", ".sh", ".md", ".yaml", ".json", ".cmake") and name != "tests/tidy.py":
            for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
                if MACHINE_PATHS.search(line):
                    yield path, number, "a path of one machine"


def main():
    files = tracked_files()
    found = sorted(set(breaches(files)), key=str)
    for path, number, what in found:
        print(f"{path.relative_to(ROOT)}:{number}: {what}")
    print(f"tidy: {len(files)} files, {len(found)} breaches")
    sys.exit(1 if found or not files else 0)


if __name__ == "__main__":
    main()
