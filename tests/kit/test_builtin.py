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


def quality(log, channel, metric):
    return float(re.search(rf"#quality_metric: host=algo-1, {channel} {metric} <\w+>=(\S+)", log).group(1))


def test_linear_learner_classifies(train, tmp_path):
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import accuracy_score, log_loss

    rows, test = classes(600, 8), classes(300, 9)
    parameters = {"predictor_type": "binary_classifier", "wd": 0.01, "normalize_data": "false", "mini_batch_size": 100, "epochs": 10}
    log = train("linear-learner", parameters, train=as_csv(rows), test=as_csv(test))
    # wd is the penalty of the mean loss; scikit-learn's C that of the sum.
    expected = LogisticRegression(C=1 / (600 * 0.01), tol=1e-9, max_iter=1000).fit(rows[:, 1:], rows[:, 0])
    assert quality(log, "train", "binary_classification_cross_entropy_objective") == pytest.approx(log_loss(rows[:, 0], expected.predict_proba(rows[:, 1:])), rel=1e-4)
    assert quality(log, "test", "binary_classification_accuracy") == pytest.approx(accuracy_score(test[:, 0], expected.predict(test[:, 1:])), abs=0.01)
    model = json.loads((tmp_path / "model/model_algo-1").read_text())
    assert model["predictor_type"] == "binary_classifier"
    assert (tmp_path / "model/model.json").exists()


def test_linear_learner_finds_the_same_with_scaled_data(train):
    rows = classes(500, 10)
    rows[:, 2] *= 1000
    losses = [quality(train("linear-learner", {"predictor_type": "regressor", "normalize_data": normalize}, RECORDIO, train=as_recordio(rows)), "train", "mse_objective")
              for normalize in ("true", "false")]  # fmt: skip
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)


def linear_rows(seed=11, rows=400):
    random = np.random.default_rng(seed)
    features = random.normal(size=(rows, 3)) * [1, 20, 0.1] + [0, 100, 0]
    labels = features @ [2, -0.3, 15] + 7 + 3 * random.standard_t(2, rows)
    return np.column_stack([labels, features])


def best_of(loss, rows):
    """The smallest mean loss of a linear model, by scipy."""
    from scipy.optimize import minimize

    scaled = (rows[:, 1:] - rows[:, 1:].mean(0)) / rows[:, 1:].std(0)
    found = np.zeros(4)
    for _ in range(3):
        found = minimize(lambda w: loss(rows[:, 0] - scaled @ w[:3] - w[3]).mean(), found, method="BFGS", options={"gtol": 1e-10}).x
    return loss(rows[:, 0] - scaled @ found[:3] - found[3]).mean()


@pytest.mark.parametrize("loss, settings, smooth", [
    ("huber_loss", {"huber_delta": 2.5}, lambda r: np.where(abs(r) < 2.5, r * r / 2, 2.5 * (abs(r) - 1.25))),
    ("eps_insensitive_squared_loss", {"loss_insensitivity": 0.8}, lambda r: np.maximum(0, abs(r) - 0.8) ** 2),
])  # fmt: skip
def test_linear_learner_minimizes_smooth_losses(train, loss, settings, smooth):
    rows = linear_rows()
    log = train("linear-learner", {"predictor_type": "regressor", "loss": loss, **settings}, train=as_csv(rows))
    assert quality(log, "train", f"{loss}_objective") == pytest.approx(best_of(smooth, rows), rel=1e-6)


@pytest.mark.parametrize("loss, settings, quantile, dead", [
    ("absolute_loss", {}, None, 0),
    ("quantile_loss", {"quantile": 0.8}, 0.8, 0),
    ("eps_insensitive_absolute_loss", {"loss_insensitivity": 0.5}, None, 0.5),
    ("hinge_loss", {"margin": 2}, None, None),
])  # fmt: skip
def test_linear_learner_minimizes_losses_with_corners(train, loss, settings, quantile, dead):
    """The optimum of a piecewise linear loss is that of a linear program: errors above and below, each at its price."""
    from scipy.optimize import linprog

    rows = linear_rows()
    hinge = loss == "hinge_loss"
    if hinge:
        rows[:, 0] = rows[:, 0] > np.median(rows[:, 0])
    count = len(rows)
    scaled = np.column_stack([(rows[:, 1:] - rows[:, 1:].mean(0)) / rows[:, 1:].std(0), np.ones(count)])
    one = np.eye(count)
    if hinge:
        sign = 2 * rows[:, :1] - 1
        cost, limits, bounds = np.r_[np.zeros(4), np.ones(count)], np.hstack([-sign * scaled, -one]), -np.full(count, 2.0)
    else:
        above, below = (quantile, 1 - quantile) if quantile else (1, 1)
        cost = np.r_[np.zeros(4), above * np.ones(count), below * np.ones(count)]
        limits = np.vstack([np.hstack([-scaled, -one, 0 * one]), np.hstack([scaled, 0 * one, -one])])
        bounds = np.r_[dead - rows[:, 0], dead + rows[:, 0]]
    free = [(None, None)] * 4 + [(0, None)] * (len(cost) - 4)
    expected = linprog(cost / count, A_ub=limits, b_ub=bounds, bounds=free).fun
    predictor = "binary_classifier" if hinge else "regressor"
    log = train("linear-learner", {"predictor_type": predictor, "loss": loss, **settings}, train=as_csv(rows), validation=as_csv(rows))
    assert quality(log, "train", f"{loss}_objective") == pytest.approx(expected, rel=2e-5)
    assert quality(log, "validation", "binary_f_beta" if hinge else "absolute_loss") > 0


def test_linear_learner_ranks_classes(train):
    random = np.random.default_rng(2)
    labels = random.integers(0, 4, 300)
    rows = np.column_stack([labels, random.normal(size=(300, 2)) + np.array([[0, 0], [2, 0], [0, 2], [2, 2]])[labels]])
    log = train("linear-learner", {"predictor_type": "multiclass_classifier", "num_classes": 4, "accuracy_top_k": 2, "f_beta": 2},
                train=as_csv(rows), test=as_csv(rows))  # fmt: skip
    accuracy, among = quality(log, "test", "multiclass_accuracy"), quality(log, "test", "multiclass_top_k_accuracy")
    assert 0.5 < accuracy < among < 1 and accuracy < quality(log, "test", "dcg") < 1
    assert all(0.5 < quality(log, "test", name) < 1 for name in ["macro_precision", "macro_recall", "macro_f_beta"])


def test_pca_about_zero(train, tmp_path):
    rows = np.random.default_rng(4).normal(size=(50, 3)) + [5, 0, 0]
    train("pca", {"num_components": 2, "feature_dim": 3, "mini_batch_size": 50, "subtract_mean": "false"}, f"{CSV};label_size=0", train=as_csv(rows))
    model = json.loads((tmp_path / "model/model_algo-1").read_text())
    _, singular, directions = np.linalg.svd(rows)
    assert model["s"] == pytest.approx(singular[:2], rel=1e-6) and model["mean"] == pytest.approx([0, 0, 0], abs=1e-12)
    assert np.abs(np.sum(np.array(model["v"]) * directions[:2], axis=1)) == pytest.approx([1, 1])


def test_kmeans_and_pca(train, tmp_path):
    from sklearn.decomposition import PCA

    random = np.random.default_rng(11)
    points = np.concatenate([random.normal(centre, 0.1, (100, 2)) for centre in ((0, 0), (5, 5), (0, 5))]).astype(np.float32)
    log = train("kmeans", {"k": 3, "feature_dim": 2, "extra_center_factor": 4}, RECORDIO, train=as_recordio(points, labelled=False), test=as_recordio(points, labelled=False))
    assert quality(log, "test", "msd") == pytest.approx(0.02, rel=0.2)
    centers = sorted(json.loads((tmp_path / "model/model_algo-1").read_text())["centers"], key=lambda centre: np.round(centre).tolist())
    assert np.allclose(centers, [[0, 0], [0, 5], [5, 5]], atol=0.1)
    train("pca", {"num_components": 1, "feature_dim": 2, "mini_batch_size": 10}, f"{CSV};label_size=0", train=as_csv(points))
    model = json.loads((tmp_path / "model/model_algo-1").read_text())
    expected = PCA(1).fit(points)
    assert np.allclose(model["mean"], expected.mean_, atol=1e-5)
    assert np.allclose(np.abs(model["v"]), np.abs(expected.components_), atol=1e-5)
    assert np.allclose(model["s"], expected.singular_values_, rtol=1e-5)


@pytest.mark.parametrize(
    "algorithm, hyperparameters, words",
    [
        ("kmeans", {"k": 2, "feature_dim": 2, "foo": 1}, "Additional properties are not allowed ('foo' was unexpected)"),
        ("kmeans", {"k": 2}, "'feature_dim' is a required property"),
        ("kmeans", {"k": 2, "feature_dim": 7}, "feature_dim is 7 but the data has 2 features"),
        ("pca", {"num_components": 1, "feature_dim": 2}, "'mini_batch_size' is a required property"),
        ("linear-learner", {"predictor_type": "oracle"}, "'oracle' is not valid under any of the given schemas"),
        ("linear-learner", {"predictor_type": "regressor", "loss": "hinge_loss"}, "loss 'hinge_loss' is not a loss of predictor_type 'regressor'"),
        ("linear-learner", {"predictor_type": "regressor", "loss": "huber_loss", "huber_delta": 0}, "huber_delta: (0, +inf)"),
        ("linear-learner", {"predictor_type": "regressor", "momentum": 2}, "momentum: [0, 1]"),
        ("linear-learner", {"predictor_type": "binary_classifier"}, "Labels must be the integers 0 to 1"),
    ],
)
def test_the_other_algorithms_say_what_is_wrong(train, algorithm, hyperparameters, words):
    reason = train(algorithm, hyperparameters, CSV if algorithm == "linear-learner" else f"{CSV};label_size=0", fails=True, train="5,2\n0,1\n")
    assert reason.startswith("ClientError: ") and words in reason


@pytest.fixture
def analyze(tmp_path):
    """Runs the Model Monitor analyzer under its environment contract; gives the output folder's files and the exit message."""

    def run(content, output, fails=False, **variables):
        source = tmp_path / "processing/input/data"
        source.mkdir(parents=True, exist_ok=True)
        (tmp_path / "output").mkdir(exist_ok=True)
        (source / "data.csv").write_text(content)
        environment = {
            "dataset_format": '{"csv": {"header": true, "output_columns_position": "START"}}',
            "dataset_source": "/opt/ml/processing/input/data",
            "output_path": f"/opt/ml/processing/{output}",
            "publish_cloudwatch_metrics": "Disabled",
        } | variables
        done = subprocess.run([KIT, "builtin", "model-monitor"], env=os.environ | environment | {"SAGEMAKER_BASE_DIR": str(tmp_path)},
                              capture_output=True, text=True, timeout=120)  # fmt: skip
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        files = {path.name: json.loads(path.read_text()) for path in (tmp_path / f"processing/{output}").glob("*.json")}
        return files, (tmp_path / "output/message").read_text()

    return run


def monitored(rows, seed, shift=0.0, colours=("red", "blue")):
    random = np.random.default_rng(seed)
    lines = ["amount,visits,colour"]
    lines += [f"{random.normal(10 + shift, 2):.4f},{random.poisson(3)},{random.choice(colours)}" for _ in range(rows)]
    return "\n".join(lines) + "\n"


def test_model_monitor_makes_a_baseline_and_watches(analyze, tmp_path):
    files, message = analyze(monitored(900, 1), "baseline")
    assert message == "Completed: Job completed successfully with no violations."
    assert set(files) == {"statistics.json", "constraints.json"}
    features = {feature["name"]: feature for feature in files["statistics.json"]["features"]}
    assert [features[name]["inferred_type"] for name in ("amount", "visits", "colour")] == ["Fractional", "Integral", "String"]
    assert features["amount"]["numerical_statistics"]["common"]["num_present"] == 900
    assert len(features["amount"]["numerical_statistics"]["distribution"]["kll"]["buckets"]) == 10
    baseline = {"baseline_statistics": "/opt/ml/processing/baseline/statistics.json", "baseline_constraints": "/opt/ml/processing/baseline/constraints.json"}
    files, message = analyze(monitored(900, 2), "same", **baseline)
    drifts = [one for one in files["constraint_violations.json"]["violations"] if one["constraint_check_type"] == "baseline_drift_check"]
    assert drifts == []
    (tmp_path / "config").mkdir()
    (tmp_path / "config/processingjobconfig.json").write_text("{}")
    files, message = analyze(monitored(900, 3, shift=2, colours=("red", "green")), "moved", publish_cloudwatch_metrics="Enabled", **baseline)
    violations = files["constraint_violations.json"]["violations"]
    assert message == f"CompletedWithViolations: Job completed successfully with {len(violations)} violations."
    drifts = {one["feature_name"]: one["description"] for one in violations if one["constraint_check_type"] == "baseline_drift_check"}
    assert set(drifts) == {"amount", "colour"}
    distance, threshold = re.fullmatch(r"Baseline drift distance: (\S+) exceeds threshold: (\S+)", drifts["amount"]).groups()
    assert 0.2 < float(distance) < 0.5 and float(threshold) == 0.1
    assert "categorical_values_check" in {one["constraint_check_type"] for one in violations}
    metrics = [json.loads(line) for line in (tmp_path / "output/metrics/cloudwatch/cloudwatch_metrics.jsonl").read_text().splitlines()]
    metrics = {metric["MetricName"]: metric for metric in metrics}
    assert metrics["feature_baseline_drift_amount"]["Value"] == float(distance)
    assert metrics["feature_non_null_amount"]["Value"] == metrics["feature_data_amount"]["StatisticValues"]["SampleCount"]
    assert set(metrics["feature_data_amount"]["StatisticValues"]) == {"SampleCount", "Sum", "Minimum", "Maximum"}
    assert "feature_data_colour" not in metrics
    record = json.loads((tmp_path / "output/drift.json").read_text())
    assert {row["name"]: row["drifted"] for row in record["columns"]} == {"amount": True, "visits": False, "colour": True}


def test_model_monitor_reads_the_sketches_of_aws(analyze, tmp_path):
    """A KLL sketch as AWS writes it: an item of level l stands for 2^l values; the older file's misspelt key counts, too."""
    folder = tmp_path / "processing/aws"
    folder.mkdir(parents=True)
    sketch = {"parameters": {"c": 0.64, "k": 2048.0}, "data": [[1.0, 2.0], [3.0, 4.0, 5.0]]}
    feature = {"name": "x", "inferred_type": "Integral", "numerical_statistics": {"common": {"num_present": 8, "num_missing": 0}, "distribution": {"kll": {"buckets": [], "sketch": sketch}}}}
    (folder / "statistics.json").write_text(json.dumps({"version": 0, "dataset": {"item_count": 8}, "features": [feature]}))
    config = {"distribution_constraints": {"perform_comparison": "Enabled", "comparison_threshold": 0.1, "comparion_method": "Simple"}}
    (folder / "constraints.json").write_text(json.dumps({"version": 0, "features": [{"name": "x", "inferred_type": "Integral", "completeness": 1.0}], "monitoring_config": config}))
    files, _ = analyze("x\n" + "5\n" * 6 + "1\n2\n", "out", baseline_statistics="/opt/ml/processing/aws/statistics.json", baseline_constraints="/opt/ml/processing/aws/constraints.json")
    (violation,) = files["constraint_violations.json"]["violations"]
    # Below 5 lie 6 of the 8 that the sketch stands for, and 2 of the 8 rows.
    assert violation["description"] == "Baseline drift distance: 0.5 exceeds threshold: 0.1"


@pytest.mark.parametrize(
    "variables, words",
    [
        ({"dataset_format": '{"sagemakerCaptureJson": {}}'}, "sagemakerCaptureJson is not read"),
        ({"record_preprocessor_script": "/opt/ml/x.py"}, "record_preprocessor_script is a Python program"),
        ({"dataset_source": ""}, "no dataset_source"),
        ({"baseline_constraints": "/opt/ml/processing/none.json"}, "none.json"),
    ],
)
def test_model_monitor_says_what_it_cannot(analyze, variables, words):
    _, message = analyze(monitored(20, 4), "out", fails=True, **variables)
    assert message.startswith("Failed: ClientError: ") and words in message
