"""What the benchmarks share: a server under test, and the probe of the disk."""
import os
import pathlib
import re
import socket
import subprocess
import time

import boto3
from botocore.config import Config

PENSTOCK = os.environ["PENSTOCK_BIN"]
KEY, SECRET, REGION = "bench", "bench-secret", "us-east-1"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fdatasync_probe(folder, seconds=1.0):
    """fdatasync calls a second, each after a write of 4 KiB to one file."""
    descriptor = os.open(pathlib.Path(folder) / "probe", os.O_CREAT | os.O_WRONLY)
    count, block, began = 0, b"x" * 4096, time.perf_counter()
    while time.perf_counter() - began < seconds:
        os.write(descriptor, block)
        os.fdatasync(descriptor)
        count += 1
    os.close(descriptor)
    return count / (time.perf_counter() - began)


class Server:
    """`penstock serve` on a free port (or a given one) with its data in FOLDER/data."""

    def __init__(self, folder, port=None, arguments=()):
        self.port = port or free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        command = [PENSTOCK, "serve", "--port", str(self.port), "--data", f"{folder}/data", "--root-key", f"{KEY}:{SECRET}", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout.readline().startswith("ready"), "the server did not start"

    def client(self, service):
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id=KEY,
                            aws_secret_access_key=SECRET, config=Config(retries={"max_attempts": 0}))  # fmt: skip

    def memory_mib(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return int(re.search(r"Pss:\s+(\d+)", text)[1]) / 1024

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.terminate()
        self.process.wait()
