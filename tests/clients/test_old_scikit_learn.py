"""Scripts of 2019 to 2021 in jobs of the image sagemaker-scikit-learn:0.20.0-cpu-py3: a script of ours that uses everything
that runtimes.yaml's `compatibility: scikit-learn-0.20` gives back, and the unmodified scripts of awslabs/mlmax, when
MLMAX names a checkout of it.
"""
import io
import json
import os
import pathlib
import tarfile
import time

import pytest

from conftest import ROLE

OLD = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:0.20.0-cpu-py3"
NEW = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
BASE = "/opt/ml/processing"

SCRIPT = """
import pickle, sys
import numpy as np
assert "pandas" not in sys.modules and "sklearn" not in sys.modules, "a process pays only for what it imports"
import pandas as pd
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.externals import joblib
import sklearn.externals.joblib
from sklearn.preprocessing import OneHotEncoder, StandardScaler

assert np.array([1.5]).astype(np.int).dtype == int and np.float is float and np.object is object and np.str is str

frame = pd.DataFrame({"size": [1.0, 2.0, 3.0], "colour": ["red", "blue", "red"], "label": [" no", " yes", " no"]})
assert frame["colour"].dtype == "object" and list(frame.columns[frame.dtypes == "object"]) == ["colour", "label"]

copy = frame.replace([" no", " yes"], [0, 1])
assert copy["label"].dtype.kind == "i" and frame["label"].dtype == "object"
frame.replace([" no", " yes"], [0, 1], inplace=True)
assert list(np.bincount(frame["label"])) == [2, 1] and frame["colour"].dtype == "object"
series = pd.Series(["a", "b"]).replace({"a": 1, "b": 2})
assert series.dtype.kind == "i" and list(series) == [1, 2]
series = pd.Series(["a", "b"])
series.replace({"a": 1, "b": 2}, inplace=True)
assert series.dtype.kind == "i"

more = frame.append(pd.Series({"size": 4.0, "colour": "green", "label": 1}, name="last"))
assert list(more.index) == [0, 1, 2, "last"] and more["size"].dtype == "float64" and more["label"].dtype.kind == "i"
assert list(frame.append({"size": 5.0}, ignore_index=True)["size"]) == [1, 2, 3, 5]
assert len(frame.append([frame, frame], ignore_index=True)) == 9
try:
    frame.append({"size": 5.0})
    raise SystemExit("a row without a name was appended")
except TypeError as error:
    assert "ignore_index=True" in str(error)
assert list(pd.Series([1]).append(pd.Series([2]), ignore_index=True)) == [1, 2]

encoder = OneHotEncoder(sparse=False)
assert isinstance(encoder.fit_transform(frame[["colour"]]), np.ndarray)
assert list(encoder.get_feature_names(["colour"])) == ["colour_blue", "colour_red"]
assert clone(encoder).sparse_output is False and OneHotEncoder().sparse_output is True
both = make_column_transformer((["size"], StandardScaler()), (["colour"], OneHotEncoder(sparse=False)))
turned = make_column_transformer((StandardScaler(), ["size"]), (OneHotEncoder(sparse=False), ["colour"]))
assert (both.fit_transform(frame) == turned.fit_transform(frame)).all()
assert make_column_transformer((["size"], "passthrough")).fit_transform(frame).shape == (3, 1)
joblib.dump(both, "model.joblib")
assert (joblib.load("model.joblib").transform(frame) == pickle.loads(pickle.dumps(both)).transform(frame)).all()
print("everything is there")
"""

# What the monitoring image of mlmax has beside scikit-learn: its scripts use a logger's two methods.
LOGURU = "class logger:\n    info = debug = staticmethod(print)\n"


def wait(describe, key, **name):
    for _ in range(1200):
        answer = describe(**name)
        if answer[key] not in ("InProgress", "Stopping"):
            return answer
        time.sleep(0.1)
    pytest.fail(f"{name} did not end")


class Jobs:
    """Runs scripts as jobs; their inputs and outputs are prefixes of one bucket."""

    def __init__(self, server, bucket):
        self.server, self.bucket = server, bucket
        self.sagemaker, self.s3 = server.client("sagemaker"), server.client("s3")

    def put(self, key, content):
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=content)

    def get(self, key):
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def log(self, group, name):
        logs = self.server.client("logs")
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=name)["logStreams"]
        events = [logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True) for stream in streams]
        return "\n".join(event["message"] for page in events for event in page["events"])

    def process(self, name, script, arguments=(), inputs=(), outputs=(), image=OLD):
        """Inputs and outputs: prefixes, each at the folder of that name; so are the script, FOLDER/NAME.py, and its neighbours."""
        name = f"{self.bucket}-{name}"
        self.sagemaker.create_processing_job(
            ProcessingJobName=name,
            RoleArn=ROLE,
            AppSpecification={"ImageUri": image, "ContainerEntrypoint": ["python3", f"{BASE}/{script}"], "ContainerArguments": list(arguments) or ["none"]},
            ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 1}},
            ProcessingInputs=[
                {"InputName": f"i{number}", "S3Input": {"S3Uri": f"s3://{self.bucket}/{prefix}/", "LocalPath": f"{BASE}/{prefix}", "S3DataType": "S3Prefix", "S3InputMode": "File"}}
                for number, prefix in enumerate([script.split("/")[0], *inputs])
            ],
            ProcessingOutputConfig={
                "Outputs": [
                    {"OutputName": f"o{number}", "S3Output": {"S3Uri": f"s3://{self.bucket}/{prefix}", "LocalPath": f"{BASE}/{prefix}", "S3UploadMode": "EndOfJob"}}
                    for number, prefix in enumerate(outputs)
                ]
            },
        )
        answer = wait(self.sagemaker.describe_processing_job, "ProcessingJobStatus", ProcessingJobName=name)
        return answer["ProcessingJobStatus"], self.log("/aws/sagemaker/ProcessingJobs", name)

    def train(self, name, source, channels=()):
        """Script mode: `source` is train.py's text."""
        name = f"{self.bucket}-{name}"
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w:gz") as tar:
            member = tarfile.TarInfo("train.py")
            member.size = len(source.encode())
            tar.addfile(member, io.BytesIO(source.encode()))
        self.put(f"{name}.tar.gz", archive.getvalue())
        data = [
            {"ChannelName": channel, "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{self.bucket}/{channel}/"}}}
            for channel in channels
        ]
        self.sagemaker.create_training_job(
            TrainingJobName=name,
            RoleArn=ROLE,
            AlgorithmSpecification={"TrainingImage": OLD, "TrainingInputMode": "File"},
            HyperParameters={"sagemaker_program": '"train.py"', "sagemaker_submit_directory": f"s3://{self.bucket}/{name}.tar.gz"},
            **({"InputDataConfig": data} if data else {}),
            OutputDataConfig={"S3OutputPath": f"s3://{self.bucket}/trained"},
            ResourceConfig={"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 1},
            StoppingCondition={"MaxRuntimeInSeconds": 600},
        )
        answer = wait(self.sagemaker.describe_training_job, "TrainingJobStatus", TrainingJobName=name)
        return answer["TrainingJobStatus"], self.log("/aws/sagemaker/TrainingJobs", name), f"trained/{name}/output/model.tar.gz"


@pytest.fixture
def jobs(server, unique):
    server.client("s3").create_bucket(Bucket=unique)
    return Jobs(server, unique)


def test_everything_that_the_compatibility_gives_back(jobs):
    jobs.put("code/old.py", SCRIPT)
    status, log = jobs.process("old", "code/old.py")
    assert status == "Completed" and "everything is there" in log, log
    status, log, _ = jobs.train("old", SCRIPT)
    assert status == "Completed" and "everything is there" in log, log


def test_newer_images_are_as_they_are(jobs):
    jobs.put("code/old.py", SCRIPT)
    status, log = jobs.process("new", "code/old.py", image=NEW)
    assert status == "Failed" and "cannot import name 'joblib'" in log, log


def test_the_seven_script_runs_of_mlmax(jobs):
    if not os.environ.get("MLMAX"):
        pytest.skip("MLMAX names no checkout of awslabs/mlmax")
    checkout = pathlib.Path(os.environ["MLMAX"])
    for script in ("preprocessing", "evaluation", "inference"):
        jobs.put(f"code/{script}.py", (checkout / f"src/mlmax/{script}.py").read_bytes())
    jobs.put("monitor/monitoring.py", (checkout / "src/mlmax/monitoring.py").read_bytes())
    jobs.put("monitor/loguru.py", LOGURU)
    census = (checkout / "tests/mlmax/opt/ml/processing/input/census-income-sample.csv").read_bytes()
    for folder in ("input", "train_input", "infer_input"):
        jobs.put(f"{folder}/census-income.csv", census)

    def process(name, script, arguments, inputs, outputs):
        status, log = jobs.process(name, script, arguments, inputs, outputs)
        assert status == "Completed", log

    process("prepare", "code/preprocessing.py", ["--mode", "train", "--train-test-split-ratio", "0.2"], ["input"], ["train", "test", "model"])
    assert len(jobs.get("train/train_features.csv").splitlines()) == 312 and len(jobs.get("test/test_features.csv").splitlines()) == 79
    status, log, trained = jobs.train("train", (checkout / "src/mlmax/train.py").read_text(), ["train", "test"])
    assert status == "Completed", log
    transformer = jobs.get("model/proc_model.tar.gz")
    jobs.put("model/model.tar.gz", jobs.get(trained))
    process("evaluate", "code/evaluation.py", [], ["test", "model"], ["evaluation"])
    assert 0.5 < json.loads(jobs.get("evaluation/evaluation.json"))["accuracy"] <= 1
    assert transformer == jobs.get("model/proc_model.tar.gz")
    process("prepare-inference", "code/preprocessing.py", ["--mode", "infer"], ["input", "model"], ["test"])
    jobs.put("input/test_features.csv", jobs.get("test/test_features.csv"))
    process("infer", "code/inference.py", [], ["input", "model"], ["test"])
    assert set(jobs.get("test/predictions.csv").split()) <= {b"0", b"1"} and len(jobs.get("test/predictions.csv").split()) == 391
    process("monitor-train", "monitor/monitoring.py", ["--mode", "train"], ["train_input"], ["profiling"])
    assert json.loads(jobs.get("profiling/baseline/baseline_statistic.json"))["features"][0]["name"] == "age"
    process("monitor-infer", "monitor/monitoring.py", ["--mode", "infer"], ["infer_input", "profiling"], ["profiled"])
