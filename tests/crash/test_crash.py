"""Kills the real server (SIGKILL) at random instants under load and starts it again, some 200 times, then looks at every
execution: each acknowledged one exists, each history is well-formed, no task was started twice without a recorded retry or redrive,
and each ends with the right status and output. What fails on purpose is redriven, also while the server is killed. Every item of a
distributed Map has run once, as one child execution.

    python tests/crash/test_crash.py [--kills 200] [--seed 1]     (with PENSTOCK_BIN, see tests/conftest.py)
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import tempfile
import threading
import time

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PENSTOCK = os.environ.get("PENSTOCK_BIN", str(ROOT / "build" / "penstock"))
KEY, SECRET, ACCOUNT, REGION = "AKIACRASHTEST", "a-secret-for-tests", "123456789012", "us-east-1"
ARN = f"arn:aws:states:{REGION}:{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/crash"
ENDS = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"}
TASK_ENDS = {"TaskFailed", "TaskTimedOut", "TaskSubmitFailed", "TaskStartFailed", "ActivityFailed", "ActivityTimedOut"}


def chain(count, name="P"):
    """`count` Pass states; the output is the input."""
    states = {f"{name}{n}": {"Type": "Pass", "Next": f"{name}{n + 1}"} for n in range(count - 1)}
    states[f"{name}{count - 1}"] = {"Type": "Pass", "End": True}
    return {"StartAt": f"{name}0", "States": states}


def one(state, name="S"):
    return {"StartAt": name, "States": {name: state | {"End": True}}}


def wait(seconds):
    return {"Type": "Wait", "Seconds": seconds}


MACHINES = {
    "chain": chain(10),
    "wait": one(wait(1)),
    "retry": {
        "StartAt": "Fails",
        "States": {
            "Fails": {
                "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:describeStateMachine", "End": True,
                "Parameters": {"StateMachineArn": f"{ARN}:stateMachine:none"},
                "Retry": [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1.0}],
                "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Caught"}],
            },
            "Caught": {"Type": "Pass", "End": True},
        },
    },
    "parallel": {
        "StartAt": "Both",
        "States": {
            "Both": {"Type": "Parallel", "Branches": [chain(3, "A"), one(wait(1)), chain(1, "B")], "OutputPath": "$[1]", "End": True}
        },
    },
    "map": {
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "ResultPath": "$.items", "End": True,
                "ItemProcessor": one(wait(0)),
            }
        },
    },
    "parent": one({
        "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": f"{ARN}:stateMachine:child", "Input.$": "$"}, "OutputPath": "$.Output",
    }),
    "child": {"StartAt": "W", "States": {"W": wait(0) | {"Next": "P"}, "P": {"Type": "Pass", "End": True}}},
    "token": one({
        "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.waitForTaskToken", "ResultPath": None,
        "Parameters": {"StateMachineArn": f"{ARN}:stateMachine:sender", "Input": {"token.$": "$$.Task.Token"}},
    }),
    "sender": {
        "StartAt": "Wait",
        "States": {
            "Wait": wait(1) | {"Next": "Send"},
            "Send": {
                "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess", "End": True,
                "Parameters": {"TaskToken.$": "$.token", "Output": "{}"},
                # After a crash the token may have been used by the call that was cut off.
                "Catch": [{"ErrorEquals": ["Sfn.TaskTimedOutException"], "Next": "Used"}],
            },
            "Used": {"Type": "Succeed"},
        },
    },
    "activity": one({
        "Type": "Task", "Resource": f"{ARN}:activity:work", "TimeoutSeconds": 3,
        # A worker may never hear of the task that it was given: its answer was cut off.
        "Retry": [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 100, "BackoffRate": 1.0}],
    }),
}
MENDED = f"{ARN}:activity:mended"  # made when the killing is over
MACHINES["redriven"] = {
    "StartAt": "First",
    "States": {
        "First": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:listActivities", "Parameters": {}, "ResultPath": None, "Next": "Both"},
        "Both": {"Type": "Parallel", "ResultPath": None, "End": True, "Branches": [
            one(wait(1)),
            one({"Type": "Pass", "Result": "kept"}, "Kept"),
            one({"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:describeActivity", "Parameters": {"ActivityArn": MENDED}}, "Fails"),
        ]},
    },
}  # fmt: skip


def distributed(processor, kind="STANDARD", **fields):
    """A Map of the input's items in distributed mode; the output is the input."""
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}}
    return {"Type": "Map", "ItemsPath": "$.items", "ResultPath": "$.items", "Label": "Each", "ItemProcessor": processor | config} | fields


MACHINES["distributed"] = one(distributed(one(wait(0), "W"), MaxConcurrency=2))
MACHINES["express"] = one(distributed(one(wait(1), "W"), "EXPRESS"))
# The third item fails until the activity is there; the others succeed in their first run.
MACHINES["mapped"] = one(distributed({
    "StartAt": "Which",
    "States": {
        "Which": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 3, "Next": "Fails"}], "Default": "Well"},
        "Fails": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:describeActivity", "Parameters": {"ActivityArn": MENDED}, "ResultPath": None, "End": True},
        "Well": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:listActivities", "Parameters": {}, "ResultPath": None, "End": True},
    },
}, ToleratedFailureCount=0))  # fmt: skip
REDRIVEN = ["redriven", "mapped"]
MAPPED = {"distributed": 5, "express": 5, "mapped": 5}  # items of each
STARTED = [name for name in MACHINES if name not in ("child", "sender")]


def input_of(kind, number):
    return {"n": number, "items": [1, 2, 3, 4, 5]} if kind == "map" or kind in MAPPED else {"n": number}


class Server:
    """One data directory and port, and the process that serves them now."""

    def __init__(self, data):
        self.data = data
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = open(data.parent / "server.log", "ab")
        self.process = None

    def start(self):
        command = [PENSTOCK, "serve", "--port", str(self.port), "--data", str(self.data), "--root-key", f"{KEY}:{SECRET}",
                   "--account", ACCOUNT]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)

    def kill(self, how=signal.SIGKILL):
        assert self.process.poll() is None, f"the server ended by itself, status {self.process.returncode}"
        self.process.send_signal(how)
        return self.process.wait(60)

    def client(self, read_timeout=5, service="stepfunctions"):
        config = Config(retries={"max_attempts": 0, "mode": "legacy"}, connect_timeout=1, read_timeout=read_timeout,
                        max_pool_connections=16, tcp_keepalive=False)  # fmt: skip
        return boto3.client(service, endpoint_url=f"http://127.0.0.1:{self.port}", region_name=REGION,
                            aws_access_key_id=KEY, aws_secret_access_key=SECRET, config=config)  # fmt: skip


def persist(call, **parameters):
    """Repeats a call until the server answers it; the answer, or AWS's error."""
    while True:
        try:
            return call(**parameters)
        except ClientError:
            raise
        except BotoCoreError:
            time.sleep(0.01)


class Load:
    """Clients that start executions, and workers of the activity."""

    def __init__(self, server, seed):
        self.server = server
        self.seed = seed
        self.stopping = threading.Event()
        self.draining = threading.Event()
        self.acknowledged = {}  # ARN -> (machine, number)
        self.lock = threading.Lock()
        self.failures = []
        self.threads = [threading.Thread(target=self.guard, args=(self.start_many, n)) for n in range(4)]
        self.threads += [threading.Thread(target=self.guard, args=(self.work, n)) for n in range(2)]
        self.threads += [threading.Thread(target=self.guard, args=(self.redrive_many, 0))]
        self.redrives = collections.Counter()  # ARN -> acknowledged redrives

    def guard(self, function, number):
        try:
            function(number)
        except Exception as error:  # noqa: BLE001 - told by the test
            self.failures.append(repr(error))

    def start_many(self, thread):
        client = self.server.client()
        choose = random.Random(self.seed * 100 + thread)
        number = thread
        while not self.stopping.is_set():
            number += 1000
            kind = choose.choice(STARTED)
            parameters = {"stateMachineArn": f"{ARN}:stateMachine:{kind}", "input": json.dumps(input_of(kind, number))}
            named = choose.random() < 0.5
            if named:
                parameters["name"] = f"{kind}-{number}"
            try:
                # A named start may be repeated until it is answered: it is the same execution.
                answer = (persist if named else lambda call, **p: call(**p))(client.start_execution, **parameters)
                with self.lock:
                    self.acknowledged[answer["executionArn"]] = (kind, number)
            except BotoCoreError:
                time.sleep(0.005)  # cut off: it may exist or not
            except ClientError as error:
                if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                    raise
                with self.lock:  # the start that was cut off had come through and has ended
                    self.acknowledged[f"{ARN}:execution:{kind}:{parameters['name']}"] = (kind, number)
            time.sleep(choose.uniform(0, 0.08))

    def redrive_many(self, _):
        """Redrives of what fails, again and again; with a client token a redrive may be repeated until it is answered."""
        client = self.server.client()
        choose = random.Random(self.seed)
        while not self.draining.is_set():
            found = [item for machine in REDRIVEN for item in all_executions(client, machine).items()]
            failed = [arn for arn, status in found if status == "FAILED"]
            for arn in choose.sample(failed, min(3, len(failed))):
                token = f"{choose.random()}"
                try:
                    persist(client.redrive_execution, executionArn=arn, clientToken=token)
                    self.redrives[arn] += 1
                except ClientError as error:
                    raise AssertionError(f"{arn}: {error}") from error
            time.sleep(0.05)

    def work(self, number):
        client = self.server.client(read_timeout=2)
        while not self.draining.is_set():
            try:
                task = client.get_activity_task(activityArn=f"{ARN}:activity:work", workerName=f"worker-{number}")
                if task.get("taskToken"):
                    persist(client.send_task_success, taskToken=task["taskToken"], output=task["input"])
            except BotoCoreError:
                time.sleep(0.005)
            except ClientError as error:
                if error.response["Error"]["Code"] != "TaskTimedOut":
                    raise


def events_of(client, arn):
    events, token = [], {}
    while True:
        page = persist(client.get_execution_history, executionArn=arn, maxResults=1000, **token)
        events += page["events"]
        if "nextToken" not in page:
            return events
        token = {"nextToken": page["nextToken"]}


def check_history(events):
    """What is wrong with a history; nothing when all is well."""
    if [event["id"] for event in events] != list(range(1, len(events) + 1)):
        return f"ids are not dense: {[event['id'] for event in events]}"
    if events[0]["type"] != "ExecutionStarted":
        return "does not begin with ExecutionStarted"
    ends = [event["type"] for event in events if event["type"] in ENDS or event["type"] == "ExecutionRedriven"]
    if any((kind in ENDS) != (place % 2 == 0) for place, kind in enumerate(ends)) or ends[-1:] != [events[-1]["type"]] or len(ends) % 2 == 0:
        return f"has not one end, at its end: {[event['type'] for event in events]}"
    owners = {}  # event -> the Scheduled event that it belongs to
    seen = collections.Counter()
    for event in events:
        previous = event["previousEventId"]
        if not 0 <= previous < event["id"]:
            return f"event {event['id']} follows event {previous}"
        kind = event["type"]
        if kind == "ExecutionRedriven":
            seen = collections.Counter({what: count for what, count in seen.items() if count > 1})
        if kind.endswith("Scheduled"):
            before = events[previous - 1]["type"]
            if before != "TaskStateEntered" and before not in TASK_ENDS:
                return f"event {event['id']} schedules a task after {before}"
            seen["scheduled after", previous] += 1
            owners[event["id"]] = event["id"]
        elif previous in owners:
            owners[event["id"]] = owners[previous]
            seen[kind, owners[previous]] += 1
    twice = [what for what, count in seen.items() if count > 1]
    return f"twice: {twice}" if twice else None


def all_executions(client, machine):
    arns, token = {}, {}
    while True:
        page = persist(client.list_executions, stateMachineArn=f"{ARN}:stateMachine:{machine}", maxResults=1000, **token)
        arns |= {item["executionArn"]: item["status"] for item in page["executions"]}
        if "nextToken" not in page:
            return arns
        token = {"nextToken": page["nextToken"]}


def wait_for_ends(client, seconds):
    """Until nothing runs, and all that failed was redriven; what is left then."""
    deadline = time.monotonic() + seconds
    while True:
        running = {name: [arn for arn, status in all_executions(client, name).items() if status in ("RUNNING", "FAILED")] for name in MACHINES}
        running = {name: arns for name, arns in running.items() if arns}
        if not running or time.monotonic() > deadline:
            return running
        time.sleep(0.2)


def check_redrives(found, events):
    """What is wrong with the redrives of an execution: each counted, nothing that had succeeded done again."""
    redriven = [event["executionRedrivenEventDetails"]["redriveCount"] for event in events if event["type"] == "ExecutionRedriven"]
    if redriven != list(range(1, found["redriveCount"] + 1)):
        return f"redriveCount {found['redriveCount']}, but its history tells of {redriven}"
    entered = collections.Counter(event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event)
    first = sum(event["type"] == "TaskScheduled" and "listActivities" in event["taskScheduledEventDetails"]["resource"] for event in events)
    passes = sum(event["type"] == "PassStateEntered" for event in events)
    if first > 1 or entered["First"] > 1 or entered["Both"] > 1 or (entered["Both"] and passes != 1):
        return f"did again what had succeeded: {entered}"
    return None


def check_map_run(client, arn, items, express):
    """What is wrong with the map run of an execution: one run, each item in one child execution that ended well, no task done twice."""
    runs = persist(client.list_map_runs, executionArn=arn)["mapRuns"]
    if len(runs) != 1:
        return f"has {len(runs)} map runs"
    run = persist(client.describe_map_run, mapRunArn=runs[0]["mapRunArn"])
    for counts in (run["itemCounts"], run["executionCounts"]):
        told = {name: count for name, count in counts.items() if count and name != "resultsWritten"}
        if run["status"] != "SUCCEEDED" or told != {"succeeded": items, "total": items}:
            return f"its map run is {run['status']} with {told}"
    if express:
        return None
    children = persist(client.list_executions, mapRunArn=run["mapRunArn"], maxResults=1000)["executions"]
    inputs = collections.Counter()
    for child in children:
        inputs[persist(client.describe_execution, executionArn=child["executionArn"])["input"]] += 1
        events = events_of(client, child["executionArn"])
        wrong = check_history(events)
        well = sum(event["type"] == "TaskScheduled" and "listActivities" in event["taskScheduledEventDetails"]["resource"] for event in events)
        # One that was aborted with its task under way, since another failed, does that again when it is redriven.
        redriven = sum(event["type"] == "ExecutionRedriven" for event in events)
        if wrong or well > 1 + redriven:
            return f"{child['executionArn']}: {wrong or 'did its task again'}"
    return None if inputs == collections.Counter(map(str, range(1, items + 1))) else f"its items were run as {inputs}"


def check_execution(client, arn, expected):
    """A line about what is wrong, or nothing; and how many tasks the history schedules."""
    found = persist(client.describe_execution, executionArn=arn)
    events = events_of(client, arn)
    wrong = check_history(events)
    scheduled = sum(event["type"] == "TaskScheduled" for event in events)
    if not wrong and ":redriven:" in arn:
        wrong = check_redrives(found, events)
    machine = arn.split(":")[6]
    if not wrong and machine in MAPPED:
        wrong = check_map_run(client, arn, MAPPED[machine], machine == "express")
    if not wrong and found["status"] != "SUCCEEDED":
        wrong = f"ended {found['status']}: {found.get('error')} {found.get('cause')}"
    if not wrong and expected is not None and json.loads(found["output"]) != expected:
        wrong = f"output {found['output']}, not {expected}"
    return (f"{arn}: {wrong}" if wrong else None), scheduled


def check_all(client, acknowledged):
    wrong = []
    scheduled = collections.Counter()
    counts = {}
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for machine in MACHINES:
            arns = all_executions(client, machine)
            counts[machine] = len(arns)
            lost = {arn for arn, (kind, _) in acknowledged.items() if kind == machine} - set(arns)
            wrong += [f"{arn}: acknowledged, but lost" for arn in lost]
            expected = {arn: input_of(*acknowledged[arn]) if arn in acknowledged else None for arn in arns}
            for problem, tasks in pool.map(lambda arn: check_execution(client, arn, expected[arn]), arns):
                wrong += [problem] if problem else []
                scheduled[machine] += tasks
    # Each start of a child is one TaskScheduled of its parent, however often the call was made.
    for parent, child in (("parent", "child"), ("token", "sender")):
        if scheduled[parent] != counts[child]:
            wrong.append(f"{scheduled[parent]} tasks of {parent} made {counts[child]} executions of {child}")
    return wrong, counts


def make_role(iam):
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = {"Effect": "Allow", "Action": ["states:*", "events:*"], "Resource": "*"}
    text = {name: json.dumps({"Version": "2012-10-17", "Statement": [one]}) for name, one in (("trust", trust), ("policy", policy))}
    persist(iam.create_role, RoleName="crash", AssumeRolePolicyDocument=text["trust"])
    persist(iam.put_role_policy, RoleName="crash", PolicyName="own", PolicyDocument=text["policy"])


def run(kills, seed, folder):
    server = Server(pathlib.Path(folder) / "data")
    server.start()
    client = server.client()
    make_role(server.client(service="iam"))
    for name, definition in MACHINES.items():
        persist(client.create_state_machine, name=name, definition=json.dumps(definition), roleArn=ROLE)
    persist(client.create_activity, name="work")
    load = Load(server, seed)
    for thread in load.threads:
        thread.start()
    choose = random.Random(seed)
    for _ in range(kills):
        # Mostly under load, sometimes while the server is still starting.
        time.sleep(choose.uniform(0.0, 0.06) if choose.random() < 0.2 else choose.uniform(0.06, 0.6))
        server.kill()
        server.start()
    load.stopping.set()
    persist(client.create_activity, name="mended")
    running = wait_for_ends(client, 60)
    load.draining.set()
    for thread in load.threads:
        thread.join(60)
    wrong, counts = check_all(client, load.acknowledged)
    for arn, count in load.redrives.items():
        found = persist(client.describe_execution, executionArn=arn)["redriveCount"]
        wrong += [f"{arn}: {count} redrives acknowledged, {found} recorded"] if found != count else []
    wrong += [f"{name} still runs: {arns[:3]}" for name, arns in running.items()] + load.failures
    print(f"{kills} kills, seed {seed}: {sum(counts.values())} executions {counts}, {len(load.acknowledged)} acknowledged, "
          f"{load.redrives.total()} redrives")
    assert server.kill(signal.SIGTERM) == 0
    return wrong


def history_of(*types_and_previous):
    return [{"id": n, "type": kind, "previousEventId": before} for n, (kind, before) in enumerate(types_and_previous, 1)]


def test_the_check_finds_what_is_wrong():
    start, entered, scheduled = ("ExecutionStarted", 0), ("TaskStateEntered", 0), ("TaskScheduled", 2)
    good = [start, entered, scheduled, ("TaskStarted", 3), ("TaskFailed", 4), ("TaskScheduled", 5), ("ExecutionAborted", 6)]
    assert check_history(history_of(*good)) is None
    assert "twice" in check_history(history_of(start, entered, scheduled, scheduled, ("ExecutionFailed", 4)))
    assert "twice" in check_history(history_of(start, entered, scheduled, ("TaskStarted", 3), ("TaskStarted", 3), ("ExecutionFailed", 5)))
    assert "schedules a task" in check_history(history_of(start, entered, scheduled, ("TaskScheduled", 3), ("ExecutionFailed", 4)))
    assert "dense" in check_history(history_of(start, entered, ("ExecutionFailed", 2))[:1] + history_of(start, entered, ("ExecutionFailed", 2))[2:])
    assert "one end" in check_history(history_of(start, entered))
    redriven = [start, entered, scheduled, ("TaskFailed", 3), ("ExecutionFailed", 4), ("ExecutionRedriven", 5), ("TaskScheduled", 2), ("ExecutionAborted", 7)]
    assert check_history(history_of(*redriven)) is None
    assert "one end" in check_history(history_of(*redriven[:6]))
    assert "one end" in check_history(history_of(*redriven[:4], ("ExecutionRedriven", 4), ("ExecutionFailed", 5)))
    assert "twice" in check_history(history_of(*redriven[:7], ("TaskScheduled", 2), ("ExecutionAborted", 8)))
    assert "follows" in check_history(history_of(start, ("TaskStateEntered", 7), ("ExecutionFailed", 2)))


def test_nothing_is_lost_and_nothing_runs_twice():
    with tempfile.TemporaryDirectory(prefix="penstock-crash-") as folder:
        wrong = run(kills=int(os.environ.get("PENSTOCK_CRASH_KILLS", "200")), seed=int(os.environ.get("PENSTOCK_CRASH_SEED", "1")), folder=folder)
    assert not wrong, f"{len(wrong)} problems:\n" + "\n".join(wrong[:20])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="folder to work in, kept")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="penstock-crash-") as temporary:
        problems = run(arguments.kills, arguments.seed, arguments.keep or temporary)
    print("\n".join(problems) or "no problems")
