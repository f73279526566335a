"""awslabs/mlmax, unmodified, from its own scripts to its results: ../shared/mlmax/mlmax_e2e.sh against a server of its own.

Needs MLMAX (a checkout) and ../shared. The clients are those that run this test, so nothing is downloaded.
"""
import datetime
import fcntl
import json
import os
import pathlib
import subprocess
import sys
import time
import uuid

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HARNESS = ROOT.parent / "shared/mlmax/mlmax_e2e.sh"
STAGES = 17


def run_harness(server, work):
    """The acceptance run; its folder then has a copy of the checkout (repo/) and the executions' descriptions."""
    if not os.environ.get("MLMAX"):
        pytest.skip("MLMAX names no checkout of awslabs/mlmax")
    if not HARNESS.is_file():
        pytest.skip(f"{HARNESS} is not there")
    own = {"MLMAX_VENV": sys.prefix, "MLMAX_WORK": str(work), "MLMAX_RUN_TIMEOUT": "300"}
    run = subprocess.run(["bash", str(HARNESS), server.endpoint], capture_output=True, text=True, timeout=1800, env=server.environment() | own)
    assert f"{STAGES} of {STAGES} stages ok" in run.stdout and run.returncode == 0, run.stdout + run.stderr


class Module:
    """One of mlmax's modules in a copy of the checkout, and commands run in its folder as its user runs them."""

    def __init__(self, server, repo, name, region="us-east-1"):
        self.folder = repo / "modules" / name
        config = repo / f"aws-config-{name}"
        config.write_text(f"[default]\nregion = {region}\noutput = json\n")
        path = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
        own = {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_DEFAULT_REGION": region, "PATH": path}
        self.environment = server.environment() | own

    def run(self, *command, status=0):
        with open("/tmp/.mlmax_e2e.lock", "w") as lock:  # its scripts write fixed names under /tmp
            fcntl.flock(lock, fcntl.LOCK_EX)
            run = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=300)
        assert run.returncode == status, run.stdout + run.stderr
        return run.stdout + run.stderr

    def deploy(self, stack, bucket, **parameters):
        self.run("aws", "cloudformation", "package", "--template-file", "templates/master.yaml", "--s3-bucket", bucket, "--output-template-file", "templates/packaged.yaml")
        overrides = [f"{name}={value}" for name, value in parameters.items()]
        return self.run("aws", "cloudformation", "deploy", "--stack-name", stack, "--template-file", "templates/packaged.yaml", "--capabilities",
                        "CAPABILITY_NAMED_IAM", "--no-fail-on-empty-changeset", "--parameter-overrides", *overrides)  # fmt: skip

    def delete(self, stack):
        self.run("aws", "cloudformation", "delete-stack", "--stack-name", stack)
        self.run("aws", "cloudformation", "wait", "stack-delete-complete", "--stack-name", stack)


def left_behind(server, region="us-east-1"):
    """What stacks make, by kind: everything of it must be gone when the stacks are."""
    client = lambda service: server.client(service, region_name=region)
    return {
        "stacks": [stack["StackName"] for stack in client("cloudformation").describe_stacks()["Stacks"]],
        "roles": [role["RoleName"] for role in client("iam").list_roles()["Roles"]],
        "machines": [machine["name"] for machine in client("stepfunctions").list_state_machines()["stateMachines"]],
        "rules": [rule["Name"] for rule in client("events").list_rules()["Rules"]],
    }


def test_mlmax_from_end_to_end(start_server, tmp_path):
    with start_server() as server:
        run_harness(server, tmp_path)


def scheduled_execution(server, machine, earlier):
    """The execution that the rule started, once it has ended."""
    states = server.client("stepfunctions")
    deadline = time.monotonic() + 300
    while True:
        rows = states.list_executions(stateMachineArn=machine)["executions"]
        ended = [row["executionArn"] for row in rows if row["executionArn"] not in earlier and row["status"] != "RUNNING"]
        if ended:
            return states.describe_execution(executionArn=ended[0])
        assert time.monotonic() < deadline, rows
        time.sleep(0.2)


def test_mlmax_scheduler(start_server, tmp_path):
    """After the acceptance run: a deploy with IsEnableScheduler=yes, whose rule starts the inference pipeline at 07:45."""
    with start_server(clock="virtual", arguments=["--virtual-days", "1"]) as server:
        before = left_behind(server)
        run_harness(server, tmp_path)
        given = json.loads(json.loads((tmp_path / "Inference.exec.json").read_text())["input"])
        names = ["InputDataURL", "ProcModelS3", "PreprocessingCodeURL", "InferenceCodeURL", "ModelS3", "PreprocessedTrainDataURL", "PreprocessedTestDataURL"]
        output = f"{given['OutputPathURL']}-scheduled"
        parameters = {name: given[name] for name in names} | {"OutputPathURL": output, "PipelineName": "MlMaxPipelineDemo", "TargetEnv": "dev"}
        bucket = given["OutputPathURL"][5:].split("/")[0]
        module = Module(server, tmp_path / "repo", "pipeline")
        machine = next(m["stateMachineArn"] for m in server.client("stepfunctions").list_state_machines()["stateMachines"] if "Inference" in m["name"])
        earlier = {row["executionArn"] for row in server.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]}
        deploy = dict(stack="MlMaxPipelineDemo-dev", bucket=bucket, IsEnableScheduler="yes", PackageBucket=bucket, **parameters)
        assert "Successfully" in module.deploy(**deploy)
        assert "No changes to deploy" in module.deploy(**deploy)
        rule = server.client("events").describe_rule(Name="MlMaxPipelineDemo-ScheduleRule-dev")
        assert (rule["ScheduleExpression"], rule["State"]) == ("cron(45 07 * * ? *)", "ENABLED")
        execution = scheduled_execution(server, machine, earlier)
        assert execution["status"] == "SUCCEEDED", execution
        assert execution["startDate"].astimezone(datetime.timezone.utc).strftime("%H:%M") == "07:45"
        started = json.loads(execution["input"])
        event = started["InferenceJobName"].removeprefix("mlmax-infer-")
        assert uuid.UUID(event) and started["PreprocessingJobName"] == f"mlmax-proc-{event}"
        where, key = output[5:].split("/", 1)
        assert server.client("s3").get_object(Bucket=where, Key=f"{key}/predictions.csv")["Body"].read()
        module.delete("MlMaxPipelineDemo-dev")
        assert left_behind(server) == before


@pytest.fixture
def checkout(tmp_path):
    """A copy of the checkout, as committed."""
    if not os.environ.get("MLMAX"):
        pytest.skip("MLMAX names no checkout of awslabs/mlmax")
    repo = tmp_path / "repo"
    subprocess.run(["git", "-c", "safe.directory=*", "clone", "-q", "--shared", os.environ["MLMAX"], str(repo)], check=True, capture_output=True)
    return repo


def test_mlmax_data_module(server, checkout):
    """Its own deploy.sh, twice; its rule waits for the next 02:45."""
    region = "ap-southeast-1"
    before = left_behind(server, region)
    module = Module(server, checkout, "data", region)
    bucket = "sagemaker-ap-southeast-1-671846148176"  # of its config
    module.run("aws", "s3", "mb", f"s3://{bucket}")
    module.run(sys.executable, "data_pipeline_create.py")
    assert "Successfully created/updated stack" in module.run("bash", "-e", "deploy.sh", "dev", bucket)
    states, events = (server.client(service, region_name=region) for service in ("stepfunctions", "events"))
    (machine,) = [m["stateMachineArn"] for m in states.list_state_machines()["stateMachines"] if m["name"] == "MlMaxDataDemo4-Data-dev"]
    (target,) = events.list_targets_by_rule(Rule="MlMaxDataDemo4-ScheduleRule-dev")["Targets"]
    assert target["Arn"] == machine and target["InputTransformer"]["InputPathsMap"] == {"id": "$.id"}
    assert '"S3InputPath": "s3://ml-proserve-nyc-taxi-data/csv"' in target["InputTransformer"]["InputTemplate"]
    assert "No changes to deploy" in module.run("bash", "-e", "deploy.sh", "dev", bucket, status=255)  # so the CLI says that it did nothing
    module.delete("MlMaxDataDemo4-dev")
    assert left_behind(server, region) == before


def test_mlmax_monitoring_module(server, checkout, unique):
    """As its deploy.sh does it, but for the container that this builds with Docker first."""
    before = left_behind(server)
    module = Module(server, checkout, "monitoring")
    module.run("aws", "s3", "mb", f"s3://{unique}")
    module.run(sys.executable, "monitor_pipeline_create.py")
    for answer in ("Successfully created/updated stack", "No changes to deploy"):
        assert answer in module.deploy("MlMaxMonitor-dev", unique, PipelineName="MlMaxMonitor", TargetEnv="dev")
    assert "MlMaxMonitor-dev" in [machine["name"] for machine in server.client("stepfunctions").list_state_machines()["stateMachines"]]
    module.delete("MlMaxMonitor-dev")
    assert left_behind(server) == before


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
