"""`penstock-kit builtin ALGORITHM` in a folder laid out as SageMaker lays out /opt/ml: hyperparameters, channels and content
types, the log's metric lines, the model that is left, and the reasons of failures."""
import json
import os
import pathlib
import re
import struct
import subprocess

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KIT = os.environ.get("PENSTOCK_KIT") or pathlib.Path(os.environ.get("PENSTOCK_BIN", ROOT / "build/penstock")).with_name("penstock-kit")
CSV, LIBSVM, RECORDIO = "text/csv", "text/libsvm", "application/x-recordio-protobuf"


def as_csv(rows):
    return "\n".join(",".join(f"{value:.9g}" for value in row) for row in rows) + "\n"


def as_libsvm(rows):
    return "\n".join(" ".join([f"{row[0]:.9g}"] + [f"{i}:{value:.9g}" for i, value in enumerate(row[1:])]) for row in rows) + "\n"


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def block(field, content):
    return varint(field << 3 | 2) + varint(len(content)) + content


def tensor_entry(values):
    """map<string, Value> entry of a float32 tensor."""
    packed = block(1, struct.pack(f"<{len(values)}f", *values))
    return block(1, b"values") + block(2, block(2, packed))


def as_recordio(rows, labelled=True):
    out = b""
    for row in rows:
        record = block(1, tensor_entry(row[1:] if labelled else row))
        if labelled:
            record += block(2, tensor_entry(row[:1]))
        out += struct.pack("<II", 0xCED7230A, len(record)) + record + b"\0" * (-len(record) % 4)
    return out


@pytest.fixture
def train(tmp_path):
    """Lays out a job and runs it; gives its log. `fails`: it must fail, and its reason is given instead."""

    def run(algorithm, hyperparameters, content_type=CSV, fails=False, **channels):
        for folder in ("input/config", "model", "output"):
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        write = lambda name, value: (tmp_path / "input/config" / name).write_text(json.dumps(value))
        write("hyperparameters.json", {name: str(value) for name, value in hyperparameters.items()})
        write("resourceconfig.json", {"current_host": "algo-1", "hosts": ["algo-1"]})
        settings = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}
        settings |= {"ContentType": content_type} if content_type else {}
        write("inputdataconfig.json", {name: settings for name in channels})
        for name, content in channels.items():
            folder = tmp_path / "input/data" / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "part-0").write_bytes(content if isinstance(content, bytes) else content.encode())
        (tmp_path / "output/failure").unlink(missing_ok=True)
        done = subprocess.run([KIT, "builtin", algorithm], env=os.environ | {"SAGEMAKER_BASE_DIR": str(tmp_path)}, capture_output=True,
                              text=True, timeout=120)  # fmt: skip
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return (tmp_path / "output/failure").read_text() if fails else done.stdout

    return run


def classes(rows, seed):
    random = np.random.default_rng(seed)
    features = np.round(random.normal(size=(rows, 4)), 6)
    labels = (features[:, 0] + 0.5 * features[:, 1] ** 2 + random.normal(0, 0.2, rows) > 0.4).astype(int)
    return np.column_stack([labels, features])


def last_metric(log, name):
    return float(re.findall(rf"#011{re.escape(name)}:(\S+?)(?=#011|$)", log, re.M)[-1])


def test_xgboost_trains_and_says_so(train, tmp_path):
    log = train("xgboost", {"num_round": 20, "objective": "binary:logistic", "eval_metric": "logloss,f1_binary"},
                train=as_csv(classes(500, 1)), validation=as_csv(classes(300, 2)))  # fmt: skip
    assert re.search(r"^\[0\]#011train-logloss:0\.\d{5}#011validation-logloss:0\.\d{5}#011train-f1_binary", log, re.M)
    assert re.search(r"^\[19\]#011", log, re.M)
    assert last_metric(log, "validation-logloss") < 0.35
    assert last_metric(log, "validation-f1_binary") > 0.85
    assert b"logistic" in (tmp_path / "model/xgboost-model").read_bytes()


def test_xgboost_gives_one_model_of_every_content_type(train, tmp_path):
    rows = classes(300, 3).astype(np.float32)
    models = []
    for content_type, content in ((CSV, as_csv(rows)), (LIBSVM, as_libsvm(rows)), (RECORDIO, as_recordio(rows)), ("", as_libsvm(rows))):
        train("xgboost", {"num_round": 5, "objective": "binary:logistic"}, content_type, train=content)
        models.append((tmp_path / "model/xgboost-model").read_bytes())
    assert models == models[:1] * 4


def test_xgboost_stops_early_with_the_best_round(train, tmp_path):
    noise = np.column_stack([np.random.default_rng(4).integers(0, 2, 200), np.random.default_rng(5).normal(size=(200, 3))])
    other = np.column_stack([np.random.default_rng(6).integers(0, 2, 200), np.random.default_rng(7).normal(size=(200, 3))])
    log = train("xgboost", {"num_round": 500, "objective": "binary:logistic", "early_stopping_rounds": 3}, train=as_csv(noise), validation=as_csv(other))
    best = int(re.search(r"Stopping\. Best iteration: (\d+)", log).group(1))
    assert len(re.findall(r"^\[\d+\]#011", log, re.M)) == best + 4
    assert (tmp_path / "model/xgboost-model").stat().st_size > 0


@pytest.mark.parametrize(
    "hyperparameters, reason",
    [
        ({"num_round": 2, "foo": 1}, "ClientError: Extraneous hyperparameter found: foo"),
        ({"eta": 0.1}, "ClientError: Missing required hyperparameter: num_round"),
        ({"num_round": "many"}, "ClientError: Hyperparameter num_round: could not parse value"),
        ({"num_round": 2, "eta": 3}, "ClientError: Hyperparameter eta: 3 is not in [0, 1]"),
        ({"num_round": 2, "subsample": 0}, "ClientError: Hyperparameter subsample: 0 is not in (0, 1]"),
        ({"num_round": 2, "objective": "multi:softmax"}, "ClientError: Require input for parameter 'num_class' for multi-classification"),
        ({"num_round": 2, "eval_metric": "auc"}, "ClientError: Metric 'auc' can only be applied for classification and ranking problems."),
    ],
)
def test_wrong_hyperparameters_are_the_clients_error(train, hyperparameters, reason):
    assert train("xgboost", hyperparameters, fails=True, train="1,2\n0,1\n") == reason


@pytest.mark.parametrize(
    "content_type, content, words",
    [
        (CSV, "label,feature\n1,2\n", "features are numbers"),
        (CSV, "", "is empty"),
        (LIBSVM, "1 0:1\nx 0:2\n", "is not 'LIBSVM' format"),
        (RECORDIO, b"\x0a\x23\xd7\xce\xff\xff\x00\x00abc", "verify the data matches the requested content-type"),
        ("image/png", "1,2\n", "image/png is not an accepted ContentType"),
    ],
)
def test_unreadable_data_is_the_clients_error(train, content_type, content, words):
    reason = train("xgboost", {"num_round": 2}, content_type, fails=True, train=content)
    assert reason.startswith("ClientError: ") and words in reason


def test_hyperparameters_of_the_sdk_itself_are_passed_over(train):
    train("xgboost", {"num_round": 2, "sagemaker_job_name": "x", "objective": '"reg:squarederror"'}, train="1,2\n0,1\n")
