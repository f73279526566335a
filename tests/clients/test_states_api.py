"""The Step Functions API's own rules: pages, what answers leave out, filters."""
import json

import pytest

from conftest import ROLE
from test_states import PASS, error, finish, machine, one, run, states  # noqa: F401  (fixtures)

INVALID = ("InvalidToken", "Invalid Token: 'Invalid token'")


def test_a_token_is_for_the_list_it_came_from(states, machine, unique):
    arn = machine(PASS)
    other = machine(PASS, name=f"{unique}-other")
    for started in [run(states, arn)["executionArn"] for _ in range(3)]:
        assert started
    asked = dict(stateMachineArn=arn, statusFilter="SUCCEEDED")
    first = states.list_executions(**asked, maxResults=1)
    token = first["nextToken"]
    rest = states.list_executions(**asked, maxResults=2, nextToken=token)  # maxResults may be another
    assert len(rest["executions"]) == 2 and "nextToken" not in rest
    assert first["executions"][0] not in rest["executions"]
    assert states.list_executions(**asked, maxResults=2, nextToken=token)["executions"] == rest["executions"]
    assert error(states.list_executions, stateMachineArn=other, statusFilter="SUCCEEDED", nextToken=token) == INVALID
    assert error(states.list_executions, stateMachineArn=arn, nextToken=token) == INVALID
    assert error(states.list_state_machines, nextToken=token) == INVALID
    for made_up in ["x", "eA==", token[:-4], " "]:
        assert error(states.list_executions, **asked, nextToken=made_up) == INVALID


def test_a_token_ends_after_a_day(start_server):
    with start_server(clock="virtual") as server:
        states = server.client("stepfunctions")
        make = lambda name, state: states.create_state_machine(name=name, definition=json.dumps(one(state)), roleArn=ROLE)["stateMachineArn"]  # noqa: E731
        machines = [make("a", {"Type": "Wait", "Seconds": 23 * 3600}), make("b", {"Type": "Wait", "Seconds": 3700})]
        token = states.list_state_machines(maxResults=1)["nextToken"]
        run(states, machines[0])
        assert [found["name"] for found in states.list_state_machines(nextToken=token)["stateMachines"]] == ["b"]
        run(states, machines[1])
        assert error(states.list_state_machines, nextToken=token) == INVALID


def test_every_list_comes_in_pages(states, machine, unique):
    arn = machine(one({"Type": "Pass"}))
    for number in range(3):
        states.create_activity(name=f"{unique}-{number}")
        states.update_state_machine(stateMachineArn=arn, definition=json.dumps(one({"Type": "Pass", "Comment": str(number)})))
        version = states.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
        states.create_state_machine_alias(name=f"a{number}", routingConfiguration=[{"stateMachineVersionArn": version, "weight": 100}])
    execution = run(states, arn)["executionArn"]

    def pages(call, key, **asked):
        """The lengths of the pages when they have one entry at most, and all entries."""
        found, token = [], {}
        while True:
            page = call(**asked, maxResults=1, **token)
            found.append(page[key])
            if "nextToken" not in page:
                return [len(entries) for entries in found], sum(found, [])
            token = {"nextToken": page["nextToken"]}

    assert pages(states.list_state_machine_versions, "stateMachineVersions", stateMachineArn=arn)[0] == [1, 1, 1]
    assert pages(states.list_state_machine_aliases, "stateMachineAliases", stateMachineArn=arn)[0] == [1, 1, 1]
    lengths, events = pages(states.get_execution_history, "events", executionArn=execution, reverseOrder=True)
    assert lengths == [1] * 4 and [event["id"] for event in events] == [4, 3, 2, 1]
    activities = pages(states.list_activities, "activities")[1]
    assert {f"{unique}-{number}" for number in range(3)} <= {activity["name"] for activity in activities}


def test_metadata_alone(states, machine):
    arn = machine(PASS)
    execution = run(states, arn, {"secret": 1})["executionArn"]
    found = states.describe_execution(executionArn=execution, includedData="METADATA_ONLY")
    assert "input" not in found and "output" not in found and found["inputDetails"] == {"included": True}
    assert states.describe_state_machine(stateMachineArn=arn, includedData="METADATA_ONLY")["definition"] == "{}"
    assert states.describe_state_machine_for_execution(executionArn=execution, includedData="METADATA_ONLY")["definition"] == "{}"
    express = machine(PASS, name=f"{arn.rsplit(':', 1)[1]}-express", type="EXPRESS")
    found = states.start_sync_execution(stateMachineArn=express, input='{"secret": 1}', includedData="METADATA_ONLY")
    assert "input" not in found and "output" not in found and found["status"] == "SUCCEEDED"
    assert found["billingDetails"] == {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100}


def test_executions_are_filtered(states, machine):
    arn = machine({"StartAt": "F", "States": {"F": {"Type": "Fail"}}})
    failed = run(states, arn)["executionArn"]
    listed = lambda **filters: [found["executionArn"] for found in states.list_executions(stateMachineArn=arn, **filters)["executions"]]  # noqa: E731
    assert listed(statusFilter="FAILED") == [failed] and listed(statusFilter="SUCCEEDED") == []
    assert error(states.list_executions, stateMachineArn=arn, statusFilter="PENDING_REDRIVE")[0] == "ValidationException"
    assert error(states.list_executions)[0] == "ValidationException"


def test_a_definition_is_validated(states):
    def found(definition, **options):
        answer = states.validate_state_machine_definition(definition=json.dumps(definition), **options)
        return answer["result"], [(one["severity"], one["code"], one["location"]) for one in answer["diagnostics"]], answer["truncated"]

    doubtful = one({"Type": "Pass", "Parameters": {"a": "$.x", "b": "States.UUID()"}})
    assert found(doubtful) == found(doubtful, severity="ERROR") == ("OK", [], False)
    warnings = [("WARNING", "NO_DOLLAR", f"/States/S/Parameters/{name}") for name in "ab"]
    assert found(doubtful, severity="WARNING") == ("OK", warnings, False)
    assert found(doubtful, severity="WARNING", maxResults=1) == ("OK", warnings[:1], True)
    wrong = one({"Type": "Pass", "Parameters": {"a": "$.x"}, "Other": 1})
    errors = [("ERROR", "SCHEMA_VALIDATION_FAILED", "/States/S")]
    assert found(wrong) == ("FAIL", errors, False)
    assert found(wrong, severity="WARNING") == ("FAIL", errors + warnings[:1], False)
