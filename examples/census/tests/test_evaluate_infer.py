import json
import tarfile

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

import census
import evaluate
import infer
import preprocess
import train


@pytest.fixture
def trained(raw_file, tmp_path):
    preprocess.main(["--mode", "train", "--raw", str(raw_file), "--output", str(tmp_path)])
    train.main(["--train", f"{tmp_path}/train", "--test", f"{tmp_path}/test", "--model-dir", f"{tmp_path}/model"])
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "model/model.joblib", arcname="model.joblib")
    return tmp_path


def test_evaluation_takes_auc_from_probabilities(trained):
    evaluate.main(["--model", f"{trained}/model.tar.gz", "--test", f"{trained}/test", "--output", f"{trained}/evaluation"])
    evaluation = json.loads((trained / "evaluation/evaluation.json").read_text())
    model = evaluate.load_model(trained / "model.tar.gz")
    features, labels = train.read_channel(trained / "test")
    assert evaluation["roc_auc"] == roc_auc_score(labels, model.predict_proba(features)[:, 1])
    assert evaluation["rows"] == len(labels)


def test_inference_scores_every_row_in_order(trained, raw_file):
    preprocess.main(["--mode", "infer", "--raw", str(raw_file), "--transformer", f"{trained}/transformer", "--output", f"{trained}/in"])
    infer.main(["--model", f"{trained}/model.tar.gz", "--features", f"{trained}/in/features/features.csv", "--output", f"{trained}/out"])
    predictions = census.read_table(trained / "out/predictions.csv")
    model = evaluate.load_model(trained / "model.tar.gz")
    expected = model.predict_proba(census.read_table(trained / "in/features/features.csv"))[:, 1]
    assert len(predictions) == len(census.read_raw(raw_file))
    assert np.allclose(predictions[:, 1], expected) and (predictions[:, 0] == (expected > 0.5)).all()


def test_a_model_of_other_features_is_refused(trained):
    census.write_table(np.zeros((2, 3)), trained / "narrow.csv")
    with pytest.raises(AssertionError, match="the data has 3"):
        infer.main(["--model", f"{trained}/model.tar.gz", "--features", f"{trained}/narrow.csv", "--output", f"{trained}/out"])
