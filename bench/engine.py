"""The engine through HTTP with signatures verified: durable starts and state transitions a second (wrk, 64 connections), the
time of a 3-Pass pipeline as a client sees it, and whether all that stays flat as executions pile up. Probe: fdatasync.

    engine.py [SECONDS] [EXECUTIONS]     (per measurement, and those that pile up; 5 and 100000)
"""
import datetime
import hashlib
import hmac
import http.client
import json
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bench_machine import KEY, REGION, SECRET, Server, fdatasync_probe

ROLE = "arn:aws:iam::123456789012:role/bench"
CONNECTIONS = 64
INPUT = json.dumps({"id": 12345, "name": "benchmark", "values": list(range(40)), "note": "about two hundred bytes of input"})


def passes(count):
    states = {f"P{n}": {"Type": "Pass", "Next": f"P{n + 1}"} for n in range(count - 1)}
    states[f"P{count - 1}"] = {"Type": "Pass", "End": True}
    return json.dumps({"StartAt": "P0", "States": states})


def make_role(iam):
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="bench", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))


def create_machine(states, count):
    return states.create_state_machine(name=f"pass{count}", definition=passes(count), roleArn=ROLE)["stateMachineArn"]


def wrk(server, folder, machine_arn, seconds):
    """Answered StartExecution calls a second, the 99th percentile of their time, and the server's CPU time for one."""
    # One signed request, sent over and over: a start without a name is a new execution each time.
    body = json.dumps({"stateMachineArn": machine_arn, "input": INPUT})
    request = AWSRequest("POST", server.endpoint + "/", data=body.encode(),
                         headers={"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AWSStepFunctions.StartExecution",
                                  "Host": f"127.0.0.1:{server.port}"})  # fmt: skip
    SigV4Auth(Credentials(KEY, SECRET), "states", REGION).add_auth(request)
    headers = "".join(f'wrk.headers["{name}"] = "{value}"\n' for name, value in request.headers.items())
    script = pathlib.Path(folder) / "start.lua"
    script.write_text(f'wrk.method = "POST"\nwrk.body = [==[{body}]==]\n{headers}')
    before = server.cpu_seconds()
    output = subprocess.run(["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(script), server.endpoint + "/"],
                            capture_output=True, text=True, check=True).stdout  # fmt: skip
    assert "Non-2xx" not in output and "Socket errors" not in output, output
    requests = int(re.search(r"(\d+) requests in", output)[1])
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])
    slowest = re.search(r"99%\s+(\S+)", output)[1]
    return rate, slowest, (server.cpu_seconds() - before) / requests * 1e6


def pipeline_time(states, machine_arn, count=200):
    """From StartExecution to SUCCEEDED seen by DescribeExecution, milliseconds."""
    times = []
    for _ in range(count):
        began = time.perf_counter()
        arn = states.start_execution(stateMachineArn=machine_arn, input=INPUT)["executionArn"]
        while states.describe_execution(executionArn=arn)["status"] == "RUNNING":
            pass
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), sorted(times)[int(count * 0.99)]


class RawClient:
    """Signed calls over one connection with nothing of an SDK around them: what the server itself takes."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.host = f"127.0.0.1:{server.port}"
        self.date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        self.scope = f"{self.date[:8]}/{REGION}/states/aws4_request"
        self.key = f"AWS4{SECRET}".encode()
        for part in self.scope.split("/"):
            self.key = hmac.digest(self.key, part.encode(), "sha256")

    def call(self, operation, body):
        target = f"AWSStepFunctions.{operation}"
        canonical = (f"POST\n/\n\nhost:{self.host}\nx-amz-date:{self.date}\nx-amz-target:{target}\n\nhost;x-amz-date;x-amz-target\n"
                     + hashlib.sha256(body).hexdigest())  # fmt: skip
        to_sign = f"AWS4-HMAC-SHA256\n{self.date}\n{self.scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self.key, to_sign.encode(), "sha256").hex()
        self.connection.request("POST", "/", body, {
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target, "X-Amz-Date": self.date,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={KEY}/{self.scope}, SignedHeaders=host;x-amz-date;x-amz-target, Signature={signature}"})
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text
        return json.loads(text)


def raw_pipeline_time(server, machine_arn, count=500):
    """As pipeline_time, without an SDK."""
    client = RawClient(server)
    start = json.dumps({"stateMachineArn": machine_arn, "input": INPUT}).encode()
    times = []
    for _ in range(count):
        began = time.perf_counter()
        arn = client.call("StartExecution", start)["executionArn"]
        describe = json.dumps({"executionArn": arn}).encode()
        while client.call("DescribeExecution", describe)["status"] == "RUNNING":
            pass
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), sorted(times)[int(count * 0.99)]


def measure(server, folder, machines, seconds, title):
    syncs = fdatasync_probe(folder)
    starts, slow, cpu = wrk(server, folder, machines[1], seconds)
    print(f"{title}: {starts:8.0f} durable starts/s (1 Pass; p99 {slow}, {cpu:.0f} us CPU each)  = {starts / syncs:.2f} x fdatasync ({syncs:.0f}/s)")
    rate, slow, cpu = wrk(server, folder, machines[10], seconds)
    print(f"{title}: {rate * 10:8.0f} durable state transitions/s (10 Pass; p99 {slow}, {cpu:.0f} us CPU an execution)  = {rate * 10 / syncs:.2f} x fdatasync")
    median, tail = pipeline_time(server.client("stepfunctions"), machines[3])
    print(f"{title}: 3-Pass pipeline, boto3, start to SUCCEEDED: p50 {median:.2f} ms, p99 {tail:.2f} ms")
    median, tail = raw_pipeline_time(server, machines[3])
    print(f"{title}: 3-Pass pipeline, one plain connection, start to SUCCEEDED: p50 {median:.2f} ms, p99 {tail:.2f} ms")
    return rate * 10, rate * 10 / syncs, cpu


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    pile = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder:
        server = Server(folder)
        make_role(server.client("iam"))
        machines = {count: create_machine(server.client("stepfunctions"), count) for count in (1, 3, 10)}
        wrk(server, folder, machines[1], 1)  # warm up
        first = measure(server, folder, machines, seconds, "fresh")
        done = 0.0
        while done < pile:
            rate, _, _ = wrk(server, folder, machines[1], 5)
            done += rate * 5
        last = measure(server, folder, machines, seconds, f"after {done:,.0f} more")
        print(f"transitions after / fresh: {last[0] / first[0]:.2f}, as ratios to fdatasync {last[1] / first[1]:.2f}; "
              f"CPU an execution {last[2] / first[2]:.2f}; memory {server.memory_mib():.0f} MiB")  # fmt: skip
        server.stop()


if __name__ == "__main__":
    main()
