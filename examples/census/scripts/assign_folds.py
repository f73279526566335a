"""Assigns every clean row to one of k folds, stratified by the target: writes assignment.csv, the fold of each row in the
order of census.read_raw. No row is in two folds, and none is left out."""
import argparse
import pathlib

import numpy as np
from sklearn.model_selection import StratifiedKFold

import census
from preprocess import find_raw


def parse_arguments(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", default="/opt/ml/processing/input/raw", help="raw CSV, or the folder that holds one")
    parser.add_argument("--output", default="/opt/ml/processing/output/folds", help="folder for assignment.csv")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(arguments)


def assign(labels, folds, seed):
    """The fold of each row, 0 to folds - 1."""
    assert folds >= 2, f"{folds} folds: at least 2 are needed"
    assignment = np.full(len(labels), -1)
    splitter = StratifiedKFold(n_splits=folds, shuffle=True, random_state=seed)
    for fold, (_, held_out) in enumerate(splitter.split(labels, labels)):
        assignment[held_out] = fold
    assert (assignment >= 0).all(), "a row is in no fold"
    return assignment


def main(arguments=None):
    options = parse_arguments(arguments)
    rows = census.read_raw(find_raw(options.raw))
    assignment = assign(rows[census.TARGET].to_numpy(), options.folds, options.seed)
    census.write_table(assignment, pathlib.Path(options.output) / "assignment.csv")
    print(f"{len(rows)} rows in {options.folds} folds of {np.bincount(assignment).tolist()}")


if __name__ == "__main__":
    main()
