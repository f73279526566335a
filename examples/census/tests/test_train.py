import joblib
import numpy as np
import pytest

import census
import preprocess
import train


def test_trains_and_prints_the_metrics_that_the_job_reads(raw_file, tmp_path, capsys):
    preprocess.main(["--mode", "train", "--raw", str(raw_file), "--output", str(tmp_path)])
    train.main(["--train", f"{tmp_path}/train", "--test", f"{tmp_path}/test", "--model-dir", f"{tmp_path}/model"])
    lines = dict(line.split("=") for line in capsys.readouterr().out.splitlines() if line.startswith("validation:"))
    assert 0.5 < float(lines["validation:accuracy"]) <= 1
    assert 0.5 < float(lines["validation:auc"]) <= 1
    assert joblib.load(tmp_path / "model/model.joblib").n_features_in_ > 10


def test_one_class_is_refused():
    with pytest.raises(AssertionError, match="both classes are needed"):
        train.train(np.zeros((4, 2)), np.zeros(4), 100, 1.0)


def test_features_and_labels_must_match(tmp_path):
    census.write_table(np.zeros((3, 2)), tmp_path / "features.csv")
    census.write_table(np.zeros(2), tmp_path / "labels.csv")
    with pytest.raises(AssertionError, match="3 feature rows but 2 labels"):
        train.read_channel(tmp_path)


def test_channels_come_from_the_sagemaker_environment(monkeypatch):
    monkeypatch.setenv("SM_CHANNEL_TRAIN", "/somewhere/train")
    monkeypatch.setenv("SM_MODEL_DIR", "/somewhere/model")
    options = train.parse_arguments([])
    assert (options.train, options.model_dir) == ("/somewhere/train", "/somewhere/model")
