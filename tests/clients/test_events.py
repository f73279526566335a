"""EventBridge through boto3: rules, patterns, targets, schedules; with restarts and a virtual clock."""
import collections
import datetime
import json
import signal
import time

import pytest
from botocore.exceptions import ClientError

from conftest import ROLE

PASS = {"StartAt": "S", "States": {"S": {"Type": "Pass", "End": True}}}


@pytest.fixture
def events(server):
    return server.client("events")


def make_machine(server, name, definition=PASS):
    return server.client("stepfunctions").create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)["stateMachineArn"]


def executions(server, machine, count, seconds=30):
    """The executions of the machine, oldest first, once there are `count` that have ended."""
    states = server.client("stepfunctions")
    deadline = time.monotonic() + seconds
    while True:
        pages = states.get_paginator("list_executions").paginate(stateMachineArn=machine)
        found = [item for page in pages for item in page["executions"]]
        if len(found) >= count and all(item["status"] != "RUNNING" for item in found):
            return [states.describe_execution(executionArn=item["executionArn"]) for item in reversed(found)]
        assert time.monotonic() < deadline, f"{len(found)} of {count} executions after {seconds} s"
        time.sleep(0.05)


def error(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def put(events, **entry):
    entry = {"Source": "my.app", "DetailType": "Order", "Detail": "{}"} | entry
    return events.put_events(Entries=[entry])


def test_rule_life(server, events, unique):
    arn = events.put_rule(Name=unique, EventPattern='{"source":["my.app"]}', Description="d", Tags=[{"Key": "a", "Value": "b"}])["RuleArn"]
    assert arn == f"arn:aws:events:us-east-1:123456789012:rule/{unique}"
    described = events.describe_rule(Name=unique)
    assert (described["State"], described["EventPattern"], described["EventBusName"]) == ("ENABLED", '{"source":["my.app"]}', "default")
    events.disable_rule(Name=unique)
    assert events.list_rules(NamePrefix=unique)["Rules"][0]["State"] == "DISABLED"
    events.enable_rule(Name=unique)
    machine = make_machine(server, unique)
    target = {"Id": "one", "Arn": machine, "RoleArn": ROLE, "InputPath": "$.detail", "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 60}}
    assert events.put_targets(Rule=unique, Targets=[target])["FailedEntryCount"] == 0
    assert events.list_targets_by_rule(Rule=unique)["Targets"] == [target]
    assert events.list_rule_names_by_target(TargetArn=machine)["RuleNames"] == [unique]
    assert error(events.delete_rule, Name=unique) == ("ValidationException", "Rule can't be deleted since it has targets.")
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    events.tag_resource(ResourceARN=arn, Tags=[{"Key": "c", "Value": "d"}])
    events.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "c", "Value": "d"}]
    failed = events.remove_targets(Rule=unique, Ids=["one", "two"])
    assert (failed["FailedEntryCount"], failed["FailedEntries"][0]["ErrorCode"]) == (1, "ResourceNotFoundException")
    events.delete_rule(Name=unique)
    assert error(events.describe_rule, Name=unique) == ("ResourceNotFoundException", f"Rule {unique} does not exist on EventBus default.")


def test_refusals(server, events, unique):
    assert error(events.put_rule, Name=unique)[1] == "Parameter(s) EventPattern or ScheduleExpression must be specified."
    assert error(events.put_rule, Name=unique, EventPattern='{"source":"x"}') == (
        "InvalidEventPatternException", 'Event pattern is not valid. Reason: "source" must be an object or an array')
    assert error(events.put_rule, Name=unique, ScheduleExpression="cron(0 0 * * * *)")[1].startswith("Parameter ScheduleExpression is not valid.")
    events.put_rule(Name=unique, EventPattern='{"source":["my.app"]}')
    queue = {"Id": "q", "Arn": "arn:aws:sqs:us-east-1:123456789012:q"}
    assert "does not serve the target arn:aws:sqs" in error(events.put_targets, Rule=unique, Targets=[queue])[1]
    machine = {"Id": "m", "Arn": "arn:aws:states:us-east-1:123456789012:stateMachine:m"}
    assert "RoleArn is required" in error(events.put_targets, Rule=unique, Targets=[machine])[1]
    transformer = {"InputPathsMap": {"id": "$.id"}, "InputTemplate": '{"a": <nope>}'}
    assert "invalid placeholder nope" in error(events.put_targets, Rule=unique, Targets=[machine | {"RoleArn": ROLE, "InputTransformer": transformer}])[1]
    result = events.put_events(Entries=[{"Source": "aws.s3", "DetailType": "x", "Detail": "{}"}, {"Source": "a", "DetailType": "x", "Detail": "1"}, {"Source": "a", "DetailType": "x", "Detail": "{}"}])
    assert result["FailedEntryCount"] == 2
    assert [entry.get("ErrorCode") for entry in result["Entries"]] == ["NotAuthorizedForSourceException", "MalformedDetail", None]


def test_pattern_starts_an_execution(server, events, unique):
    machine = make_machine(server, unique)
    events.put_rule(Name=unique, EventPattern=json.dumps({"source": [unique], "detail": {"amount": [{"numeric": [">", 10]}]}}))
    template = '{"JobName": "job-<id>", "amount": <amount>, "rule": "<aws.events.rule-name>"}'
    transformer = {"InputPathsMap": {"id": "$.id", "amount": "$.detail.amount"}, "InputTemplate": template}
    events.put_targets(Rule=unique, Targets=[{"Id": "t", "Arn": machine, "RoleArn": ROLE, "InputTransformer": transformer}])
    put(events, Source=unique, Detail='{"amount": 5}')
    event_id = put(events, Source=unique, Detail='{"amount": 50}')["Entries"][0]["EventId"]
    (execution,) = executions(server, machine, 1)
    assert json.loads(execution["input"]) == {"JobName": f"job-{event_id}", "amount": 50, "rule": unique}
    assert execution["name"].startswith(event_id)


def test_buses_and_log_group(server, events, unique):
    logs = server.client("logs")
    group = f"/aws/events/{unique}"
    logs.create_log_group(logGroupName=group)
    bus = events.create_event_bus(Name=unique)["EventBusArn"]
    assert unique in [b["Name"] for b in events.list_event_buses()["EventBuses"]]
    assert error(events.create_event_bus, Name=unique)[0] == "ResourceAlreadyExistsException"
    events.put_rule(Name=unique, EventPattern=json.dumps({"source": [unique]}))
    events.put_targets(Rule=unique, Targets=[{"Id": "bus", "Arn": bus, "RoleArn": ROLE}])
    events.put_rule(Name="log", EventBusName=unique, EventPattern=json.dumps({"source": [unique]}))
    events.put_targets(Rule="log", EventBusName=unique, Targets=[{"Id": "log", "Arn": f"arn:aws:logs:us-east-1:123456789012:log-group:{group}"}])
    event_id = put(events, Source=unique, Detail='{"x": 1}', Resources=["arn:r"])["Entries"][0]["EventId"]
    deadline = time.monotonic() + 30
    lines = []
    while not lines:
        assert time.monotonic() < deadline
        lines = logs.filter_log_events(logGroupName=group)["events"]
    (event,) = [json.loads(line["message"]) for line in lines]
    assert (event["id"], event["detail"], event["resources"], event["source"]) == (event_id, {"x": 1}, ["arn:r"], unique)
    assert error(events.delete_event_bus, Name=unique)[1] == "Event bus can't be deleted since it has rules."


def test_test_event_pattern(events):
    event = {"id": "1", "account": "1", "source": "s", "time": "2026-01-01T00:00:00Z", "region": "r", "resources": [], "detail-type": "d", "detail": {"ip": "10.1.2.3"}}
    ask = lambda pattern: events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(event))["Result"]
    assert ask({"detail": {"ip": [{"cidr": "10.0.0.0/8"}]}}) is True
    assert ask({"detail": {"ip": [{"anything-but": {"prefix": "10."}}]}}) is False


def test_status_change_of_an_execution(server, events, unique):
    first, second = make_machine(server, f"{unique}-1"), make_machine(server, f"{unique}-2")
    pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [first], "status": ["SUCCEEDED"]}}
    events.put_rule(Name=unique, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=unique, Targets=[{"Id": "t", "Arn": second, "RoleArn": ROLE}])
    started = server.client("stepfunctions").start_execution(stateMachineArn=first, input='{"a": 1}')["executionArn"]
    (execution,) = executions(server, second, 1)
    event = json.loads(execution["input"])
    assert (event["detail-type"], event["resources"], event["region"]) == ("Step Functions Execution Status Change", [started], "us-east-1")


def test_object_events(server, events, unique):
    s3 = server.client("s3")
    s3.create_bucket(Bucket=unique)
    machine = make_machine(server, unique)
    events.put_rule(Name=unique, EventPattern=json.dumps({"source": ["aws.s3"], "detail": {"bucket": {"name": [unique]}, "object": {"key": [{"prefix": "in/"}]}}}))
    template = '{"type": <type>, "key": "<key>", "size": <size>}'
    paths = {"type": "$.detail-type", "key": "$.detail.object.key", "size": "$.detail.object.size"}
    events.put_targets(Rule=unique, Targets=[{"Id": "t", "Arn": machine, "RoleArn": ROLE, "InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}])
    s3.put_object(Bucket=unique, Key="in/before", Body=b"x")  # not asked for yet
    s3.put_bucket_notification_configuration(Bucket=unique, NotificationConfiguration={"EventBridgeConfiguration": {}})
    assert s3.get_bucket_notification_configuration(Bucket=unique)["EventBridgeConfiguration"] == {}
    s3.put_object(Bucket=unique, Key="in/a", Body=b"12345")
    s3.put_object(Bucket=unique, Key="out/b", Body=b"12345")
    s3.copy_object(Bucket=unique, Key="in/c", CopySource={"Bucket": unique, "Key": "out/b"})
    s3.delete_object(Bucket=unique, Key="in/a")
    found = sorted((json.loads(execution["input"]) for execution in executions(server, machine, 3)), key=str)
    assert [(value["type"], value["key"]) for value in found] == [("Object Created", "in/a"), ("Object Created", "in/c"), ("Object Deleted", "in/a")]
    assert found[0]["size"] == 5


def test_a_failed_delivery_is_a_dead_letter(server, events, unique):
    events.put_rule(Name=unique, EventPattern=json.dumps({"source": [unique]}))
    gone = f"arn:aws:states:us-east-1:123456789012:stateMachine:{unique}"
    events.put_targets(Rule=unique, Targets=[{"Id": "t", "Arn": gone, "RoleArn": ROLE}])
    put(events, Source=unique)
    deadline = time.monotonic() + 30
    while True:
        rows = server.run("sql", "--json", f"select * from record where kind = 'event.dead_letter' and cast(value as text) like '%{unique}%'")
        if "StateMachineDoesNotExist" in rows.stdout:
            break
        assert time.monotonic() < deadline, rows.stdout + rows.stderr
        time.sleep(0.05)


def test_a_month_of_a_daily_schedule(start_server):
    """The rule of mlmax's scheduler template, under a virtual clock."""
    with start_server(clock="virtual") as server:
        events = server.client("events")
        machine = make_machine(server, "inference", {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}})
        events.put_rule(Name="daily", ScheduleExpression="cron(45 07 * * ? *)", State="ENABLED")
        transformer = {"InputPathsMap": {"id": "$.id"}, "InputTemplate": '{\n  "InferenceJobName": "mlmax-infer-<id>"\n}'}
        events.put_targets(Rule="daily", Targets=[{"Id": "t", "Arn": machine, "RoleArn": ROLE, "InputTransformer": transformer}])
        found = executions(server, machine, 31, seconds=60)
        assert len(found) == 31
        starts = [execution["startDate"].astimezone(datetime.timezone.utc) for execution in found]
        assert {(start.hour, start.minute, start.second) for start in starts} == {(7, 45, 0)}
        assert all(after - before == datetime.timedelta(days=1) for before, after in zip(starts, starts[1:]))
        assert len({json.loads(execution["input"])["InferenceJobName"] for execution in found}) == 31


def test_events_survive_a_kill(start_server, tmp_path):
    """Each acknowledged event starts its execution, once, whenever the server is killed."""
    data = tmp_path / "data"
    sent = set()
    machine = None
    for turn in range(4):
        with start_server(data=data) as server:
            events = server.client("events")
            if turn == 0:
                machine = make_machine(server, "m")
                events.put_rule(Name="r", EventPattern='{"source":["kill"]}')
                events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": machine, "RoleArn": ROLE, "InputPath": "$.detail"}])
            for n in range(30):
                put(events, Source="kill", Detail=json.dumps({"n": f"{turn}-{n}"}))
                sent.add(f"{turn}-{n}")
            server.stop(signal.SIGKILL)
    with start_server(data=data) as server:
        found = collections.Counter(json.loads(execution["input"])["n"] for execution in executions(server, machine, len(sent)))
    assert set(found) == sent and set(found.values()) == {1}


def test_a_machine_puts_events(server, events, unique):
    heard = make_machine(server, f"{unique}-heard")
    events.put_rule(Name=unique, EventPattern=json.dumps({"source": [unique]}))
    events.put_targets(Rule=unique, Targets=[{"Id": "m", "Arn": heard, "RoleArn": ROLE}])
    entry = {"Source": unique, "DetailType": "Order", "Detail": {"n.$": "$.n"}, "Resources": ["arn:mine"]}
    task = {"Type": "Task", "Resource": "arn:aws:states:::events:putEvents", "Parameters": {"Entries": [entry]}, "End": True}
    puts = make_machine(server, f"{unique}-puts", {"StartAt": "S", "States": {"S": task}})
    states = server.client("stepfunctions")
    arn = states.start_execution(stateMachineArn=puts, input='{"n": 7}')["executionArn"]
    (execution,) = executions(server, puts, 1)
    output = json.loads(execution["output"])
    assert output["FailedEntryCount"] == 0 and len(output["Entries"]) == 1 and "SdkHttpMetadata" in output
    (started,) = executions(server, heard, 1)
    event = json.loads(started["input"])
    assert event["detail"] == {"n": 7} and event["resources"] == ["arn:mine", arn, puts]
    scheduled = states.get_execution_history(executionArn=arn)["events"][2]["taskScheduledEventDetails"]
    assert (scheduled["resourceType"], scheduled["resource"]) == ("events", "putEvents")
    assert json.loads(scheduled["parameters"])["Entries"][0]["Detail"] == {"n": 7}


def test_an_entry_that_is_refused_fails_the_task(server, unique):
    task = {"Type": "Task", "Resource": "arn:aws:states:::events:putEvents", "Parameters": {"Entries": [{"Source": unique, "DetailType": "d"}]}, "End": True}
    machine = make_machine(server, unique, {"StartAt": "S", "States": {"S": task}})
    server.client("stepfunctions").start_execution(stateMachineArn=machine)
    (execution,) = executions(server, machine, 1)
    assert (execution["status"], execution["error"]) == ("FAILED", "EventBridge.FailedEntry")
    assert json.loads(execution["cause"])["FailedEntryCount"] == 1
