"""Training jobs that name the images of SageMaker's own algorithms, as their definitions do on AWS: run natively by penstock-kit,
with the metrics that SageMaker defines for them. Needs penstock-kit beside penstock."""
import io
import json
import os
import pathlib
import random
import tarfile
import time

import pytest

from conftest import PENSTOCK, ROLE

XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
pytestmark = pytest.mark.skipif(not pathlib.Path(PENSTOCK).with_name("penstock-kit").exists(), reason="penstock-kit is not built")


@pytest.fixture(scope="module")
def sagemaker(server):
    return server.client("sagemaker")


@pytest.fixture
def bucket(server, unique):
    """Rows of a label and two features, the label first and no header."""
    source = random.Random(1)
    rows = []
    for _ in range(400):
        first, second = source.gauss(0, 1), source.gauss(0, 1)
        rows.append(f"{int(first + second > 0)},{first:.5f},{second:.5f}")
    s3 = server.client("s3")
    s3.create_bucket(Bucket=unique)
    s3.put_object(Bucket=unique, Key="train/part.csv", Body="\n".join(rows[:300]))
    s3.put_object(Bucket=unique, Key="validation/part.csv", Body="\n".join(rows[300:]))
    return unique


def channel(bucket, name, content_type):
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/{name}/", "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, "ContentType": content_type}


def train(sagemaker, name, bucket, image, hyperparameters, content_type="text/csv", channels=("train", "validation"), mode="File"):
    sagemaker.create_training_job(
        TrainingJobName=name,
        RoleArn=ROLE,
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": mode},
        HyperParameters=hyperparameters,
        InputDataConfig=[channel(bucket, name, content_type) for name in channels],
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/models"},
        ResourceConfig={"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 5},
        StoppingCondition={"MaxRuntimeInSeconds": 300},
    )
    for _ in range(1200):
        answer = sagemaker.describe_training_job(TrainingJobName=name)
        if answer["TrainingJobStatus"] not in ("InProgress", "Stopping"):
            return answer
        time.sleep(0.05)
    pytest.fail(f"{name} did not end")


def model_files(server, answer):
    bucket, key = answer["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").split("/", 1)
    archive = tarfile.open(fileobj=io.BytesIO(server.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()))
    return {os.path.basename(member.name): archive.extractfile(member).read() for member in archive if member.isfile()}


def test_xgboost_by_its_image(server, sagemaker, bucket, unique):
    parameters = {"num_round": "10", "objective": "binary:logistic", "eval_metric": "error", "max_depth": "3", "eta": "0.3"}
    answer = train(sagemaker, unique, bucket, XGBOOST, parameters)
    assert answer["TrainingJobStatus"] == "Completed", answer.get("FailureReason")
    metrics = {metric["MetricName"]: metric["Value"] for metric in answer["FinalMetricDataList"]}
    assert set(metrics) == {"train:error", "validation:error"}
    assert 0 <= metrics["validation:error"] < 0.2
    files = model_files(server, answer)
    assert list(files) == ["xgboost-model"] and b"binary:logistic" in files["xgboost-model"]


def test_what_a_client_did_wrong_is_the_reason(sagemaker, bucket, unique):
    answer = train(sagemaker, unique, bucket, XGBOOST, {"num_round": "10", "depth": "3"})
    assert (answer["TrainingJobStatus"], answer["FailureReason"]) == ("Failed", "ClientError: Extraneous hyperparameter found: depth")


@pytest.mark.parametrize("image", ["linear-learner", "kmeans", "pca"])
def test_linear_learner_kmeans_and_pca_by_their_images(server, sagemaker, bucket, unique, image):
    parameters = {
        "linear-learner": {"predictor_type": "binary_classifier", "mini_batch_size": "100", "epochs": "5"},
        "kmeans": {"k": "2", "feature_dim": "2", "extra_center_factor": "4"},
        "pca": {"num_components": "1", "feature_dim": "2", "mini_batch_size": "100"},
    }[image]
    labels = image == "linear-learner"
    uri = f"382416733822.dkr.ecr.us-east-1.amazonaws.com/{image}:1"
    answer = train(sagemaker, unique, bucket, uri, parameters if labels else parameters | {"feature_dim": "3"},
                   "text/csv" if labels else "text/csv;label_size=0", ("train", "validation") if labels else ("train",))  # fmt: skip
    assert answer["TrainingJobStatus"] == "Completed", answer.get("FailureReason")
    assert "model_algo-1" in model_files(server, answer)
    if labels:
        metrics = {metric["MetricName"]: metric["Value"] for metric in answer["FinalMetricDataList"]}
        assert metrics["validation:binary_classification_accuracy"] > 0.95
        assert metrics["train:objective_loss"] > 0
        assert {"validation:precision", "validation:recall", "validation:binary_f_beta", "validation:roc_auc_score"} <= set(metrics)


def test_channels_as_pipes_are_refused(sagemaker, bucket, unique):
    with pytest.raises(sagemaker.exceptions.ClientError, match="InputMode Pipe is not supported"):
        train(sagemaker, unique, bucket, XGBOOST, {"num_round": "1"}, mode="Pipe")


def test_the_model_monitor_by_its_image(server, sagemaker, bucket, unique):
    """A baseline job, then a monitoring job against what it wrote, as the SageMaker SDK's DefaultModelMonitor starts them."""
    s3 = server.client("s3")
    s3.put_object(Bucket=bucket, Key="moved/part.csv", Body="\n".join(["label,first,second", *(f"{i % 2},{5 + i / 100},x" for i in range(200))]))
    s3.put_object(Bucket=bucket, Key="base/part.csv", Body="\n".join(["label,first,second", *(f"{i % 2},{i / 100},{i % 7}" for i in range(200))]))

    def analyze(name, data, inputs, **environment):
        sagemaker.create_processing_job(
            ProcessingJobName=name,
            RoleArn=ROLE,
            AppSpecification={"ImageUri": "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"},
            Environment={"dataset_format": '{"csv": {"header": true, "output_columns_position": "START"}}', "output_path": "/opt/ml/processing/output",
                         "dataset_source": "/opt/ml/processing/input/data", "publish_cloudwatch_metrics": "Disabled"} | environment,
            ProcessingInputs=[
                {"InputName": key, "S3Input": {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/{path}", "S3DataType": "S3Prefix", "S3InputMode": "File"}}
                for key, uri, path in [("data", f"s3://{bucket}/{data}/", "input/data"), *inputs]
            ],
            ProcessingOutputConfig={"Outputs": [{"OutputName": "out", "S3Output": {"S3Uri": f"s3://{bucket}/{name}", "LocalPath": "/opt/ml/processing/output", "S3UploadMode": "EndOfJob"}}]},
            ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 1}},
        )  # fmt: skip
        for _ in range(1200):
            answer = sagemaker.describe_processing_job(ProcessingJobName=name)
            if answer["ProcessingJobStatus"] != "InProgress":
                break
            time.sleep(0.05)
        assert answer["ProcessingJobStatus"] == "Completed", answer
        return answer["ExitMessage"]

    assert analyze(f"{unique}-base", "base", []).startswith("Completed: Job completed successfully with no violations")
    files = [(name, f"s3://{bucket}/{unique}-base/{name}.json", f"baseline/{name}") for name in ("statistics", "constraints")]
    message = analyze(f"{unique}-moved", "moved", files, baseline_statistics="/opt/ml/processing/baseline/statistics/statistics.json",
                      baseline_constraints="/opt/ml/processing/baseline/constraints/constraints.json")  # fmt: skip
    assert message.startswith("CompletedWithViolations: Job completed successfully with")
    violations = json.loads(s3.get_object(Bucket=bucket, Key=f"{unique}-moved/constraint_violations.json")["Body"].read())["violations"]
    assert {(one["feature_name"], one["constraint_check_type"]) for one in violations} >= {("second", "data_type_check"), ("first", "baseline_drift_check")}


def test_the_kit_is_on_the_path_of_plain_jobs(server, sagemaker, bucket, unique):
    """The kit's commands in an entry point of one's own: drift of the validation rows against the training rows."""
    sagemaker.create_processing_job(
        ProcessingJobName=unique,
        RoleArn=ROLE,
        AppSpecification={
            "ImageUri": "penstock/process",
            "ContainerEntrypoint": ["penstock-kit", "drift", "/opt/ml/processing/a", "/opt/ml/processing/b", "--no-header"],
            "ContainerArguments": ["--fail-on", "never", "--json", "/opt/ml/processing/out/drift.json"],
        },
        ProcessingInputs=[
            {"InputName": name, "S3Input": {"S3Uri": f"s3://{bucket}/{prefix}/", "LocalPath": f"/opt/ml/processing/{name}", "S3DataType": "S3Prefix", "S3InputMode": "File"}}
            for name, prefix in (("a", "train"), ("b", "validation"))
        ],
        ProcessingOutputConfig={"Outputs": [{"OutputName": "out", "S3Output": {"S3Uri": f"s3://{bucket}/out", "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}}]},
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 1}},
    )
    for _ in range(1200):
        answer = sagemaker.describe_processing_job(ProcessingJobName=unique)
        if answer["ProcessingJobStatus"] != "InProgress":
            break
        time.sleep(0.05)
    assert answer["ProcessingJobStatus"] == "Completed", answer
    query = f"select feature, method, drifted from drift where job = '{answer['ProcessingJobArn']}' order by feature"
    found = json.loads(server.run("sql", "--json", query).stdout)
    assert [row["feature"] for row in found] == ["c0", "c1", "c2"] and {row["drifted"] for row in found} <= {0, 1}
    assert b'"columns_compared": 3' in server.client("s3").get_object(Bucket=bucket, Key="out/drift.json")["Body"].read()
