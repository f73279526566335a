"""The scripts of examples/census by hand and as jobs: the same files go in, and the same bytes come out."""
import hashlib
import subprocess
import tarfile

import pytest

from test_cross_validation import EXAMPLE, write_rows

ROOT = EXAMPLE.parents[1]
SCRIPTS = EXAMPLE / "scripts"
BUCKET = "penstock-123456789012-us-east-1"


@pytest.fixture(scope="module")
def python():
    found = subprocess.run([ROOT / "scripts/python_environment.sh", "runtimes/scikit-learn.txt"], cwd=ROOT, capture_output=True, text=True, check=True)
    return found.stdout.strip() + "/bin/python"


def by_hand(python, raw, folder):
    """Preprocess, train and evaluate as a person would run them; the digest of every file they write."""

    def script(name, *arguments):
        subprocess.run([python, SCRIPTS / f"{name}.py", *arguments], check=True, capture_output=True)

    script("preprocess", "--mode", "train", "--raw", raw, "--output", folder)
    script("train", "--train", folder / "train", "--test", folder / "test", "--model-dir", folder / "model")
    with tarfile.open(folder / "model.tar.gz", "w:gz") as archive:
        archive.add(folder / "model/model.joblib", arcname="model.joblib")
    script("evaluate", "--model", folder / "model.tar.gz", "--test", folder / "test", "--output", folder / "evaluation")
    (folder / "model.tar.gz").unlink()  # its bytes hold the time; what is in it is compared
    return {str(path.relative_to(folder)): digest(path.read_bytes()) for path in folder.rglob("*") if path.is_file()}


def digest(content):
    return hashlib.sha256(content).hexdigest()


def stored(server, prefix, folder):
    """The digests of what the pipeline's jobs stored under the prefix, models unpacked."""
    s3 = server.client("s3")
    digests = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix):
        for listed in page.get("Contents", []):
            content = s3.get_object(Bucket=BUCKET, Key=listed["Key"])["Body"].read()
            name = listed["Key"].removeprefix(prefix)
            if not name.endswith("model.tar.gz"):
                digests[name] = digest(content)
                continue
            archive = folder / "job-model.tar.gz"
            archive.write_bytes(content)
            with tarfile.open(archive) as model:
                digests |= {f"model/{member.name}": digest(model.extractfile(member).read()) for member in model if member.isfile()}
    return digests


def test_by_hand_and_as_jobs_give_the_same_bytes(server, python, tmp_path, unique):
    data = tmp_path / "cache" / "data"
    data.mkdir(parents=True)
    write_rows(data / "census-income.csv")
    hand = by_hand(python, data / "census-income.csv", tmp_path / "hand")
    environment = server.environment() | {"PENSTOCK_CACHE": str(tmp_path / "cache")}
    run = server.run("run", EXAMPLE / "training.yaml", "--name", unique, "--set", f"OutputPrefix={unique}", "--set", "AccuracyMin=0.5",
                     "--set", "AucMin=0.5", env=environment)  # fmt: skip
    assert run.returncode == 0, run.stderr + run.stdout
    jobs = stored(server, f"{unique}/{unique}/", tmp_path)
    assert {"train/features.csv", "test/labels.csv", "transformer/transformer.joblib", "model/model.joblib", "evaluation/evaluation.json"} <= set(jobs)
    assert jobs == hand
