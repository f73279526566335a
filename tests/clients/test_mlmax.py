"""awslabs/mlmax, unmodified, from its own scripts to its results: ../shared/mlmax/mlmax_e2e.sh against a server of its own.

Needs MLMAX (a checkout) and ../shared. The clients are those that run this test, so nothing is downloaded.
"""
import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HARNESS = ROOT.parent / "shared/mlmax/mlmax_e2e.sh"
STAGES = 17


def test_mlmax_from_end_to_end(start_server, tmp_path):
    if not os.environ.get("MLMAX"):
        pytest.skip("MLMAX names no checkout of awslabs/mlmax")
    if not HARNESS.is_file():
        pytest.skip(f"{HARNESS} is not there")
    with start_server() as server:
        own = {"MLMAX_VENV": sys.prefix, "MLMAX_WORK": str(tmp_path), "MLMAX_RUN_TIMEOUT": "300"}
        run = subprocess.run(["bash", str(HARNESS), server.endpoint], capture_output=True, text=True, timeout=1800, env=server.environment() | own)
    assert f"{STAGES} of {STAGES} stages ok" in run.stdout and run.returncode == 0, run.stdout + run.stderr


def test_the_sagemaker_sdk_finds_its_default_bucket(server):
    """`eval "$(penstock env)"` is all that the SDK needs, though it asks the real STS for its bucket's name otherwise."""
    program = "import json, sagemaker; session = sagemaker.Session(); print(json.dumps([session.default_bucket(), session.upload_string_as_file_body('x', session.default_bucket(), 'k')]))"
    penstock = os.environ.get("PENSTOCK_BIN", str(ROOT / "build/penstock"))
    script = f'set -e; eval "$({penstock} env)"; exec {sys.executable} -W ignore -c "$PROGRAM"'
    clean = {name: value for name, value in server.environment().items() if not name.startswith("AWS_")}
    run = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=120, env=clean | {"PROGRAM": program})
    assert run.returncode == 0, run.stderr
    bucket, uri = json.loads(run.stdout.splitlines()[-1])
    assert bucket.startswith("sagemaker-us-east-1-") and uri == f"s3://{bucket}/k"
    assert server.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
