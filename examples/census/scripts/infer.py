"""Scores prepared rows with a trained model and writes predictions.csv: one line a row, `class,probability` of an income
over 50,000, in the order of the rows."""
import argparse
import pathlib

import numpy as np

import census
import evaluate


def parse_arguments(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="/opt/ml/processing/input/model/model.tar.gz")
    parser.add_argument("--features", default="/opt/ml/processing/input/features/features.csv")
    parser.add_argument("--output", default="/opt/ml/processing/output/predictions", help="folder")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse_arguments(arguments)
    model = evaluate.load_model(options.model)
    features = census.read_table(options.features)
    assert features.shape[1] == model.n_features_in_, (
        f"the model takes {model.n_features_in_} features, the data has {features.shape[1]}"
    )
    probabilities = model.predict_proba(features)[:, 1]
    predictions = np.column_stack([model.predict(features).astype(int).astype(object), probabilities])
    census.write_table(predictions, pathlib.Path(options.output) / "predictions.csv")
    print(f"{len(predictions)} predictions, {int((probabilities > 0.5).sum())} over 50,000")


if __name__ == "__main__":
    main()
