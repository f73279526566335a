"""Durable steps by activities a second: each is an execution that waits in an activity task, which a worker takes
(GetActivityTask) and answers by its task token (SendTaskSuccess). Signed calls over 32 connections from a client on the same
cores. Probe: fdatasync.

    tokens.py [EXECUTIONS]     (40000)
"""
import json
import pathlib
import subprocess
import sys
import tempfile

from bench_machine import KEY, PENSTOCK, SECRET, Server, fdatasync_probe
from engine import ROLE, make_role

CONNECTIONS = 32
CLIENT = pathlib.Path(PENSTOCK).parent / "bench" / "activity_bench"


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40_000
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder:
        syncs = fdatasync_probe(folder)
        server = Server(folder)
        make_role(server.client("iam"))
        states = server.client("stepfunctions")
        activity = states.create_activity(name="bench")["activityArn"]
        definition = {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": activity, "End": True}}}
        machine = states.create_state_machine(name="activity", definition=json.dumps(definition), roleArn=ROLE)["stateMachineArn"]
        before = server.cpu_seconds()
        command = [CLIENT, server.endpoint, KEY, SECRET, machine, activity, str(count), str(CONNECTIONS)]
        started, done = map(float, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
        cpu = (server.cpu_seconds() - before) / count * 1e6
        newest = states.list_executions(stateMachineArn=machine, statusFilter="RUNNING", maxResults=1)["executions"]
        assert not newest, "an execution was not answered"
        print(f"{count:,} activity steps: {count / done:,.0f}/s taken and answered by token = {count / done / syncs:.1f} x fdatasync ({syncs:,.0f}/s); "
              f"started at {count / started:,.0f}/s; {cpu:.0f} us of the server's CPU for start, take and answer")  # fmt: skip
        server.stop()


if __name__ == "__main__":
    main()
