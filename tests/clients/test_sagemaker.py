"""SageMaker through boto3 and the SageMaker SDK: jobs that really run, what Describe and List answer, AWS's errors."""
import io
import json
import signal
import tarfile
import time
import zipfile

import boto3
import pytest
from botocore.exceptions import ClientError

from conftest import ROLE

TRAIN = """
import argparse, json, os, sys
import joblib
from sklearn.linear_model import LogisticRegression

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--cost", type=float)
    parser.add_argument("--fail", default="")
    arguments = parser.parse_args()
    rows = [line.split(",") for line in open(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "a.csv"))]
    model = LogisticRegression(C=arguments.cost).fit([[float(x)] for x, _ in rows], [int(y) for _, y in rows])
    print("validation:accuracy=0.75;")
    print("a warning", file=sys.stderr)
    if arguments.fail:
        raise ValueError(arguments.fail)
    joblib.dump(model, os.path.join(os.environ["SM_MODEL_DIR"], "model.joblib"))
    json.dump({name: value for name, value in os.environ.items()}, open(os.path.join(os.environ["SM_OUTPUT_DATA_DIR"], "environment.json"), "w"))
"""


@pytest.fixture(scope="module")
def sagemaker(server):
    return server.client("sagemaker")


@pytest.fixture
def bucket(server, unique):
    s3 = server.client("s3")
    s3.create_bucket(Bucket=unique)
    s3.put_object(Bucket=unique, Key="train/a.csv", Body=b"0,0\n1,0\n2,1\n3,1\n")
    return unique


def get(server, bucket, key):
    return server.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()


def shell(name, bucket, script, **more):
    """A processing job that runs a shell script."""
    return {
        "ProcessingJobName": name,
        "RoleArn": ROLE,
        "AppSpecification": {"ImageUri": "penstock/process", "ContainerEntrypoint": ["/bin/sh", "-c"], "ContainerArguments": [script]},
        "ProcessingResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 1}},
        "ProcessingOutputConfig": {
            "Outputs": [
                {"OutputName": name, "S3Output": {"S3Uri": f"s3://{bucket}/{name}", "LocalPath": f"/opt/ml/processing/{name}", "S3UploadMode": "EndOfJob"}}
                for name in ("zebra", "apple", "middle")
            ]
        },
    } | more


def wait(describe, key, **name):
    for _ in range(1200):
        answer = describe(**name)
        if answer[key] not in ("InProgress", "Stopping"):
            answer.pop("ResponseMetadata")
            return answer
        time.sleep(0.1)
    pytest.fail(f"{name} did not end")


def processing(sagemaker, request):
    sagemaker.create_processing_job(**request)
    return wait(sagemaker.describe_processing_job, "ProcessingJobStatus", ProcessingJobName=request["ProcessingJobName"])


def error(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_processing_job_gives_back_what_was_sent(server, sagemaker, bucket, unique):
    request = shell(
        unique, bucket, "echo $GREETING > opt/ml/processing/apple/x; cat /opt/ml/config/processingjobconfig.json > opt/ml/processing/zebra/c",
        Environment={"GREETING": "hello"}, StoppingCondition={"MaxRuntimeInSeconds": 60},
        ProcessingInputs=[{"InputName": "in", "AppManaged": False, "S3Input": {"S3Uri": f"s3://{bucket}/train", "LocalPath": "/opt/ml/processing/in",
                           "S3DataType": "S3Prefix", "S3InputMode": "File", "S3DataDistributionType": "FullyReplicated", "S3CompressionType": "None"}}],
    )
    answer = processing(sagemaker, request)
    assert answer["ProcessingJobStatus"] == "Completed", answer
    assert {name: answer[name] for name in request} == request
    assert [output["OutputName"] for output in answer["ProcessingOutputConfig"]["Outputs"]] == ["zebra", "apple", "middle"]
    assert answer["ProcessingJobArn"] == f"arn:aws:sagemaker:us-east-1:123456789012:processing-job/{unique}"
    assert answer["CreationTime"] <= answer["ProcessingStartTime"] <= answer["ProcessingEndTime"] <= answer["LastModifiedTime"]
    assert get(server, bucket, "apple/x") == b"hello\n"
    config = json.loads(get(server, bucket, "zebra/c"))
    assert config["ProcessingJobArn"] == answer["ProcessingJobArn"] and config["NetworkConfig"] is None
    assert config["ProcessingInputs"] == request["ProcessingInputs"]


def test_failed_processing_job(server, sagemaker, bucket, unique):
    answer = processing(sagemaker, shell(unique, bucket, "echo broken >&2; printf 'because' > /opt/ml/output/message; exit 3"))
    assert (answer["ProcessingJobStatus"], answer["FailureReason"]) == ("Failed", "AlgorithmError: See job logs for more information")
    assert answer["ExitMessage"] == "because"
    shown = server.run("logs", unique)
    assert shown.returncode == 0 and "broken" in shown.stdout, shown


def test_names_are_unique_and_unknown_jobs_are_not_found(sagemaker, bucket, unique):
    request = shell(unique, bucket, "true")
    processing(sagemaker, request)
    code, message = error(sagemaker.create_processing_job, **request)
    assert code == "ResourceInUse" and unique in message
    for call in (sagemaker.describe_processing_job, sagemaker.stop_processing_job):
        assert error(call, ProcessingJobName="none") == ("ValidationException", "Requested resource not found.")
    assert error(sagemaker.describe_training_job, TrainingJobName="none") == ("ValidationException", "Requested resource not found.")
    assert error(sagemaker.stop_processing_job, ProcessingJobName=unique)[1] == "The request was rejected because the processing job is in status Completed."


def test_what_is_not_there_is_refused_by_name(sagemaker, bucket, unique):
    def refusal(**more):
        code, message = error(sagemaker.create_processing_job, **shell(unique, bucket, "true", **more))
        assert code == "ValidationException"
        return message

    source = {"S3Uri": f"s3://{bucket}/train", "LocalPath": "/opt/ml/processing/in", "S3DataType": "S3Prefix", "S3InputMode": "Pipe"}
    assert "S3InputMode Pipe" in refusal(ProcessingInputs=[{"InputName": "in", "S3Input": source}])
    assert "must begin with /opt/ml/processing/" in refusal(ProcessingInputs=[{"InputName": "in", "S3Input": source | {"S3InputMode": "File", "LocalPath": "/etc"}}])
    assert "FeatureStoreOutput" in refusal(ProcessingOutputConfig={"Outputs": [{"OutputName": "f", "FeatureStoreOutput": {"FeatureGroupName": "g"}}]})
    message = refusal(AppSpecification={"ImageUri": "example.com/mine:1"})
    assert "runtimes:\n  my-runtime:\n    {images: [\"example.com/mine:1\"]" in message
    assert "at 'roleArn' failed to satisfy constraint" in refusal(RoleArn="not-a-role-but-long-enough")
    assert error(sagemaker.describe_processing_job, ProcessingJobName=unique)[1] == "Requested resource not found."


def test_stop(sagemaker, bucket, unique):
    sagemaker.create_processing_job(**shell(unique, bucket, "trap 'echo bye > /opt/ml/processing/apple/bye; exit 0' TERM; while :; do sleep 0.05; done"))
    while "ProcessingStartTime" not in sagemaker.describe_processing_job(ProcessingJobName=unique):
        time.sleep(0.05)
    sagemaker.stop_processing_job(ProcessingJobName=unique)
    answer = wait(sagemaker.describe_processing_job, "ProcessingJobStatus", ProcessingJobName=unique)
    assert answer["ProcessingJobStatus"] == "Stopped" and "FailureReason" not in answer


def test_lists_filter_sort_and_page(start_server):
    with start_server() as server:
        sagemaker = server.client("sagemaker")
        server.client("s3").create_bucket(Bucket="lists")
        names = ["b-1", "a-2", "c-1", "d-2", "e-1"]
        for name in names:
            processing(sagemaker, shell(name, "lists", "exit 1" if name == "d-2" else "true"))
        listed = lambda **filters: [one["ProcessingJobName"] for one in sagemaker.list_processing_jobs(**filters)["ProcessingJobSummaries"]]
        assert listed() == names
        assert listed(SortBy="Name", SortOrder="Descending") == sorted(names, reverse=True)
        assert listed(SortBy="CreationTime", SortOrder="Descending", NameContains="-1", StatusEquals="Completed") == ["e-1", "c-1", "b-1"]
        assert listed(StatusEquals="Failed") == ["d-2"]
        middle = sagemaker.describe_processing_job(ProcessingJobName="c-1")["CreationTime"]
        assert "e-1" in listed(CreationTimeAfter=middle) and "b-1" not in listed(CreationTimeAfter=middle)
        pages = sagemaker.get_paginator("list_processing_jobs").paginate(SortBy="Name", PaginationConfig={"PageSize": 2})
        assert [one["ProcessingJobName"] for page in pages for one in page["ProcessingJobSummaries"]] == sorted(names)
        assert error(sagemaker.list_processing_jobs, NextToken="xyz")[0] == "ValidationException"
        assert sagemaker.list_training_jobs()["TrainingJobSummaries"] == []


def test_tags(sagemaker, bucket, unique):
    arn = sagemaker.create_processing_job(**shell(unique, bucket, "true", Tags=[{"Key": "team", "Value": "ml"}]))["ProcessingJobArn"]
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "ml"}]
    added = sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "dev"}, {"Key": "team", "Value": "data"}])["Tags"]
    assert added == [{"Key": "team", "Value": "data"}, {"Key": "stage", "Value": "dev"}]
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team", "none"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "stage", "Value": "dev"}]
    assert error(sagemaker.list_tags, ResourceArn=arn + "-none")[0] == "ValidationException"
    wait(sagemaker.describe_processing_job, "ProcessingJobStatus", ProcessingJobName=unique)


def test_jobs_act_as_their_role(server, sagemaker, bucket, unique):
    answer = processing(sagemaker, shell(unique, bucket, "env | grep ^AWS_ > /opt/ml/processing/apple/env"))
    assert answer["ProcessingJobStatus"] == "Completed"
    variables = dict(line.split("=", 1) for line in get(server, bucket, "apple/env").decode().splitlines())
    sts = boto3.client("sts", endpoint_url=variables["AWS_ENDPOINT_URL"], region_name=variables["AWS_REGION"],
                       aws_access_key_id=variables["AWS_ACCESS_KEY_ID"], aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
                       aws_session_token=variables["AWS_SESSION_TOKEN"])
    assert sts.get_caller_identity()["Arn"] == "arn:aws:sts::123456789012:assumed-role/tests/SageMaker"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_job_outlives_its_server(start_server, tmp_path, how):
    data = tmp_path / "data"
    with start_server(data=data) as server:
        sagemaker = server.client("sagemaker")
        server.client("s3").create_bucket(Bucket="bucket")
        script = "echo one; while [ ! -e /tmp/go ]; do sleep 0.05; done; echo two; echo x > opt/ml/processing/apple/x"
        sagemaker.create_processing_job(**shell("survivor", "bucket", script))
        while "ProcessingStartTime" not in sagemaker.describe_processing_job(ProcessingJobName="survivor"):
            time.sleep(0.05)
        server.stop(how)
    (folder,) = (data / "jobs").iterdir()
    (folder / "algo-1" / "root" / "tmp" / "go").touch()
    with start_server(data=data) as server:
        sagemaker = server.client("sagemaker")
        answer = wait(sagemaker.describe_processing_job, "ProcessingJobStatus", ProcessingJobName="survivor")
        assert answer["ProcessingJobStatus"] == "Completed", answer
        assert get(server, "bucket", "apple/x") == b"x\n"
        logs = server.client("logs")
        (stream,) = logs.describe_log_streams(logGroupName="/aws/sagemaker/ProcessingJobs", logStreamNamePrefix="survivor/")["logStreams"]
        assert stream["logStreamName"].startswith("survivor/algo-1-")
        events = logs.get_log_events(logGroupName="/aws/sagemaker/ProcessingJobs", logStreamName=stream["logStreamName"], startFromHead=True)
        assert [event["message"] for event in events["events"]] == ["one", "two"]


@pytest.fixture
def session(server, bucket, monkeypatch, tmp_path):
    """A session of the SageMaker SDK that knows only the endpoint."""
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SAGEMAKER_SUPPRESS_V2_WARNING", "1")
    monkeypatch.chdir(tmp_path)
    sdk = pytest.importorskip("sagemaker")
    return sdk.Session(default_bucket=bucket)


def estimator(session, tmp_path, **hyperparameters):
    from sagemaker.sklearn import SKLearn

    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "train.py").write_text(TRAIN)
    return SKLearn("train.py", source_dir=str(tmp_path / "source"), framework_version="1.2-1", instance_type="ml.m5.xlarge", role=ROLE,
                   sagemaker_session=session, hyperparameters={"cost": 1.5} | hyperparameters,
                   metric_definitions=[{"Name": "validation:accuracy", "Regex": "validation:accuracy=([0-9.]+);"}])


def wheel(folder):
    """A package that pip installs without a network; gives its file name."""
    name = "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr("tiny.py", "value = 42\n")
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    return name


def test_sdk_requirements_are_installed_for_the_job_alone(server, session, bucket, tmp_path):
    estimate = estimator(session, tmp_path)
    (tmp_path / "source" / "requirements.txt").write_text("./" + wheel(tmp_path / "source") + "\n")
    (tmp_path / "source" / "train.py").write_text("import tiny, sklearn; print('tiny', tiny.value, tiny.__file__)")
    estimate.fit(logs=False)
    shown = server.run("logs", estimate.latest_training_job.name).stdout
    assert "tiny 42 /opt/penstock/python/lib" in shown, shown
    (tmp_path / "source" / "requirements.txt").write_text("./no-such-package.whl\n")
    with pytest.raises(Exception, match="AlgorithmError: InstallRequirementsError:\nExitCode 1"):
        estimate.fit(logs=False)


def test_sdk_estimator(server, session, bucket, tmp_path, capsys):
    estimate = estimator(session, tmp_path)
    estimate.fit({"train": f"s3://{bucket}/train"}, logs="All")
    shown = capsys.readouterr().out
    assert "validation:accuracy=0.75;" in shown and "a warning" in shown
    job = server.client("sagemaker").describe_training_job(TrainingJobName=estimate.latest_training_job.name)
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Completed"
    assert [step["Status"] for step in job["SecondaryStatusTransitions"]] == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert [(one["MetricName"], one["Value"]) for one in job["FinalMetricDataList"]] == [("validation:accuracy", 0.75)]
    assert job["HyperParameters"]["sagemaker_program"] == '"train.py"'
    assert "//" not in estimate.model_data.removeprefix("s3://")
    key = estimate.model_data.removeprefix(f"s3://{bucket}/")
    assert tarfile.open(fileobj=io.BytesIO(get(server, bucket, key))).getnames() == ["model.joblib"]
    output = tarfile.open(fileobj=io.BytesIO(get(server, bucket, key.replace("model.tar.gz", "output.tar.gz"))))
    environment = json.load(output.extractfile("environment.json"))
    assert environment["SM_USER_ARGS"] == '["--cost","1.5"]' and environment["SM_HP_COST"] == "1.5"
    assert environment["TRAINING_JOB_NAME"] == job["TrainingJobName"] and environment["OMP_WAIT_POLICY"] == "passive"


def test_sdk_estimator_that_fails(server, session, bucket, tmp_path):
    from sagemaker.exceptions import UnexpectedStatusException

    estimate = estimator(session, tmp_path, fail="no luck today")
    with pytest.raises(UnexpectedStatusException, match="AlgorithmError: ExecuteUserScriptError:\nExitCode 1"):
        estimate.fit({"train": f"s3://{bucket}/train"}, logs=False)
    shown = server.run("logs", estimate.latest_training_job.name, "--tail", "20")
    assert "ValueError: no luck today" in shown.stdout


def test_sdk_processors(server, session, bucket, tmp_path, capsys):
    from sagemaker.processing import FrameworkProcessor, ProcessingInput, ProcessingOutput
    from sagemaker.sklearn import SKLearn, SKLearnProcessor

    (tmp_path / "p.py").write_text("import os; open('/opt/ml/processing/out/seen', 'w').write(','.join(os.listdir('opt/ml/processing/in')))")
    processor = SKLearnProcessor("1.2-1", ROLE, instance_type="ml.m5.xlarge", instance_count=1, sagemaker_session=session)
    processor.run(str(tmp_path / "p.py"), inputs=[ProcessingInput(source=f"s3://{bucket}/train", destination="/opt/ml/processing/in")],
                  outputs=[ProcessingOutput(source="/opt/ml/processing/out", destination=f"s3://{bucket}/seen")], logs=False)
    assert get(server, bucket, "seen/seen") == b"a.csv"
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "main.py").write_text("import sys; print('arguments', sys.argv[1:])")
    framework = FrameworkProcessor(SKLearn, "1.2-1", role=ROLE, instance_count=1, instance_type="ml.m5.xlarge", sagemaker_session=session)
    framework.run("main.py", source_dir=str(tmp_path / "code"), arguments=["--x", "1"], logs=True)
    assert "arguments ['--x', '1']" in capsys.readouterr().out
