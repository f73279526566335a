"""One fold of a cross-validation: fits the transformer and the model on the rows of all other folds, and scores the rows
of this one. A script-mode training script, as train.py."""
import argparse
import json
import os
import pathlib

from sklearn.metrics import accuracy_score, roc_auc_score

import census
from preprocess import find_raw
from train import train


def parse_arguments(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", default=os.environ.get("SM_CHANNEL_RAW", "/opt/ml/input/data/raw"))
    parser.add_argument("--folds", default=os.environ.get("SM_CHANNEL_FOLDS", "/opt/ml/input/data/folds"))
    parser.add_argument("--model-dir", default=os.environ.get("SM_MODEL_DIR", "/opt/ml/model"))
    parser.add_argument("--fold", type=int, required=True)
    parser.add_argument("--max-iter", type=int, default=100)
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse_arguments(arguments)
    rows = census.read_raw(find_raw(options.raw))
    assignment = census.read_table(pathlib.Path(options.folds) / "assignment.csv").ravel()
    assert len(assignment) == len(rows), f"{len(assignment)} rows were assigned, {len(rows)} were read"
    held_out = assignment == options.fold
    assert held_out.any() and not held_out.all(), f"fold {options.fold} holds {held_out.sum()} of {len(rows)} rows"
    features, labels = rows[census.FEATURES], rows[census.TARGET]
    # Nothing of the held-out fold reaches the transformer or the model.
    transformer = census.make_transformer().fit(features[~held_out])
    model = train(transformer.transform(features[~held_out]), labels[~held_out], options.max_iter, 1.0)
    scores = model.predict_proba(transformer.transform(features[held_out]))[:, 1]
    accuracy = accuracy_score(labels[held_out], scores > 0.5)
    auc = roc_auc_score(labels[held_out], scores)
    print(f"validation:accuracy={accuracy:.6f}")
    print(f"validation:auc={auc:.6f}")
    pathlib.Path(options.model_dir).mkdir(parents=True, exist_ok=True)
    summary = {"fold": options.fold, "trained_on": int((~held_out).sum()), "held_out": int(held_out.sum()), "accuracy": accuracy, "auc": auc}
    (pathlib.Path(options.model_dir) / "fold.json").write_text(json.dumps(summary))


if __name__ == "__main__":
    main()
