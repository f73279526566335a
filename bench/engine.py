"""The engine through HTTP with signatures verified: durable starts and state transitions a second (wrk, 64 connections), the
time of a 3-Pass pipeline as a client sees it, and whether all that stays flat as executions pile up. Probe: fdatasync.

    engine.py [SECONDS] [EXECUTIONS]     (per measurement, and those that pile up; 5 and 100000)
"""
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

PENSTOCK = os.environ["PENSTOCK_BIN"]
KEY, SECRET, REGION = "bench", "bench-secret", "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/bench"
CONNECTIONS = 64
INPUT = json.dumps({"id": 12345, "name": "benchmark", "values": list(range(40)), "note": "about two hundred bytes of input"})


def probe(folder, seconds=1.0):
    """fdatasync calls a second, each after a write of 4 KiB to one file."""
    descriptor = os.open(pathlib.Path(folder) / "probe", os.O_CREAT | os.O_WRONLY)
    count, block, began = 0, b"x" * 4096, time.perf_counter()
    while time.perf_counter() - began < seconds:
        os.write(descriptor, block)
        os.fdatasync(descriptor)
        count += 1
    os.close(descriptor)
    return count / (time.perf_counter() - began)


def passes(count):
    states = {f"P{n}": {"Type": "Pass", "Next": f"P{n + 1}"} for n in range(count - 1)}
    states[f"P{count - 1}"] = {"Type": "Pass", "End": True}
    return json.dumps({"StartAt": "P0", "States": states})


class Server:
    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [PENSTOCK, "serve", "--port", str(self.port), "--data", folder + "/data", "--root-key", f"{KEY}:{SECRET}"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout.readline().startswith("ready")
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.states = boto3.client("stepfunctions", endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id=KEY,
                                   aws_secret_access_key=SECRET, config=Config(retries={"max_attempts": 0}))  # fmt: skip

    def machine(self, count):
        name = f"pass{count}"
        return self.states.create_state_machine(name=name, definition=passes(count), roleArn=ROLE)["stateMachineArn"]

    def memory_mib(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return int(re.search(r"Pss:\s+(\d+)", text)[1]) / 1024

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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


def pipeline_time(server, machine_arn, count=200):
    """From StartExecution to SUCCEEDED seen by DescribeExecution, milliseconds."""
    times = []
    for _ in range(count):
        began = time.perf_counter()
        arn = server.states.start_execution(stateMachineArn=machine_arn, input=INPUT)["executionArn"]
        while server.states.describe_execution(executionArn=arn)["status"] == "RUNNING":
            pass
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), sorted(times)[int(count * 0.99)]


def measure(server, folder, machines, seconds, title):
    syncs = probe(folder)
    starts, slow, cpu = wrk(server, folder, machines[1], seconds)
    print(f"{title}: {starts:8.0f} durable starts/s (1 Pass; p99 {slow}, {cpu:.0f} us CPU each)  = {starts / syncs:.2f} x fdatasync ({syncs:.0f}/s)")
    rate, slow, cpu = wrk(server, folder, machines[10], seconds)
    print(f"{title}: {rate * 10:8.0f} durable state transitions/s (10 Pass; p99 {slow}, {cpu:.0f} us CPU an execution)  = {rate * 10 / syncs:.2f} x fdatasync")
    median, tail = pipeline_time(server, machines[3])
    print(f"{title}: 3-Pass pipeline, boto3, start to SUCCEEDED: p50 {median:.2f} ms, p99 {tail:.2f} ms")
    return rate * 10, rate * 10 / syncs


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    pile = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder:
        server = Server(folder)
        machines = {count: server.machine(count) for count in (1, 3, 10)}
        wrk(server, folder, machines[1], 1)  # warm up
        first = measure(server, folder, machines, seconds, "fresh")
        done = 0.0
        while done < pile:
            rate, _, _ = wrk(server, folder, machines[1], 5)
            done += rate * 5
        last = measure(server, folder, machines, seconds, f"after {done:,.0f} more")
        print(f"transitions after / fresh: {last[0] / first[0]:.2f}, as ratios to fdatasync {last[1] / first[1]:.2f}; "
              f"memory {server.memory_mib():.0f} MiB")
        server.process.terminate()
        server.process.wait()


if __name__ == "__main__":
    main()
