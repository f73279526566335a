"""Many executions that wait at once, in a Wait state until one and the same time: how fast they start, what memory they
take, how long a restart with all of them takes, and how long it takes until all have finished. Then listing, describing
and starting with all of them in the store, beside the same on an empty one. Probe: fdatasync. First one execution of as many events as there may
be, and a distributed Map of a tenth as many items.

    scale.py [EXECUTIONS]     (1000000)
"""
import datetime
import json
import pathlib
import sqlite3
import statistics
import sys
import tempfile
import time

from bench_machine import Server, fdatasync_probe
from engine import ROLE, make_role, passes, wrk

BATCH_SECONDS = 5


def running(folder):
    with sqlite3.connect(f"file:{folder}/data/penstock.db?mode=ro", uri=True) as database:
        return database.execute("select count(*) from runs where status = 'RUNNING'").fetchone()[0]


def milliseconds(call, count=100):
    times = []
    for _ in range(count):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def look(states, machine_arn, title):
    """Listing, describing and starting, as a client sees them."""
    starts = milliseconds(lambda: states.start_execution(stateMachineArn=machine_arn, input="{}"))
    newest = states.list_executions(stateMachineArn=machine_arn, maxResults=1)["executions"][0]["executionArn"]
    lists = milliseconds(lambda: states.list_executions(stateMachineArn=machine_arn, maxResults=100))
    describes = milliseconds(lambda: states.describe_execution(executionArn=newest))
    print(f"{title}: list 100 {lists:.2f} ms, describe {describes:.2f} ms, start {starts:.2f} ms (boto3, p50)")


def large_map(items):
    """A distributed Map over a CSV object: a durable child execution for each row."""
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder:
        server = Server(folder, arguments=("--iam", "off"))
        make_role(server.client("iam"))
        s3, states = server.client("s3"), server.client("stepfunctions")
        s3.create_bucket(Bucket="bench")
        s3.put_object(Bucket="bench", Key="rows.csv", Body="id,name\n" + "".join(f"{n},row {n}\n" for n in range(items)))
        reader = {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
                  "Parameters": {"Bucket": "bench", "Key": "rows.csv"}}  # fmt: skip
        processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **json.loads(passes(1))}
        mapping = {"Type": "Map", "ItemReader": reader, "ItemProcessor": processor, "ResultPath": None, "End": True,
                   "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "bench", "Prefix": "out"}}}  # fmt: skip
        machine = states.create_state_machine(name="map", roleArn=ROLE, definition=json.dumps({"StartAt": "M", "States": {"M": mapping}}))
        idle, cpu, began = server.memory_mib(), server.cpu_seconds(), time.perf_counter()
        arn = states.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
        most = idle
        while (execution := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
            most = max(most, server.memory_mib())
            time.sleep(0.2)
        elapsed = time.perf_counter() - began
        assert execution["status"] == "SUCCEEDED", execution
        run = states.list_map_runs(executionArn=arn)["mapRuns"][0]["mapRunArn"]
        counts = states.describe_map_run(mapRunArn=run)["itemCounts"]
        assert counts["succeeded"] == items, counts
        print(f"distributed Map of {items:,} CSV rows, each a durable child execution, with ResultWriter: {elapsed:.1f} s = {items / elapsed:,.0f}/s, "
              f"{(server.cpu_seconds() - cpu) / items * 1e6:.0f} us CPU each; memory {idle:.0f} MiB before, {most:.0f} MiB at most")  # fmt: skip
        server.stop()


def long_execution():
    """25,000 events, each with a payload of 250,000 bytes, until AWS's limit ends it; then its last events are read."""
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder:
        server = Server(folder, arguments=("--iam", "off"))
        make_role(server.client("iam"))
        states = server.client("stepfunctions")
        again = {"Type": "Choice", "Choices": [{"Variable": "$.text", "IsPresent": False, "Next": "Done"}], "Default": "Pass"}
        definition = {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "Next": "Again"}, "Again": again, "Done": {"Type": "Succeed"}}}
        machine = states.create_state_machine(name="long", roleArn=ROLE, definition=json.dumps(definition))["stateMachineArn"]
        idle, cpu, began = server.memory_mib(), server.cpu_seconds(), time.perf_counter()
        arn = states.start_execution(stateMachineArn=machine, input=json.dumps({"text": "x" * 250_000}))["executionArn"]
        most = idle
        while (execution := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
            most = max(most, server.memory_mib())
            time.sleep(0.1)
        elapsed = time.perf_counter() - began
        assert execution["cause"] == "The execution reached the maximum number of history events (25000).", execution
        disk = sum(path.stat().st_size for path in pathlib.Path(folder).rglob("*") if path.is_file()) / 1048576
        began = time.perf_counter()
        last = states.get_execution_history(executionArn=arn, reverseOrder=True, maxResults=10)["events"][0]
        print(f"{last['id']:,} events with 250,000 bytes each: {elapsed:.1f} s, {server.cpu_seconds() - cpu:.1f} s CPU; memory {idle:.0f} MiB before, "
              f"{most:.0f} MiB at most; {disk:.1f} MiB on the disk; the last ten events read in {(time.perf_counter() - began) * 1000:.0f} ms")  # fmt: skip
        server.stop()


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    long_execution()
    large_map(max(1, min(count, 1_000_000) // 10))
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder:
        syncs = fdatasync_probe(folder)
        server = Server(folder)
        make_role(server.client("iam"))
        states = server.client("stepfunctions")
        quick = states.create_state_machine(name="quick", roleArn=ROLE, definition=json.dumps(
            {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}))["stateMachineArn"]  # fmt: skip
        look(states, quick, "with an empty store")
        idle = server.memory_mib()
        # Late enough that the last starts before the first wakes, also on a slow machine.
        wake = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=60 + count / 4000)
        definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Timestamp": wake.strftime("%Y-%m-%dT%H:%M:%SZ"), "End": True}}}
        machine = states.create_state_machine(name="waiting", definition=json.dumps(definition), roleArn=ROLE)["stateMachineArn"]
        started, began, cpu = 0, time.perf_counter(), server.cpu_seconds()
        while started < count:
            rate, _, _ = wrk(server, folder, machine, BATCH_SECONDS)
            started = running(folder)
        elapsed, cpu = time.perf_counter() - began, server.cpu_seconds() - cpu
        left = (wake - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
        assert left > 0, f"they woke {-left:.0f} s before all had started"
        memory = server.memory_mib()
        print(f"{started:,} executions wait at once: started at {started / elapsed:,.0f}/s = {started / elapsed / syncs:.1f} x fdatasync ({syncs:.0f}/s), "
              f"{cpu / started * 1e6:.0f} us CPU each; memory {memory:,.0f} MiB = {(memory - idle) * 1048576 / started:,.0f} bytes each")
        began = time.perf_counter()
        server.stop()
        stopped = time.perf_counter()
        server = Server(folder, port=server.port)
        print(f"stopped in {stopped - began:.1f} s, started again with all of them in {time.perf_counter() - stopped:.1f} s")
        states = server.client("stepfunctions")
        while datetime.datetime.now(datetime.timezone.utc) < wake:
            time.sleep(0.1)
        began, cpu = time.perf_counter(), server.cpu_seconds()
        while running(folder) > 0:
            time.sleep(0.5)
        print(f"all of them finished in {time.perf_counter() - began:.1f} s, {(server.cpu_seconds() - cpu) / started * 1e6:.0f} us CPU each; memory {server.memory_mib():,.0f} MiB")
        look(states, quick, f"with {started:,} finished")
        server.stop()


if __name__ == "__main__":
    main()
