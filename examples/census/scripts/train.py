"""Trains a logistic regression on prepared features. A SageMaker script-mode training script: it reads its channels and
writes its model where the SM_* variables say, and runs alone with the same options."""
import argparse
import os
import pathlib

import joblib
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score

import census


def parse_arguments(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", default=os.environ.get("SM_CHANNEL_TRAIN", "/opt/ml/input/data/train"))
    parser.add_argument("--test", default=os.environ.get("SM_CHANNEL_TEST", "/opt/ml/input/data/test"))
    parser.add_argument("--model-dir", default=os.environ.get("SM_MODEL_DIR", "/opt/ml/model"))
    parser.add_argument("--max-iter", type=int, default=100)
    parser.add_argument("--regularization", type=float, default=1.0, help="inverse strength, C of scikit-learn")
    return parser.parse_args(arguments)


def read_channel(folder):
    features = census.read_table(pathlib.Path(folder) / "features.csv")
    labels = census.read_table(pathlib.Path(folder) / "labels.csv").ravel()
    assert len(features) == len(labels), f"{len(features)} feature rows but {len(labels)} labels in {folder}"
    return features, labels


def train(features, labels, max_iter, regularization):
    assert set(labels) == {0, 1}, f"both classes are needed to train, found {sorted(set(labels))}"
    model = LogisticRegression(class_weight="balanced", solver="lbfgs", max_iter=max_iter, C=regularization)
    return model.fit(features, labels)


def main(arguments=None):
    options = parse_arguments(arguments)
    features, labels = read_channel(options.train)
    model = train(features, labels, options.max_iter, options.regularization)
    test_features, test_labels = read_channel(options.test)
    accuracy = accuracy_score(test_labels, model.predict(test_features))
    auc = roc_auc_score(test_labels, model.predict_proba(test_features)[:, 1])
    # The metric definitions of the training job read these two lines.
    print(f"validation:accuracy={accuracy:.6f}")
    print(f"validation:auc={auc:.6f}")
    pathlib.Path(options.model_dir).mkdir(parents=True, exist_ok=True)
    joblib.dump(model, pathlib.Path(options.model_dir) / "model.joblib")


if __name__ == "__main__":
    main()
