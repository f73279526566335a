"""What state machines write to CloudWatch Logs, and which logging configurations are taken."""
import json

import pytest

from conftest import EVERYTHING, ROLE
from test_states import PASS, error, finish, machine, one, run, states  # noqa: F401  (fixtures)

FAILING = {"StartAt": "Both", "States": {
    "Both": {"Type": "Parallel", "Next": "Each", "Branches": [one({"Type": "Pass"})]},
    "Each": {"Type": "Map", "ItemProcessor": {"StartAt": "Item", "States": {"Item": {"Type": "Fail", "Error": "Bad", "Cause": "c"}}},
             "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Last"}], "End": True},
    "Last": {"Type": "Fail", "Error": "Sorry"}}}  # fmt: skip


@pytest.fixture
def logs(server):
    return server.client("logs")


@pytest.fixture
def group(logs, unique):
    """A log group's name."""
    name = f"/aws/vendedlogs/states/{unique}"
    logs.create_log_group(logGroupName=name)
    return name


def logging(group, level="ALL", data=True, qualifier=":*"):
    arn = f"arn:aws:logs:us-east-1:123456789012:log-group:{group}{qualifier}"
    return {"level": level, "includeExecutionData": data, "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]}


def lines(logs, group):
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
    return [json.loads(event["message"]) for page in pages for event in page["events"]]


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
@pytest.mark.parametrize(
    ("level", "types"),
    [
        ("ERROR", ["FailStateEntered", "MapIterationFailed", "MapStateFailed", "FailStateEntered", "ExecutionFailed"]),
        ("FATAL", ["ExecutionFailed"]),
        ("OFF", []),
    ],
)
def test_a_level_has_its_events(states, machine, logs, group, kind, level, types):
    arn = machine(FAILING, type=kind, loggingConfiguration=logging(group, level))
    if kind == "STANDARD":
        assert run(states, arn, [1])["error"] == "Sorry"
    else:
        assert states.start_sync_execution(stateMachineArn=arn, input="[1]")["error"] == "Sorry"
    assert [line["type"] for line in lines(logs, group)] == types


def test_data_is_left_out_unless_asked_for(states, machine, logs, group):
    arn = machine(PASS, loggingConfiguration=logging(group, data=False))
    run(states, arn, {"secret": 1})
    assert [line["details"] for line in lines(logs, group)] == [{"roleArn": ROLE}, {"name": "S"}, {"name": "S"}, {}]


def test_a_payload_is_cut_to_what_a_line_holds(states, machine, logs, group):
    arn = machine(one({"Type": "Pass"}), loggingConfiguration=logging(group))
    text = json.dumps("é\"" * 60_000, ensure_ascii=False)  # 240,002 bytes, escaped 360,004 and more
    finish(states, states.start_execution(stateMachineArn=arn, input=text)["executionArn"])
    details = lines(logs, group)[0]["details"]
    assert details["inputDetails"] == {"truncated": True} and text.startswith(details["input"])
    escaped = len(json.dumps(details["input"], ensure_ascii=False).encode()) - 2
    assert 248 * 1024 - 4 < escaped <= 248 * 1024


def test_an_update_holds_for_executions_started_after_it(states, machine, logs, group):
    arn = machine(PASS, loggingConfiguration=logging(group, "ERROR"))
    run(states, arn)
    assert lines(logs, group) == []
    states.update_state_machine(stateMachineArn=arn, loggingConfiguration=logging(group))
    assert states.describe_state_machine(stateMachineArn=arn)["loggingConfiguration"] == logging(group)
    execution = run(states, arn)["executionArn"]
    assert {line["execution_arn"] for line in lines(logs, group)} == {execution}
    states.update_state_machine(stateMachineArn=arn, loggingConfiguration={"level": "OFF"})
    run(states, arn)
    assert {line["execution_arn"] for line in lines(logs, group)} == {execution}
    assert states.describe_state_machine(stateMachineArn=arn)["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}


def test_a_redrive_is_counted_in_its_lines(states, machine, logs, group):
    arn = machine({"StartAt": "F", "States": {"F": {"Type": "Fail"}}}, loggingConfiguration=logging(group))
    execution = run(states, arn)["executionArn"]
    states.redrive_execution(executionArn=execution)
    finish(states, execution)
    assert [(line["type"], line["redrive_count"]) for line in lines(logs, group)][-4:] == [
        ("ExecutionFailed", "0"), ("ExecutionRedriven", "1"), ("FailStateEntered", "1"), ("ExecutionFailed", "1")]  # fmt: skip


def test_a_destination_that_cannot_be_is_refused(states, machine, group):
    def refused(configuration):
        code, message = error(machine, definition=PASS, loggingConfiguration=configuration)
        assert code == "InvalidLoggingConfiguration" and message.startswith("Invalid Logging Configuration: ")
        return message.removeprefix("Invalid Logging Configuration: ")

    assert refused(logging(group, qualifier="")) == "Log Group ARN must be provided with '*' qualifier."
    two = logging(group) | {"destinations": logging(group)["destinations"] * 2}
    assert refused(two) == "Must specify exactly one Log Destination."
    assert refused({"level": "ALL"}) == "Must specify exactly one Log Destination."
    assert "does not exist" in refused(logging(group + "-not"))


def test_the_role_must_be_allowed_to_log(server, states, machine, group, unique):
    role = server.make_role(unique, {"Action": "states:*"})
    wanted = dict(name=unique, definition=json.dumps(PASS), roleArn=role)
    denied = ("AccessDeniedException", "The state machine IAM Role is not authorized to access the Log Destination")
    assert error(states.create_state_machine, **wanted, loggingConfiguration=logging(group)) == denied
    arn = states.create_state_machine(**wanted)["stateMachineArn"]
    assert error(states.update_state_machine, stateMachineArn=arn, loggingConfiguration=logging(group)) == denied
    server.make_role(unique, EVERYTHING)
    states.update_state_machine(stateMachineArn=arn, loggingConfiguration=logging(group))
    server.make_role(unique, {"Action": "states:*"})
    assert error(states.update_state_machine, stateMachineArn=arn, definition=json.dumps(PASS | {"Comment": "2"})) == denied


def test_least_privilege_lets_the_machine_be_made_again(server, states, machine, group, unique):
    role = server.make_role(unique, EVERYTHING)
    definition = one({"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:listActivities", "Parameters": {}})
    wanted = dict(definition=json.dumps(definition), roleArn=role)
    arn = states.create_state_machine(name=unique, loggingConfiguration=logging(group), **wanted)["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=arn, name=f"run-{unique}")["executionArn"]
    assert finish(states, execution)["status"] == "SUCCEEDED"
    shown = server.run("access", "least-privilege", f"run-{unique}")
    assert shown.returncode == 0, shown.stderr
    server.make_role(unique, *json.loads(shown.stdout)[role]["Statement"])
    states.update_state_machine(stateMachineArn=arn, loggingConfiguration=logging(group, "ERROR"), **wanted)
    assert run(states, arn)["status"] == "SUCCEEDED"
