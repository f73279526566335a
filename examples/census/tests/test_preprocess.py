import hashlib

import pytest

import census
import preprocess


def digests(folder):
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*.csv")}


def run(raw, output, *options):
    preprocess.main(["--raw", str(raw), "--output", str(output), *options])


def test_training_and_inference_give_a_row_the_same_features(raw_file, tmp_path):
    run(raw_file, tmp_path / "a", "--mode", "train")
    run(raw_file, tmp_path / "b", "--mode", "infer", "--transformer", str(tmp_path / "a" / "transformer"))
    everything = {tuple(row) for row in census.read_table(tmp_path / "b/features/features.csv").tolist()}
    for part in ["train", "test"]:
        assert {tuple(row) for row in census.read_table(tmp_path / "a" / part / "features.csv").tolist()} <= everything


def test_two_runs_write_the_same_bytes(raw_file, tmp_path):
    run(raw_file, tmp_path / "a", "--mode", "train")
    run(raw_file, tmp_path / "b", "--mode", "train")
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_the_split_is_as_asked_and_loses_no_row(raw_file, tmp_path):
    run(raw_file, tmp_path, "--mode", "train", "--test-share", "0.25")
    rows = len(census.read_raw(raw_file))
    train, test = (len(census.read_table(tmp_path / part / "labels.csv")) for part in ["train", "test"])
    assert (train + test, test) == (rows, -(-rows // 4))


def test_the_transformer_sees_nothing_of_the_test_part(raw_rows, tmp_path):
    rows = raw_rows.drop_duplicates()
    rows[census.TARGET] = rows[census.TARGET].map(census.CLASSES.index)
    preprocess.prepare_training(rows, tmp_path / "a", 0.3, 0)
    _, test_rows = preprocess.train_test_split(rows, test_size=0.3, random_state=0)
    changed = rows.copy()
    changed.loc[test_rows.index, "capital gains"] += 1_000_000
    preprocess.prepare_training(changed, tmp_path / "b", 0.3, 0)
    assert (tmp_path / "a/train/features.csv").read_bytes() == (tmp_path / "b/train/features.csv").read_bytes()


def test_a_folder_with_two_files_is_refused(raw_file, tmp_path):
    (raw_file.parent / "second.csv").write_text("age\n")
    with pytest.raises(AssertionError, match="holds 2 CSV files"):
        run(raw_file.parent, tmp_path, "--mode", "train")


def test_training_without_the_target_is_refused(raw_rows, tmp_path):
    path = tmp_path / "unlabelled.csv"
    raw_rows.drop(columns="income").to_csv(path, index=False)
    with pytest.raises(AssertionError, match="training needs the column 'income'"):
        run(path, tmp_path, "--mode", "train")
