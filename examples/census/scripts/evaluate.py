"""Evaluates a trained model on prepared test rows and writes evaluation.json: accuracy, roc_auc (from probabilities),
roc_auc_from_labels, and the classification report."""
import argparse
import json
import pathlib
import tarfile
import tempfile

import joblib
from sklearn.metrics import accuracy_score, classification_report, roc_auc_score

import census


def parse_arguments(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="/opt/ml/processing/input/model/model.tar.gz")
    parser.add_argument("--test", default="/opt/ml/processing/input/test", help="folder of features.csv, labels.csv")
    parser.add_argument("--output", default="/opt/ml/processing/output/evaluation", help="folder")
    return parser.parse_args(arguments)


def load_model(archive_path):
    """The model in a model.tar.gz, which holds model.joblib at its root."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(archive_path) as archive:
        archive.extract("model.joblib", path=folder)
        return joblib.load(pathlib.Path(folder) / "model.joblib")


def evaluate(model, features, labels):
    assert features.shape[1] == model.n_features_in_, (
        f"the model takes {model.n_features_in_} features, the data has {features.shape[1]}"
    )
    predictions = model.predict(features)
    return {
        "rows": len(labels),
        "features": features.shape[1],
        "accuracy": accuracy_score(labels, predictions),
        "roc_auc": roc_auc_score(labels, model.predict_proba(features)[:, 1]),
        "roc_auc_from_labels": roc_auc_score(labels, predictions),
        "report": classification_report(labels, predictions, output_dict=True),
    }


def main(arguments=None):
    options = parse_arguments(arguments)
    test = pathlib.Path(options.test)
    labels = census.read_table(test / "labels.csv").ravel()
    evaluation = evaluate(load_model(options.model), census.read_table(test / "features.csv"), labels)
    print(f"accuracy={evaluation['accuracy']:.6f} roc_auc={evaluation['roc_auc']:.6f}")
    output = pathlib.Path(options.output)
    output.mkdir(parents=True, exist_ok=True)
    (output / "evaluation.json").write_text(json.dumps(evaluation, indent=2) + "\n")


if __name__ == "__main__":
    main()
