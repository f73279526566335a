"""`train`, `evaluate` and `infer` agree with scikit-learn and with XGBoost's Python package."""
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs, make_classification, make_regression
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge
from sklearn.utils.class_weight import compute_sample_weight

from conftest import kit_path

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def write(folder, features, labels=None):
    folder.mkdir(exist_ok=True)
    pd.DataFrame(features).to_csv(folder / "features.csv", header=False, index=False)
    if labels is not None:
        pd.DataFrame(labels).to_csv(folder / "labels.csv", header=False, index=False)


def model_of(tmp_path):
    return json.loads((tmp_path / "model/model.json").read_text())["model"]


@pytest.fixture
def binary(tmp_path):
    features, labels = make_classification(1200, 12, n_informative=6, weights=[0.7], flip_y=0.1, random_state=4)
    write(tmp_path / "train", features[:800], labels[:800])
    write(tmp_path / "test", features[800:], labels[800:])
    return features[:800], labels[:800], features[800:], labels[800:]


@pytest.fixture
def regression(tmp_path):
    features, values = make_regression(500, 15, n_informative=6, noise=12, bias=7, random_state=2)
    features = np.column_stack([features, 3 + np.round(features[:, 0] * 50)])  # nearly a copy of a column
    write(tmp_path / "train", features, values)
    return features, values


@pytest.mark.parametrize("options, reference", [
    ({}, {}),
    ({"C": 0.05, "class_weight": "balanced"}, {"C": 0.05, "class_weight": "balanced"}),
    ({"fit_intercept": "false"}, {"fit_intercept": False}),
])  # fmt: skip
def test_logistic_regression_takes_scikit_learns_steps(kit, tmp_path, binary, options, reference):
    train_features, train_labels, test_features, _ = binary
    trained = kit("train", "train", "--model", "model", *(f"--set={k}={v}" for k, v in options.items()))
    theirs = LogisticRegression(**reference).fit(train_features, train_labels)
    assert trained["iterations"] == theirs.n_iter_[0]
    ours = model_of(tmp_path)
    np.testing.assert_allclose(ours["weights"], theirs.coef_[0], rtol=1e-7)
    np.testing.assert_allclose(ours["intercepts"], np.atleast_1d(theirs.intercept_), rtol=1e-7, atol=1e-12)
    kit("infer", "model", "test", "--output", "predictions.csv")
    predictions = pd.read_csv(tmp_path / "predictions.csv", header=None).to_numpy()
    np.testing.assert_array_equal(predictions[:, 0], theirs.predict(test_features))
    np.testing.assert_allclose(predictions[:, 1], theirs.predict_proba(test_features)[:, 1], rtol=1e-6)


@pytest.mark.parametrize("l1_ratio", [1, 0.4])
def test_logistic_regression_with_an_l1_penalty(kit, tmp_path, binary, l1_ratio):
    features, labels, _, _ = binary
    kit("train", "train", "--model", "model", "--set", "C=0.02", "--set", f"l1_ratio={l1_ratio}", "--set", "max_iter=2000",
        "--set", "tol=1e-9")  # fmt: skip
    theirs = LogisticRegression(l1_ratio=l1_ratio, solver="saga", C=0.02, tol=1e-8, max_iter=20000).fit(features, labels)
    np.testing.assert_allclose(model_of(tmp_path)["weights"], theirs.coef_[0], atol=1e-5)
    assert 0 < (theirs.coef_ == 0).sum() == (np.array(model_of(tmp_path)["weights"]) == 0).sum()


def test_logistic_regression_with_three_classes(kit, tmp_path):
    features, labels = make_classification(900, 8, n_informative=5, n_classes=3, random_state=1)
    write(tmp_path / "train", features, labels)
    kit("train", "train", "--model", "model")
    theirs = LogisticRegression().fit(features, labels)
    np.testing.assert_allclose(model_of(tmp_path)["weights"], theirs.coef_.ravel(), rtol=1e-5, atol=1e-7)
    result = kit("evaluate", "model", "train", "--bootstrap", 0)
    probabilities = theirs.predict_proba(features)
    assert result["metrics"]["accuracy"] == pytest.approx(theirs.score(features, labels), abs=1e-12)
    assert result["metrics"]["log_loss"] == pytest.approx(metrics.log_loss(labels, probabilities), rel=1e-6)
    assert result["metrics"]["roc_auc_ovr"] == pytest.approx(metrics.roc_auc_score(labels, probabilities, multi_class="ovr"), rel=1e-6)


@pytest.mark.parametrize("options, reference", [
    ({}, LinearRegression()),
    ({"alpha": 2}, Ridge(2)),
    ({"alpha": 2, "fit_intercept": "false"}, Ridge(2, fit_intercept=False)),
    ({"alpha": 0.5, "l1_ratio": 1, "tol": 1e-9}, Lasso(0.5, tol=1e-9)),
    ({"alpha": 0.5, "l1_ratio": 0.3, "tol": 1e-9}, ElasticNet(0.5, l1_ratio=0.3, tol=1e-9)),
])  # fmt: skip
def test_linear_regression(kit, tmp_path, regression, options, reference):
    features, values = regression
    kit("train", "train", "--algorithm", "linear", "--model", "model", *(f"--set={k}={v}" for k, v in options.items()))
    theirs = reference.fit(features, values)
    tolerance = 1e-4 if "l1_ratio" in options else 1e-9
    np.testing.assert_allclose(model_of(tmp_path)["weights"], theirs.coef_, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(model_of(tmp_path)["intercepts"], [theirs.intercept_], rtol=tolerance, atol=tolerance)


def test_least_squares_of_dependent_columns_is_the_shortest_solution(kit, tmp_path, regression):
    features, values = regression
    features = np.column_stack([features[:, :3], features[:, 0] + features[:, 1]])
    write(tmp_path / "train", features, values)
    kit("train", "train", "--algorithm", "linear", "--model", "model")
    theirs = LinearRegression().fit(features, values)
    np.testing.assert_allclose(model_of(tmp_path)["weights"], theirs.coef_, rtol=1e-8)


def test_metrics_of_two_classes(kit, tmp_path, binary):
    _, _, test_features, labels = binary
    pd.DataFrame({"town": np.where(test_features[:, 0] > 0, "Ulm", "Aachen")}).to_csv(tmp_path / "test/kept.csv", index=False)
    kit("train", "train", "--model", "model")
    result = kit("evaluate", "model", "test", "--output", "evaluation")
    kit("infer", "model", "test", "--output", "predictions.csv")
    predicted, scores = pd.read_csv(tmp_path / "predictions.csv", header=None).to_numpy().T
    expected = {
        "accuracy": metrics.accuracy_score(labels, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(labels, predicted),
        "matthews": metrics.matthews_corrcoef(labels, predicted),
        "log_loss": metrics.log_loss(labels, scores),
        "precision": metrics.precision_score(labels, predicted),
        "recall": metrics.recall_score(labels, predicted),
        "f1": metrics.f1_score(labels, predicted),
        "roc_auc": metrics.roc_auc_score(labels, scores),
        "roc_auc_from_labels": metrics.roc_auc_score(labels, predicted),
        "average_precision": metrics.average_precision_score(labels, scores),
        "brier": metrics.brier_score_loss(labels, scores),
    }
    assert result["metrics"] == pytest.approx(expected, rel=1e-12)
    theirs = metrics.classification_report(labels, predicted.astype(int), output_dict=True)
    for name, line in theirs.items():
        assert result["report"][name] == pytest.approx(line, rel=1e-12), name
    assert result["confusion_matrix"] == metrics.confusion_matrix(labels, predicted).tolist()
    false_rate, true_rate, _ = metrics.roc_curve(labels, scores)
    np.testing.assert_allclose(result["curves"]["roc"]["false_positive_rate"], false_rate, rtol=1e-12)
    np.testing.assert_allclose(result["curves"]["roc"]["true_positive_rate"], true_rate, rtol=1e-12)
    precision, recall, _ = metrics.precision_recall_curve(labels, scores)
    np.testing.assert_allclose(result["curves"]["precision_recall"]["precision"], precision, rtol=1e-12)
    np.testing.assert_allclose(result["curves"]["precision_recall"]["recall"], recall, rtol=1e-12)
    shares, means = calibration_curve(labels, scores, n_bins=10)
    np.testing.assert_allclose(result["curves"]["calibration"]["share_positive"], shares, rtol=1e-12)
    np.testing.assert_allclose(result["curves"]["calibration"]["mean_probability"], means, rtol=1e-12)
    interval = result["intervals"]["metrics"]["roc_auc"]
    assert interval["low"] < expected["roc_auc"] < interval["high"] < interval["low"] + 0.2
    for part in result["slices"]:
        chosen = (test_features[:, 0] > 0) == (part["value"] == "Ulm")
        assert part["rows"] == chosen.sum()
        assert part["metrics"]["roc_auc"] == pytest.approx(metrics.roc_auc_score(labels[chosen], scores[chosen]), rel=1e-12)
    assert len(result["slices"]) == 2
    mlmax = json.loads((tmp_path / "evaluation/evaluation.json").read_text())
    assert mlmax["roc_auc"] == expected["roc_auc"] and mlmax["1"] == pytest.approx(theirs["1"])
    monitor = json.loads((tmp_path / "evaluation/model_quality.json").read_text())["binary_classification_metrics"]
    assert monitor["auc"]["value"] == expected["roc_auc"] and monitor["auc"]["standard_deviation"] > 0
    assert monitor["f2"]["value"] == pytest.approx(metrics.fbeta_score(labels, predicted, beta=2))
    constant = DummyClassifier(strategy="prior").fit(test_features, labels)
    shares = constant.predict_proba(test_features)
    assert result["constant"]["predicts"] == constant.predict(test_features)[0]
    assert result["constant"]["metrics"]["log_loss"] == pytest.approx(metrics.log_loss(labels, shares), rel=1e-12)
    assert monitor["accuracy_best_constant_classifier"]["value"] == pytest.approx(constant.score(test_features, labels), rel=1e-12)
    assert monitor["auc_best_constant_classifier"]["value"] == 0.5
    page = (tmp_path / "evaluation/evaluation.html").read_text()
    assert page.count("<svg") == 3 and "town = Ulm" in page and f"{expected['roc_auc']:.5g}" in page
    assert len(page) < 100_000 and "http" not in page  # aggregates alone, nothing fetched
    assert monitor["confusion_matrix"]["1"]["0"] == ((labels == 1) & (predicted == 0)).sum()


def test_an_evaluation_beside_an_earlier_one(kit, tmp_path, binary):
    kit("train", "train", "--model", "model")
    kit("train", "train", "--model", "poor", "--set", "max_iter=1")
    before = kit("evaluate", "model", "test", "--output", "before")
    assert all(not metric["worse"] for metric in kit("evaluate", "model", "test", "--against", "before")["against"]["metrics"].values())
    worse = kit("evaluate", "poor", "test", "--against", "before", status=3)["against"]["metrics"]["log_loss"]
    assert worse["worse"] and worse["before"] == before["metrics"]["log_loss"] < worse["now"]
    assert worse["difference"] == pytest.approx(worse["now"] - worse["before"])
    kit("evaluate", "poor", "test", "--against", "before/evaluation_full.json", "--tolerance", "1")
    refused = kit("evaluate", "poor", "test", "--against", "before/model_quality.json", fails=True)
    assert "is no evaluation_full.json" in refused


@pytest.mark.parametrize("option, reference", [
    ("balanced", "balanced"),
    ("0:1,1:5", {0: 1, 1: 5}),
    ("1:0.25", {1: 0.25}),
])  # fmt: skip
def test_class_weights(kit, tmp_path, binary, xgboost, option, reference):
    features, labels, *_ = binary
    kit("train", "train", "--model", "model", "--set", f"class_weight={option}", "--set", "tol=1e-8", "--set", "max_iter=1000")
    theirs = LogisticRegression(class_weight=reference, tol=1e-8, max_iter=1000).fit(features, labels)
    np.testing.assert_allclose(model_of(tmp_path)["weights"], theirs.coef_[0], rtol=1e-5)
    kit("train", "train", "--algorithm", "xgboost", "--model", "trees", "--set", "num_round=5", "--set", f"class_weight={option}")
    kit("infer", "trees", "train", "--output", "predictions.csv")
    rows = xgboost.DMatrix(features, labels, weight=compute_sample_weight(reference, labels))
    booster = xgboost.train({"objective": "binary:logistic", "nthread": 1}, rows, 5)
    found = pd.read_csv(tmp_path / "predictions.csv", header=None)[1]
    np.testing.assert_allclose(found, booster.predict(xgboost.DMatrix(features)), rtol=1e-5)


@pytest.mark.parametrize("option", ["heavy", "0:1,", "0:-1", "0:inf", "7:2", "0=1"])
def test_class_weights_that_are_none(kit, tmp_path, binary, option):
    for algorithm in ("logistic", "xgboost"):
        said = kit("train", "train", "--algorithm", algorithm, "--model", "model", "--set", f"class_weight={option}", fails=True)
        assert "class_weight" in said
    assert not (tmp_path / "model").exists()


def write_model(tmp_path, weights, intercepts, features, classes=2):
    """A logistic model made by hand, so that its scores are what a test wants."""
    (tmp_path / "model").mkdir(exist_ok=True)
    model = {"logistic": True, "outputs": len(intercepts), "weights": weights, "intercepts": intercepts, "classes": [], "features": features, "iterations": 1, "converged": True}
    about = {"kind": "penstock-model", "format": 1, "algorithm": "logistic", "problem": "classification", "classes": [], "features": features, "model": model}
    (tmp_path / "model/model.json").write_text(json.dumps(about))


HARD = {  # labels, logits
    "many ties": ([0, 1] * 40 + [1] * 20, [-1, -1, 0, 0, 2, 2, 2, -3, 0.5, 0.5] * 10),
    "all scores equal": ([0, 1, 1, 0, 1], [0.3] * 5),
    "perfect": ([0, 0, 0, 1, 1], [-5, -4, -3, 3, 4]),
    "all wrong": ([1, 1, 0, 0], [-2, -1, 1, 2]),
    "certain, and wrong": ([1, 0, 1], [-800, 800, 40]),
    "no positive label": ([0, 0, 0, 0], [-1, 1, 2, -2]),
    "no negative label": ([1, 1, 1], [-1, 1, 2]),
    "nothing is predicted positive": ([1, 0, 1, 0], [-1, -2, -3, -4]),
    "one class in labels and predictions": ([0, 0, 0], [-1, -2, -3]),
    "two rows": ([0, 1], [1, 2]),
    "scores at the edges of bins": ([0, 1, 1, 0, 1, 0], [0, 0, math.log(0.2 / 0.8), math.log(0.1 / 0.9), math.log(0.3 / 0.7), math.log(0.9 / 0.1)]),
    "a straight curve": ([1, 1, 1, 0, 0, 0, 1], [6, 5, 4, 3, 2, 1, 0]),
}


@pytest.mark.parametrize("case", HARD)
def test_metrics_of_hard_cases_are_scikit_learns(kit, tmp_path, case):
    labels, logits = (np.array(values) for values in HARD[case])
    write(tmp_path / "test", logits[:, None], labels)
    write_model(tmp_path, [1.0], [0.0], ["x"])
    result = kit("evaluate", "model", "test", "--output", "evaluation")
    kit("infer", "model", "test", "--output", "predictions.csv")
    predicted, scores = pd.read_csv(tmp_path / "predictions.csv", header=None).to_numpy().T
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(scores, 1 / (1 + np.exp(-logits.astype(float))), rtol=1e-14)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = {
            "accuracy": metrics.accuracy_score(labels, predicted),
            "balanced_accuracy": metrics.balanced_accuracy_score(labels, predicted),
            "matthews": metrics.matthews_corrcoef(labels, predicted),
            "log_loss": metrics.log_loss(labels, np.stack([1 - scores, scores], 1), labels=[0, 1]),
            "precision": metrics.precision_score(labels, predicted, zero_division=0),
            "recall": metrics.recall_score(labels, predicted, zero_division=0),
            "f1": metrics.f1_score(labels, predicted, zero_division=0),
            "roc_auc": metrics.roc_auc_score(labels, scores),
            "roc_auc_from_labels": metrics.roc_auc_score(labels, predicted),
            "average_precision": metrics.average_precision_score(labels, scores),
            "brier": metrics.brier_score_loss(labels, scores, pos_label=1),
        }
        report = metrics.classification_report(labels, predicted.astype(int), output_dict=True, zero_division=0)
        roc = metrics.roc_curve(labels, scores)
        pr = metrics.precision_recall_curve(labels, scores)
        shares, means = calibration_curve(labels, scores, n_bins=10)
    found = {name: math.nan if value is None else value for name, value in result["metrics"].items()}
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-15, nan_ok=True)
    assert set(result["report"]) == set(report)
    for name, line in report.items():
        assert result["report"][name] == pytest.approx(line, rel=1e-12), name

    def curve(name, member):
        return np.array([math.nan if value is None else float(value) for value in result["curves"][name][member]])

    np.testing.assert_allclose(curve("roc", "false_positive_rate"), roc[0], rtol=1e-12)
    np.testing.assert_allclose(curve("roc", "true_positive_rate"), roc[1], rtol=1e-12)
    np.testing.assert_allclose(curve("roc", "threshold")[1:], roc[2][1:], rtol=1e-12)
    np.testing.assert_allclose(curve("precision_recall", "precision"), pr[0], rtol=1e-12)
    np.testing.assert_allclose(curve("precision_recall", "recall"), pr[1], rtol=1e-12)
    np.testing.assert_allclose(curve("precision_recall", "threshold")[:-1], pr[2], rtol=1e-12)
    np.testing.assert_allclose(curve("calibration", "share_positive"), shares, rtol=1e-12)
    np.testing.assert_allclose(curve("calibration", "mean_probability"), means, rtol=1e-12)


def test_classes_that_do_not_occur(kit, tmp_path):
    """Four classes of the model, of which the test rows have two and predictions a third."""
    features = np.array([[9, 0, 0, 0], [0, 9, 0, 0], [9, 0, 1, 0], [0, 1, 9, 0], [0, 9, 2, 0], [1, 9, 0, 0.0]])
    labels = np.array([0, 1, 0, 1, 1, 0])
    write(tmp_path / "test", features, labels)
    write_model(tmp_path, np.eye(4).ravel().tolist(), [0.0] * 4, list("abcd"))
    result = kit("evaluate", "model", "test", "--output", "evaluation")
    predicted = features.argmax(1)
    odds = np.exp(features - features.max(1, keepdims=True))
    probabilities = odds / odds.sum(1, keepdims=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = metrics.classification_report(labels, predicted, output_dict=True, zero_division=0)
        balanced = metrics.balanced_accuracy_score(labels, predicted)
    assert set(result["report"]) == set(report) == {"0", "1", "2", "accuracy", "macro avg", "weighted avg"}
    for name, line in report.items():
        assert result["report"][name] == pytest.approx(line, rel=1e-12), name
    assert result["metrics"]["balanced_accuracy"] == pytest.approx(balanced, rel=1e-12)
    assert result["metrics"]["matthews"] == pytest.approx(metrics.matthews_corrcoef(labels, predicted), rel=1e-12)
    assert result["metrics"]["log_loss"] == pytest.approx(metrics.log_loss(labels, probabilities, labels=range(4)), rel=1e-12)
    assert result["metrics"]["roc_auc_ovr"] is None, "without a row of a class there is no curve of it"


@pytest.mark.parametrize("labels, predicted", [
    ([0.0, 1.0, 2.0, 0.0], [0.5, 1.0, 1.5, 0.0]),  # a relative error to 0
    ([3.0, 3.0, 3.0], [3.0, 3.0, 3.0]),  # constant and met
    ([3.0, 3.0, 3.0], [3.0, 3.0, 4.0]),  # constant and missed
    ([2.0], [3.0]),
    ([1e150, -1e150, 5.0], [1e150, -1e150, 4.0]),
    ([1e9 + 1, 1e9 + 2, 1e9 + 3], [1e9 + 1, 1e9 + 2, 1e9 + 2]),
])  # fmt: skip
def test_metrics_of_hard_numbers_are_scikit_learns(kit, tmp_path, labels, predicted):
    write(tmp_path / "test", np.array(predicted)[:, None], np.array(labels))
    write_model(tmp_path, [1.0], [0.0], ["x"])
    about = json.loads((tmp_path / "model/model.json").read_text())
    about.update(algorithm="linear", problem="regression")
    about["model"]["logistic"] = False
    (tmp_path / "model/model.json").write_text(json.dumps(about))
    result = kit("evaluate", "model", "test", "--output", "evaluation")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = {
            "mae": metrics.mean_absolute_error(labels, predicted),
            "mse": metrics.mean_squared_error(labels, predicted),
            "rmse": metrics.root_mean_squared_error(labels, predicted),
            "mape": metrics.mean_absolute_percentage_error(labels, predicted),
            "r2": metrics.r2_score(labels, predicted),
            "median_absolute_error": metrics.median_absolute_error(labels, predicted),
            "max_error": metrics.max_error(labels, predicted),
            "explained_variance": metrics.explained_variance_score(labels, predicted),
        }
    found = {name: math.nan if value is None else value for name, value in result["metrics"].items()}
    assert found == pytest.approx({n: v if math.isfinite(v) else math.nan for n, v in expected.items()}, rel=1e-12, nan_ok=True)


def test_metrics_of_numbers(kit, tmp_path, regression):
    _, values = regression
    kit("train", "train", "--algorithm", "linear", "--model", "model", "--set", "alpha=50")
    result = kit("evaluate", "model", "train", "--output", "evaluation")
    kit("infer", "model", "train", "--output", "predictions.csv")
    predicted = pd.read_csv(tmp_path / "predictions.csv", header=None).to_numpy().ravel()
    expected = {
        "mae": metrics.mean_absolute_error(values, predicted),
        "mse": metrics.mean_squared_error(values, predicted),
        "rmse": metrics.root_mean_squared_error(values, predicted),
        "mape": metrics.mean_absolute_percentage_error(values, predicted),
        "r2": metrics.r2_score(values, predicted),
        "median_absolute_error": metrics.median_absolute_error(values, predicted),
        "max_error": metrics.max_error(values, predicted),
        "explained_variance": metrics.explained_variance_score(values, predicted),
    }
    assert result["metrics"] == pytest.approx(expected, rel=1e-12)
    assert sum(result["curves"]["calibration"]["rows"]) == len(values)
    assert 0.97 * len(values) < sum(result["curves"]["errors"]["rows"]) <= len(values)
    assert (tmp_path / "evaluation/evaluation.html").read_text().count("<svg") == 2
    assert result["intervals"]["metrics"]["mae"]["low"] < expected["mae"] < result["intervals"]["metrics"]["mae"]["high"]


def test_kmeans(kit, tmp_path):
    features, _ = make_blobs(600, 4, centers=5, cluster_std=2.5, random_state=3)
    write(tmp_path / "train", features)
    trained = kit("train", "train", "--algorithm", "kmeans", "--model", "model", "--set", "k=5")
    theirs = KMeans(5, n_init=10, random_state=0).fit(features)
    assert trained["inertia"] == pytest.approx(theirs.inertia_, rel=1e-3)
    kit("infer", "model", "train", "--output", "predictions.csv")
    predictions = pd.read_csv(tmp_path / "predictions.csv", header=None).to_numpy()
    assert metrics.adjusted_rand_score(theirs.labels_, predictions[:, 0]) > 0.98
    assert predictions[:, 1].sum() == pytest.approx(trained["inertia"])
    first = (tmp_path / "model/model.json").read_bytes()
    kit("train", "train", "--algorithm", "kmeans", "--model", "model", "--set", "k=5")
    assert (tmp_path / "model/model.json").read_bytes() == first  # the same seed, the same model


def test_pca(kit, tmp_path, regression):
    features, _ = regression
    kit("train", "train", "--algorithm", "pca", "--model", "model", "--set", "components=3")
    theirs = PCA(3, svd_solver="covariance_eigh").fit(features)
    ours = model_of(tmp_path)
    np.testing.assert_allclose(np.reshape(ours["directions"], (3, -1)), theirs.components_, atol=1e-9)
    np.testing.assert_allclose(ours["shares"], theirs.explained_variance_ratio_, rtol=1e-9)
    kit("infer", "model", "train", "--output", "predictions.csv")
    coordinates = pd.read_csv(tmp_path / "predictions.csv", header=None).to_numpy()
    np.testing.assert_allclose(coordinates, theirs.transform(features), atol=1e-8)


@pytest.fixture(scope="module")
def xgboost():
    """XGBoost's Python package, from the environment that the kit opens its library in."""
    found = subprocess.run([ROOT / "scripts/python_environment.sh", "--find", ROOT / "runtimes/kit.txt"], capture_output=True, text=True)
    packages = list(pathlib.Path(found.stdout.strip() or "/none").glob("lib/python3*/site-packages"))
    if not packages:
        pytest.skip("the environment of runtimes/kit.txt is not made")
    sys.path.append(str(packages[0]))
    try:
        import xgboost

        yield xgboost
    finally:
        sys.path.remove(str(packages[0]))


def test_xgboost_is_the_python_packages(kit, tmp_path, binary, xgboost):
    train_features, train_labels, test_features, test_labels = binary
    settings = ["--set=num_round=40", "--set=max_depth=3", "--set=eta=0.2", "--set=eval_metric=logloss"]
    kit("train", "train", "--algorithm", "xgboost", "--validation", "test", "--model", "model", *settings)
    kit("infer", "model", "test", "--output", "predictions.csv")
    predictions = pd.read_csv(tmp_path / "predictions.csv", header=None).to_numpy()
    parameters = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.2, "nthread": 1, "seed": 0}
    theirs = xgboost.train(parameters, xgboost.DMatrix(train_features, train_labels), 40)
    expected = theirs.predict(xgboost.DMatrix(test_features))
    np.testing.assert_allclose(predictions[:, 1], expected, rtol=1e-6)
    # Its files are read by either side.
    loaded = xgboost.Booster(model_file=tmp_path / "model/xgboost-model.json")
    np.testing.assert_allclose(loaded.inplace_predict(test_features), expected, rtol=1e-6)
    for name in ["own.json", "own.ubj"]:
        theirs.save_model(tmp_path / name)
        result = kit("evaluate", name, "test", "--bootstrap", 0)
        assert result["metrics"]["roc_auc"] == pytest.approx(metrics.roc_auc_score(test_labels, expected), rel=1e-9)


def test_xgboost_stops_early_at_its_best_round(kit, tmp_path, binary, xgboost):
    result = kit("train", "train", "--algorithm", "xgboost", "--validation", "test", "--model", "model",
                 "--set=num_round=500", "--set=early_stopping_rounds=5", "--set=eval_metric=logloss")  # fmt: skip
    losses = result["history"]["validation-logloss"]
    assert len(losses) < 500 and result["best_round"] == int(np.argmin(losses)) == len(losses) - 6
    loaded = xgboost.Booster(model_file=tmp_path / "model/xgboost-model.json")
    assert loaded.num_boosted_rounds() == result["best_round"] + 1
    assert result["validation"]["log_loss"] == pytest.approx(min(losses), rel=1e-4)


def test_xgboost_takes_missing_values_and_three_classes(kit, tmp_path, xgboost):
    features, labels = make_classification(600, 6, n_informative=5, n_redundant=0, n_classes=3, random_state=1)
    features[np.random.RandomState(0).random_sample(features.shape) < 0.1] = np.nan
    write(tmp_path / "train", features, labels)
    (tmp_path / "train/prepared.json").write_text(json.dumps({"classes": ["a", "b", "c"], "features": []}))
    kit("train", "train", "--algorithm", "xgboost", "--model", "model", "--set=num_round=10")
    kit("infer", "model", "train", "--output", "predictions.csv")
    parameters = {"objective": "multi:softprob", "num_class": 3, "nthread": 1, "seed": 0}
    theirs = xgboost.train(parameters, xgboost.DMatrix(features, labels), 10).predict(xgboost.DMatrix(features))
    predictions = pd.read_csv(tmp_path / "predictions.csv", header=None).to_numpy()
    np.testing.assert_allclose(predictions[:, 1:], theirs, rtol=1e-5)
    np.testing.assert_array_equal(predictions[:, 0], theirs.argmax(axis=1))


def test_a_model_of_a_newer_xgboost_is_refused(kit, tmp_path, binary, xgboost):
    features, labels, _, _ = binary
    theirs = xgboost.train({"objective": "binary:logistic", "nthread": 1}, xgboost.DMatrix(features, labels), 3)
    theirs.save_model(tmp_path / "own.json")
    theirs.save_model(tmp_path / "own.ubj")
    text = json.loads((tmp_path / "own.json").read_text())
    major, minor, patch = text["version"]
    text["version"] = [major + 1, 0, 0]
    (tmp_path / "newer.json").write_text(json.dumps(text))
    binary_text = (tmp_path / "own.ubj").read_bytes()
    mark = binary_text.rindex(b"version") + len(b"version")
    (tmp_path / "newer.ubj").write_bytes(binary_text[:mark] + binary_text[mark:].replace(b"i%c" % major, b"i%c" % (major + 1), 1))
    (tmp_path / "old.model").write_bytes(b"binf" + bytes(100))
    for name, said in [("newer.json", f"written by XGBoost {major + 1}.0"), ("newer.ubj", f"written by XGBoost {major + 1}."),
                       ("old.model", "the binary format")]:  # fmt: skip
        error = kit("infer", name, "test", "--output", "predictions.csv", fails=True)
        assert said in error and not (tmp_path / "predictions.csv").exists()


def test_a_model_is_read_from_its_archive_and_moves_with_its_folder(kit, tmp_path, binary):
    kit("train", "train", "--model", "model")
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "model/model.json", "model.json")
    shutil.move(tmp_path / "model", tmp_path / "moved")
    results = [kit("evaluate", name, "test", "--bootstrap", 0) for name in ["moved", "model.tar.gz", "moved/model.json"]]
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("arguments, said", [
    (["--algorithm", "logistik"], "did you mean 'logistic'?"),
    (["--set", "max_itre=3"], "did you mean 'max_iter'?"),
    (["--set", "C=-1"], "option C=-1"),
    (["--set", "C"], "NAME=VALUE is needed"),
    (["--algorithm", "xgboost", "--set", "max_depth=deep"], "XGBoost"),
    (["--algorithm", "xgboost", "--set", "early_stopping_rounds=5"], "needs --validation"),
    (["--algorithm", "kmeans", "--set", "k=5000"], "5000 clusters of 800 rows"),
])  # fmt: skip
def test_what_is_wrong_is_said(kit, tmp_path, binary, arguments, said):
    error = kit("train", "train", "--model", "model", *arguments, fails=True)
    assert said in error and not (tmp_path / "model").exists()


def test_data_that_does_not_fit_is_refused(kit, tmp_path, binary):
    features, labels, test_features, _ = binary
    kit("train", "train", "--model", "model")
    write(tmp_path / "narrow", test_features[:, :5])
    assert "takes 12 features, the data has 5" in kit("infer", "model", "narrow", "--output", "p.csv", fails=True)
    write(tmp_path / "one", features, np.zeros(len(labels)))
    assert "at least two classes" in kit("train", "one", "--model", "m", fails=True)
    write(tmp_path / "short", features, labels[:-1])
    assert "800 rows of features but 799 labels" in kit("train", "short", "--model", "m", fails=True)
    features[17, 3] = np.nan
    write(tmp_path / "holey", features, labels)
    assert "'f3' is missing or infinite in row 18" in kit("train", "holey", "--model", "m", fails=True)
    kit("train", "train", "--model", "model")
    assert "'f3' is missing or infinite in row 18" in kit("infer", "model", "holey", "--output", "p.csv", fails=True)
    wrong = np.where(np.arange(len(labels)) == 4, 2, labels)
    write(tmp_path / "wrong", np.nan_to_num(features), wrong)
    for arguments in [("train", "train", "--validation", "wrong", "--model", "m"), ("evaluate", "model", "wrong")]:
        assert "the label of row 5 is 2, the model knows classes 0 to 1" in kit(*arguments, fails=True)
    write(tmp_path / "unlabelled", features)
    assert "no labels.csv" in kit("evaluate", "model", "unlabelled", fails=True)
    assert "no such" in kit("train", "nowhere", "--model", "m", fails=True).lower()


@pytest.mark.parametrize("damage", [
    lambda model: model.update(kind="other"),
    lambda model: model.update(format=2),
    lambda model: model.update(algorithm="magic"),
    lambda model: model["model"].update(weights=[1, 2]),
    lambda model: model["model"].update(outputs=0),
    lambda model: model["model"].update(outputs=10**15),
    lambda model: model.update(model=None),
    lambda model: model.update(features=7),
])  # fmt: skip
def test_a_damaged_model_is_refused(kit, tmp_path, binary, damage):
    kit("train", "train", "--model", "model")
    model = json.loads((tmp_path / "model/model.json").read_text())
    damage(model)
    (tmp_path / "model/model.json").write_text(json.dumps(model))
    error = kit("infer", "model", "test", "--output", "p.csv", fails=True)
    assert error.startswith("penstock-kit: ") and error.count("\n") == 1 and not (tmp_path / "p.csv").exists()


def test_census_oracle(kit, tmp_path, census_csv):
    """The figures of the scikit-learn example, natively: accuracy 0.751049, AUC 0.844467."""
    sys.path.insert(0, str(ROOT / "examples/census/scripts"))
    import census

    recipe = {
        "target": {"column": census.TARGET, "classes": census.CLASSES},
        "rows": {"drop_missing": True, "drop_duplicates": True},
        "split": {"by": "random", "test": 0.3, "seed": 0},
        "features": [
            {"columns": census.BINNED, "transform": "bins", "count": 10},
            {"columns": census.SCALED, "transform": "standard"},
            {"columns": census.CATEGORICAL, "transform": "onehot", "unknown": "ignore"},
        ],
    }
    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe))
    kit("preprocess", "fit", "recipe.yaml", census_csv, "--state", "s.json", "--train", "train", "--test", "test")
    kit("train", "train", "--model", "model", "--set", "class_weight=balanced")
    found = kit("evaluate", "model", "test", "--bootstrap", 0)["metrics"]
    assert found["accuracy"] == pytest.approx(0.751049, abs=5e-7)
    assert found["roc_auc"] == pytest.approx(0.844467, abs=5e-7)
    assert found["roc_auc_from_labels"] == pytest.approx(0.757927, abs=5e-7)


def test_features_are_the_models_by_name(kit, tmp_path):
    random = np.random.default_rng(4)
    rows = pd.DataFrame({"y": random.integers(0, 2, 60), "a": random.normal(size=60), "b": random.normal(size=60)})
    rows.to_csv(tmp_path / "rows.csv", index=False)
    rows[["y", "b", "a"]].to_csv(tmp_path / "swapped.csv", index=False)
    kit("train", "rows.csv", "--model", "model")
    expected = kit("evaluate", "model", "rows.csv")["metrics"]
    words = "feature 1 of the model is 'a', of the data 'b'"
    assert words in kit("evaluate", "model", "swapped.csv", fails=True)
    assert words in kit("infer", "model", "swapped.csv", "--labels", "--output", "none.csv", fails=True)
    assert "feature 1 of the model is 'a', of the data 'y'" in kit("infer", "model", "rows.csv", "--columns", "y,b", "--output", "none.csv", fails=True)
    assert not (tmp_path / "none.csv").exists()
    assert kit("evaluate", "model", "swapped.csv", "--columns", "y,a,b")["metrics"] == expected
    rows.to_csv(tmp_path / "plain.csv", index=False, header=False)
    assert kit("evaluate", "model", "plain.csv", "--no-header")["metrics"] == expected


def test_xgboost_has_no_such_parameter(kit, tmp_path):
    (tmp_path / "rows.csv").write_text("y,a\n1,2\n0,1\n")
    arguments = ("train", "rows.csv", "--model", "model", "--algorithm", "xgboost", "--set")
    assert "XGBoost has no parameter 'max_dept'; did you mean 'max_depth'?" in kit(*arguments, "max_dept=3", fails=True)
    kit(*arguments, "reg_lambda=2", "--set", "num_round=2")


# Beyond --memory features lie in a file; what comes out is the same. Dense rows, and rows of which few values are not 0.
@pytest.mark.parametrize("kind", ["dense", "sparse"])
@pytest.mark.parametrize("algorithm, settings", [
    ("logistic", ["max_iter=8"]), ("linear", []), ("linear", ["alpha=0.1", "l1_ratio=0.5"]), ("kmeans", ["k=3", "n_init=1", "max_iter=4"]),
    ("pca", []), ("xgboost", ["num_round=2"]),
])  # fmt: skip
def test_features_beyond_the_memory_change_nothing(kit, tmp_path, algorithm, settings, kind):
    random = np.random.default_rng(5)
    features = random.normal(size=(9_000, 30)).round(3)
    if kind == "sparse":
        features[random.random(features.shape) < 0.4] = 0
        features[:, 4:] = (random.random((9_000, 26)) < 0.1).astype(float)
        features = np.vstack([features] * 3)
    write(tmp_path / "train", features, (features[:, 0] + features[:, 1] > 0.3).astype(int))
    options = [f"--set={setting}" for setting in settings]
    kit("train", "train", "--algorithm", algorithm, "--model", "all", *options)
    kit("train", "train", "--algorithm", algorithm, "--model", "little", "--memory", "1", *options)
    assert (tmp_path / "little/model.json").read_bytes() == (tmp_path / "all/model.json").read_bytes()


def limited(tmp_path, megabytes, *words):
    """A command in a process that may take so much memory."""
    import resource

    limit = megabytes << 20
    return subprocess.run([kit_path(), *map(str, words)], cwd=tmp_path, capture_output=True, text=True,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)))  # fmt: skip


@pytest.mark.skipif("ASAN_OPTIONS" in os.environ or "TSAN_OPTIONS" in os.environ, reason="a sanitizer takes more memory than the limit leaves")
def test_rows_that_do_not_fit_are_an_error_with_their_size(tmp_path):
    rows = 40_000
    (tmp_path / "rows.csv").write_text("y," + ",".join(f"f{i}" for i in range(200)) + "\n" + ("0," + ",".join("12" * 100) + "\n" + "1," + ",".join("21" * 100) + "\n") * (rows // 2))
    spilled = limited(tmp_path, 64, "train", "rows.csv", "--algorithm", "linear", "--set", "alpha=1", "--model", "linear", "--memory", "16")
    assert spilled.returncode == 0, spilled.stderr
    boosted = limited(tmp_path, 64, "train", "rows.csv", "--algorithm", "xgboost", "--model", "boosted", "--memory", "16")
    assert boosted.returncode == 1
    assert "training xgboost on 40000 rows of 200 features takes about 96 MB of memory, and" in boosted.stderr
    (tmp_path / "recipe.yaml").write_text("target: y\nfeatures: [{columns: numeric, transform: pass}]\n")
    for command in [["cv"], ["backtest", "--time", "f0"]]:
        refused = limited(tmp_path, 64, *command, "rows.csv", "--recipe", "recipe.yaml")
        assert refused.returncode == 1
        assert "rows.csv: all rows are held in memory; the rest of them takes about" in refused.stderr
