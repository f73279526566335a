"""The SageMaker SDK 3 (ModelTrainer, ScriptProcessor) as it is, with real jobs. Its environment is large and not made by `make
test`: scripts/python_environment.sh tests/clients/sagemaker_v3.txt makes it, and then this test runs."""
import io
import json
import pathlib
import subprocess
import tarfile

import pytest

from conftest import ROLE

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = pathlib.Path(__file__).with_name("sagemaker_v3_jobs.py")
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"


@pytest.fixture(scope="module")
def python():
    found = subprocess.run([ROOT / "scripts/python_environment.sh", "--find", "tests/clients/sagemaker_v3.txt"],
                           cwd=ROOT, capture_output=True, text=True)  # fmt: skip
    if found.returncode != 0:
        pytest.skip("make its environment first: scripts/python_environment.sh tests/clients/sagemaker_v3.txt")
    return found.stdout.strip() + "/bin/python"


def test_a_training_and_a_processing_job(server, python, unique, tmp_path):
    s3 = server.client("s3")
    s3.create_bucket(Bucket=unique)
    s3.put_object(Bucket=unique, Key="raw/a.csv", Body=b"a,1\nb,2\n")
    run = subprocess.run([python, SCRIPT, tmp_path, unique, ROLE, IMAGE], capture_output=True, text=True, timeout=280,
                         env=server.environment() | {"HOME": str(tmp_path)})  # fmt: skip
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-5000:]
    answer = json.loads(run.stdout.splitlines()[-1])
    status, artifacts = answer["training"]
    assert status == "Completed" and answer["processing"] == ["Completed"]
    archive = s3.get_object(Bucket=unique, Key=artifacts.removeprefix(f"s3://{unique}/"))["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive)) as model:
        written = json.loads(model.extractfile("model.json").read())
    assert written["cost"] == 0.5 and written["rows"] == 2 and "train" in written["channels"]
    assert s3.get_object(Bucket=unique, Key="prepared/upper.csv")["Body"].read() == b"A,1\nB,2\nand more"
