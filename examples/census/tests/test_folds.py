import json

import numpy as np
import pytest

import assign_folds
import census
import train_fold


def test_folds_do_not_overlap_and_leave_no_row_out(raw_file, tmp_path):
    assign_folds.main(["--raw", str(raw_file), "--output", str(tmp_path / "folds"), "--folds", "4"])
    assignment = census.read_table(tmp_path / "folds" / "assignment.csv").ravel()
    rows = census.read_raw(raw_file)
    assert len(assignment) == len(rows) and set(assignment) == {0, 1, 2, 3}
    held_out = [set(rows.index[assignment == fold]) for fold in range(4)]
    assert sum(len(part) for part in held_out) == len(rows), "a row is in two folds"
    assert set.union(*held_out) == set(rows.index)
    # Stratified: each fold has its part of the rarer class, to within one row.
    shares = [rows[census.TARGET][assignment == fold].sum() for fold in range(4)]
    assert max(shares) - min(shares) <= 1


def test_the_same_seed_gives_the_same_folds_and_another_others():
    labels = np.arange(100) % 2
    assert (assign_folds.assign(labels, 5, 1) == assign_folds.assign(labels, 5, 1)).all()
    assert (assign_folds.assign(labels, 5, 1) != assign_folds.assign(labels, 5, 2)).any()


def test_one_fold_is_no_cross_validation():
    with pytest.raises(AssertionError, match="at least 2"):
        assign_folds.assign(np.arange(10) % 2, 1, 0)


def test_a_fold_is_scored_by_a_model_that_never_saw_it(raw_file, tmp_path, capsys, monkeypatch):
    assign_folds.main(["--raw", str(raw_file), "--output", str(tmp_path / "folds"), "--folds", "4"])
    assignment = census.read_table(tmp_path / "folds" / "assignment.csv").ravel()
    rows = census.read_raw(raw_file)
    seen = []
    trained = train_fold.train
    monkeypatch.setattr(train_fold, "train", lambda features, labels, *rest: (seen.append(set(labels.index)), trained(features, labels, *rest))[1])
    train_fold.main(["--raw", str(raw_file), "--folds", str(tmp_path / "folds"), "--model-dir", str(tmp_path / "model"), "--fold", "2"])
    assert seen == [set(rows.index[assignment != 2])]
    summary = json.loads((tmp_path / "model" / "fold.json").read_text())
    assert summary["held_out"] == (assignment == 2).sum() and summary["trained_on"] == (assignment != 2).sum()
    assert f"validation:auc={summary['auc']:.6f}" in capsys.readouterr().out
