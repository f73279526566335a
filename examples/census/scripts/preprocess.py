"""Raw census rows to features and labels.

`--mode train` splits the rows, fits the transformer on the training part alone, and writes train/, test/ and
transformer/. `--mode infer` transforms every row with a fitted transformer and writes features/.
"""
import argparse
import pathlib

import joblib
from sklearn.model_selection import train_test_split

import census


def parse_arguments(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mode", choices=["train", "infer"], required=True)
    parser.add_argument("--raw", default="/opt/ml/processing/input/raw", help="raw CSV, or the folder that holds one")
    parser.add_argument("--transformer", default="/opt/ml/processing/input/transformer", help="folder; for infer")
    parser.add_argument("--output", default="/opt/ml/processing/output", help="folder for what is written")
    parser.add_argument("--test-share", type=float, default=0.3)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(arguments)


def find_raw(path):
    """The CSV at `path`: itself, or the only one in that folder."""
    path = pathlib.Path(path)
    if path.is_file():
        return path
    files = sorted(path.glob("*.csv"))
    assert len(files) == 1, f"{path} holds {len(files)} CSV files, one is needed"
    return files[0]


def prepare_training(rows, output, test_share, seed):
    """Fits on the training part only: nothing of the test part reaches the transformer."""
    features, labels = rows.drop(columns=census.TARGET), rows[census.TARGET]
    parts = train_test_split(features, labels, test_size=test_share, random_state=seed)
    train_features, test_features, train_labels, test_labels = parts
    transformer = census.make_transformer().fit(train_features)
    for name, part, part_labels in [("train", train_features, train_labels), ("test", test_features, test_labels)]:
        transformed = transformer.transform(part)
        assert transformed.shape[0] == len(part_labels), "the transformer changed the number of rows"
        census.write_table(transformed, output / name / "features.csv")
        census.write_table(part_labels, output / name / "labels.csv")
        print(f"{name}: {transformed.shape[0]} rows, {transformed.shape[1]} features")
    (output / "transformer").mkdir(parents=True, exist_ok=True)
    joblib.dump(transformer, output / "transformer" / "transformer.joblib")


def prepare_inference(rows, transformer_folder, output):
    transformer = joblib.load(pathlib.Path(transformer_folder) / "transformer.joblib")
    features = transformer.transform(rows[census.FEATURES])
    census.write_table(features, output / "features" / "features.csv")
    print(f"inference: {features.shape[0]} rows, {features.shape[1]} features")


def main(arguments=None):
    options = parse_arguments(arguments)
    rows = census.read_raw(find_raw(options.raw))
    print(f"read {len(rows)} clean rows")
    output = pathlib.Path(options.output)
    if options.mode == "train":
        assert census.TARGET in rows.columns, f"training needs the column '{census.TARGET}'"
        prepare_training(rows, output, options.test_share, options.seed)
    else:
        prepare_inference(rows, options.transformer, output)


if __name__ == "__main__":
    main()
