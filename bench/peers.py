"""Durable steps a second of engines that a user could pick instead, and of Penstock, in one run: machines or workflows of
ten steps that do nothing. Restate (npm) and DBOS with SQLite (PyPI) are durable; moto (PyPI) speaks the same protocol and
keeps nothing. A peer that cannot be installed here is named with the reason. Their telemetry is off.

    peers.py [SECONDS]     (a measurement; 5)
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3
from bench_machine import KEY, REGION, SECRET, Server, fdatasync_probe, free_port
from engine import create_machine, make_role, passes, wrk

ROOT = pathlib.Path(__file__).resolve().parent.parent
STEPS = 10
CONNECTIONS = 64
QUIET = {"RESTATE_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "1"}


class NotHere(Exception):
    """The peer cannot be installed or started on this machine."""


def environment():
    """The Python environment with moto and DBOS."""
    script = [ROOT / "scripts" / "python_environment.sh", "bench/peers/requirements.txt"]
    made = subprocess.run(script, capture_output=True, text=True, cwd=ROOT)
    if made.returncode != 0:
        raise NotHere(f"its packages cannot be installed: {made.stderr.strip().splitlines()[-1:]}")
    return pathlib.Path(made.stdout.strip()) / "bin"


def until(answers, seconds=30):
    """Waits until `answers` does not raise."""
    end = time.monotonic() + seconds
    while True:
        try:
            return answers()
        except OSError as problem:
            if time.monotonic() > end:
                raise NotHere(f"it did not start: {problem}") from problem
            time.sleep(0.05)


def penstock(folder, seconds):
    server = Server(folder)
    try:
        make_role(server.client("iam"))
        machine = create_machine(server.client("stepfunctions"), STEPS)
        wrk(server, folder, machine, 1)
        return wrk(server, folder, machine, seconds)[0] * STEPS
    finally:
        server.stop()


def moto(folder, seconds):
    port = free_port()
    server = subprocess.Popen([environment() / "moto_server", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        endpoint = f"http://127.0.0.1:{port}"
        until(lambda: urllib.request.urlopen(f"{endpoint}/moto-api/", timeout=5).read())
        switch = urllib.request.Request(f"{endpoint}/moto-api/config", json.dumps({"stepfunctions": {"execute_state_machine": True}}).encode(),
                                        {"Content-Type": "application/json"})  # fmt: skip
        urllib.request.urlopen(switch, timeout=5).read()
        states = boto3.client("stepfunctions", endpoint_url=endpoint, region_name=REGION, aws_access_key_id=KEY, aws_secret_access_key=SECRET)
        machine = states.create_state_machine(name="peer", definition=passes(STEPS), roleArn="arn:aws:iam::123456789012:role/r")["stateMachineArn"]
        count, began = 0, time.perf_counter()
        started = []
        while time.perf_counter() - began < seconds:
            # moto wants names that differ.
            started.append(states.start_execution(stateMachineArn=machine, name=f"e{count}", input="{}")["executionArn"])
            count += 1
        while any(states.describe_execution(executionArn=arn)["status"] == "RUNNING" for arn in started[-20:]):
            time.sleep(0.01)
        return count * STEPS / (time.perf_counter() - began)
    finally:
        server.terminate()
        server.wait()


def dbos(folder, seconds):
    workflows = 12 * seconds
    done = subprocess.run([environment() / "python", ROOT / "bench" / "peers" / "dbos_steps.py", str(workflows), str(STEPS)],
                          capture_output=True, text=True, env=os.environ | QUIET, timeout=600)  # fmt: skip
    if done.returncode != 0:
        raise NotHere(done.stderr.strip().splitlines()[-1])
    return float(done.stdout.split()[-1])


def restate(folder, seconds):
    if not shutil.which("npm"):
        raise NotHere("there is no npm")
    home = pathlib.Path(folder) / "restate"
    shutil.copytree(ROOT / "bench" / "peers", home)
    made = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=home, capture_output=True, text=True)
    if made.returncode != 0:
        raise NotHere(f"npm install failed: {made.stderr.strip().splitlines()[-1:]}")
    ingress, admin, service = free_port(), free_port(), free_port()
    settings = QUIET | {"RESTATE_INGRESS__BIND_ADDRESS": f"127.0.0.1:{ingress}", "RESTATE_ADMIN__BIND_ADDRESS": f"127.0.0.1:{admin}",
                        "RESTATE_BIND_ADDRESS": f"127.0.0.1:{free_port()}", "RESTATE_BASE_DIR": str(home / "data"), "RUST_LOG": "error"}  # fmt: skip
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen([home / "node_modules" / ".bin" / "restate-server"], cwd=home, env=os.environ | settings, **quiet)
    worker = subprocess.Popen(["node", home / "restate_service.mjs", str(service)], cwd=home, **quiet)
    try:
        def register():
            body = json.dumps({"uri": f"http://127.0.0.1:{service}"}).encode()
            request = urllib.request.Request(f"http://127.0.0.1:{admin}/deployments", body, {"Content-Type": "application/json"})
            return urllib.request.urlopen(request, timeout=5).read()

        until(register, 60)
        target = f"http://127.0.0.1:{ingress}/steps/ten"
        until(lambda: urllib.request.urlopen(urllib.request.Request(target, method="POST"), timeout=30).read())
        script = home / "post.lua"
        script.write_text('wrk.method = "POST"\n')
        output = subprocess.run(["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script, target], capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in output:
            raise NotHere(f"its answers are errors: {output}")
        return float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1]) * STEPS
    finally:
        for process in (worker, server):
            process.terminate()
            process.wait()


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder:
        syncs = fdatasync_probe(folder)
        own = penstock(folder, seconds)
        print(f"Penstock: {own:,.0f} durable transitions/s (fdatasync {syncs:,.0f}/s)")
        for name, measure in {"Restate 1.7": restate, "DBOS 3.4, SQLite": dbos, "moto 5.2, keeps nothing": moto}.items():
            try:
                rate = measure(folder, seconds)
                print(f"{name}: {rate:,.0f} steps/s; Penstock is {own / rate:,.0f} times as fast")
            except NotHere as reason:
                print(f"{name}: not measured here: {reason}")


if __name__ == "__main__":
    main()
