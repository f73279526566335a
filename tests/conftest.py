"""The real server for tests with real clients: started on a free port with a data directory of its own.

`server` is one server for a whole test run; `start_server(...)` starts another (options: account, root_key, data, clock,
extra arguments) and is used in a `with` block. The program is $PENSTOCK_BIN, or build/penstock.

Permissions are enforced, as by default. Each server has the role ROLE, which the services of SERVICES may act as and which
may do all; `server.make_role(name, ...)` makes another.
"""
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import uuid

import boto3
import pytest
from botocore.config import Config

ROOT = pathlib.Path(__file__).resolve().parent.parent
PENSTOCK = os.environ.get("PENSTOCK_BIN", str(ROOT / "build" / "penstock"))
REGION = "us-east-1"
ACCOUNT = "123456789012"
ROLE_NAME = "tests"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{ROLE_NAME}"
SERVICES = [f"{name}.amazonaws.com" for name in ("states", "sagemaker", "events", "scheduler", "cloudformation")]
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy_document(*statements):
    """A policy's text. A statement without an Effect allows, one without a Resource is about all of them."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*"} | one for one in statements]})


def trust_document(*services):
    """The text of a trust policy for services ("states.amazonaws.com")."""
    trust = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [trust]})


class Server:
    """A running `penstock serve` and how clients reach it."""

    def __init__(self, data, account=None, root_key=("AKIAPENSTOCKTEST", "a-secret-for-tests"), clock="real", arguments=(),
                 role=True):  # fmt: skip
        self.data = pathlib.Path(data)
        self.access_key, self.secret = root_key
        command = [PENSTOCK, "serve", "--port", "0", "--data", str(data), "--root-key", ":".join(root_key), "--clock", clock]
        command += (["--account", account] if account else []) + list(arguments)
        self.log = open(self.data.parent / f"{self.data.name}.log", "ab")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("ready "):
            raise RuntimeError(f"the server did not start: {line}{pathlib.Path(self.log.name).read_text()}")
        self.endpoint = line.split()[1]
        if role:
            self.make_role(ROLE_NAME, EVERYTHING)

    def client(self, service, **options):
        """A boto3 client. Without `config` it does not retry, so that a test sees the first answer."""
        options.setdefault("config", Config(retries={"max_attempts": 0}, read_timeout=70, inject_host_prefix=False))
        options.setdefault("region_name", REGION)
        options.setdefault("aws_access_key_id", self.access_key)
        options.setdefault("aws_secret_access_key", self.secret)
        return boto3.client(service, endpoint_url=self.endpoint, **options)

    def make_role(self, name, *statements, services=SERVICES):
        """Makes a role, or finds it there from before a restart; its ARN. `statements`: what it may do."""
        iam = self.client("iam")
        try:
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust_document(*services))
        except iam.exceptions.EntityAlreadyExistsException:
            pass
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="tests", PolicyDocument=policy_document(*statements))
        return iam.get_role(RoleName=name)["Role"]["Arn"]

    def environment(self):
        """Variables for the AWS CLI, the SDKs and penstock itself."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return clean | {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "PENSTOCK_DATA": str(self.data),
        }

    def run(self, *arguments, **options):
        """Runs `penstock ARGUMENTS` against this server."""
        options = {"capture_output": True, "text": True, "env": self.environment(), "timeout": 300} | options
        return subprocess.run([PENSTOCK, *map(str, arguments)], **options)

    def stop(self, how=signal.SIGTERM):
        """Stops the server; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        status = self.process.wait(timeout=60)
        self.process.stdout.close()
        self.log.close()
        return status


@pytest.fixture(scope="session")
def start_server():
    @contextlib.contextmanager
    def start(data=None, **options):
        with contextlib.ExitStack() as stack:
            if data is None:
                data = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="penstock-test-"))) / "data"
            server = Server(data, **options)
            stack.callback(server.stop)
            yield server

    return start


@pytest.fixture(scope="session")
def server(start_server):
    with start_server() as running:
        yield running


@pytest.fixture
def unique():
    """A name that no other test has, fit for buckets, roles, jobs and machines."""
    return f"t-{uuid.uuid4().hex[:16]}"
