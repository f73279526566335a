"""Retry and redrive, on a server whose clock skips waiting: the times between tries are exact."""
import json

import pytest

from conftest import ROLE
from test_states import ENDS, error, history, one


@pytest.fixture(scope="module")
def states(start_server):
    with start_server(clock="virtual") as server:
        yield server.client("stepfunctions")


@pytest.fixture
def machine(states, unique):
    def make(definition, name=unique, **options):
        return states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE, **options)["stateMachineArn"]

    return make


def finish(states, arn):
    while (found := states.describe_execution(executionArn=arn))["status"] not in ENDS:
        pass
    return found


def run(states, machine_arn, value=None):
    started = states.start_execution(stateMachineArn=machine_arn, input=json.dumps({} if value is None else value))
    return finish(states, started["executionArn"])


def fail(error="Boom"):
    return {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": error, "Cause": "c"}}}


def failing(retry, error="Boom", **fields):
    return one({"Type": "Parallel", "Branches": [fail(error)], "Retry": retry} | fields)


def tries(states, execution, kind="ParallelStateStarted"):
    """When the state was tried, in seconds from the start."""
    events = history(states, execution)
    return [round((event["timestamp"] - events[0]["timestamp"]).total_seconds(), 3) for event in events if event["type"] == kind]


ALL = {"ErrorEquals": ["States.ALL"]}


@pytest.mark.parametrize(
    ("retry", "times"),
    [
        ([ALL], [0, 1, 3, 7]),  # the defaults: 1 s, 3 times, twice as long each time
        ([ALL | {"IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 4}], [0, 2, 8, 26, 80]),
        ([ALL | {"IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 4, "MaxDelaySeconds": 5}], [0, 2, 7, 12, 17]),
        ([ALL | {"IntervalSeconds": 3, "BackoffRate": 1}], [0, 3, 6, 9]),
        ([ALL | {"BackoffRate": 1.5, "JitterStrategy": "NONE"}], [0, 1, 2.5, 4.75]),
        ([ALL | {"MaxAttempts": 0}], [0]),
        # The first retrier that names the error decides, also when it has no tries left.
        ([{"ErrorEquals": ["Boom"], "MaxAttempts": 1}, ALL], [0, 1]),
        ([{"ErrorEquals": ["Boom"], "MaxAttempts": 0}, ALL], [0]),
        ([{"ErrorEquals": ["Other"]}, ALL | {"MaxAttempts": 1}], [0, 1]),
        ([{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 1}], [0, 1]),
        ([{"ErrorEquals": ["States.Timeout"]}], [0]),
    ],
)
def test_the_times_of_tries(states, machine, retry, times):
    found = run(states, machine(failing(retry)))
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "Boom", "c")
    assert tries(states, found["executionArn"]) == times


def test_full_jitter_waits_anything_up_to_the_delay(states, machine):
    retry = [ALL | {"IntervalSeconds": 100, "BackoffRate": 1, "MaxAttempts": 20, "JitterStrategy": "FULL"}]
    times = tries(states, run(states, machine(failing(retry)))["executionArn"])
    waits = [later - earlier for earlier, later in zip(times, times[1:])]
    assert len(waits) == 20 and all(0 <= wait <= 100 for wait in waits)
    assert min(waits) < 50 < max(waits)  # each fails once in a million


def test_each_retrier_counts_its_own_tries(states, machine, unique):
    """The example of the guide: errors A, B, C, B, B; two tries for A and B, three for C."""
    activity = states.create_activity(name=unique)["activityArn"]
    retry = [{"ErrorEquals": ["A", "B"], "IntervalSeconds": 1, "BackoffRate": 2.0, "MaxAttempts": 2}, {"ErrorEquals": ["C"], "IntervalSeconds": 5}]
    caught = {"Retry": retry, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}]}
    arn = machine({"StartAt": "X", "States": {"X": {"Type": "Task", "Resource": activity, "End": True} | caught, "Z": {"Type": "Pass", "End": True}}})
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    for name in ["A", "C", "B", "B"]:
        token = states.get_activity_task(activityArn=activity)["taskToken"]
        states.send_task_failure(taskToken=token, error=name, cause="why")
    assert json.loads(finish(states, execution)["output"]) == {"Error": "B", "Cause": "why"}
    events = history(states, execution)
    waits = [
        (after["timestamp"] - before["timestamp"]).total_seconds()
        for before, after in zip(events, events[1:])
        if (before["type"], after["type"]) == ("ActivityFailed", "ActivityScheduled")
    ]
    assert [round(wait) for wait in waits] == [1, 5, 2]


def test_iterations_and_branches_try_again(states, machine):
    retried = {"Type": "Parallel", "Branches": [fail()], "Retry": [ALL | {"MaxAttempts": 1}], "End": True}
    each = one({"Type": "Map", "ItemProcessor": {"StartAt": "Try", "States": {"Try": retried}}, "Retry": [ALL | {"IntervalSeconds": 10, "MaxAttempts": 1}]})
    found = run(states, machine(each), [1])
    assert tries(states, found["executionArn"]) == [0, 1, 11, 12]
    assert tries(states, found["executionArn"], "MapStateStarted") == [0, 11]


def test_what_cannot_be_tried_again_or_caught(states, machine, unique):
    wide = {"StartAt": "W", "States": {"W": {"Type": "Pass", "Result": "x" * 150_000, "End": True}}}
    both = [wide, {"StartAt": "V", "States": {"V": {"Type": "Pass", "Result": "x" * 150_000, "End": True}}}]
    caught = {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}], "Retry": [ALL]}

    def large(**fields):
        states_of = {"S": {"Type": "Parallel", "Branches": both, "End": True} | caught | fields, "C": {"Type": "Pass", "Result": "caught", "End": True}}
        return {"StartAt": "S", "States": states_of}

    found = run(states, machine(large()))
    assert found["error"] == "States.DataLimitExceeded" and tries(states, found["executionArn"]) == [0]
    named = {"ErrorEquals": ["States.DataLimitExceeded"]}
    found = run(states, machine(large(Retry=[named | {"MaxAttempts": 1}], Catch=[named | {"Next": "C"}]), name=f"{unique}-named"))
    assert json.loads(found["output"]) == "caught" and tries(states, found["executionArn"]) == [0, 1]
    broken = {"StartAt": "B", "States": {"B": {"Type": "Pass", "InputPath": "$.missing", "End": True}}}
    every = {"Retry": [{"ErrorEquals": ["States.Runtime"]}, ALL], "Catch": [{"ErrorEquals": ["States.Runtime"], "Next": "C"}]}
    definition = {"StartAt": "S", "States": {"S": {"Type": "Parallel", "Branches": [broken], "End": True} | every, "C": {"Type": "Pass", "End": True}}}
    found = run(states, machine(definition, name=f"{unique}-runtime"))
    assert found["error"] == "States.Runtime" and tries(states, found["executionArn"]) == [0]


def test_what_times_out_can_be_caught_by_its_names(states, machine, unique):
    activity = states.create_activity(name=unique)["activityArn"]

    asked = {"Type": "Task", "Resource": "arn:aws:states:::events:putEvents.waitForTaskToken", "HeartbeatSeconds": 5,
             "Parameters": {"Entries": [{"Source": "t", "DetailType": "t", "Detail": {"token.$": "$$.Task.Token"}}]}}  # fmt: skip

    def caught_by(name, task):
        catch = [{"ErrorEquals": [name], "Next": "C"}, {"ErrorEquals": ["States.ALL"], "Next": "D"}]
        caught = task | {"TimeoutSeconds": 50, "Catch": catch, "End": True}
        ends = {end: {"Type": "Pass", "Result": end, "End": True} for end in "CD"}
        arn = machine({"StartAt": "T", "States": {"T": caught} | ends}, name=f"{unique}-{name.replace('.', '-')}-{len(task)}")
        return json.loads(run(states, arn)["output"])

    slow = {"Type": "Task", "Resource": activity}
    assert [caught_by(f"States.{name}", slow) for name in ["Timeout", "TaskFailed", "HeartbeatTimeout"]] == ["C", "D", "D"]
    assert [caught_by(f"States.{name}", asked) for name in ["Timeout", "TaskFailed", "HeartbeatTimeout"]] == ["C", "D", "C"]


# ---- redrive


def redriven(states, execution):
    states.redrive_execution(executionArn=execution)
    found = finish(states, execution)
    events = history(states, execution)
    last = max(number for number, event in enumerate(events) if event["type"] == "ExecutionRedriven")
    return found, [event["type"] for event in events[last:]]


def test_a_redrive_runs_only_what_did_not_end_well(states, machine):
    wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 100, "End": True}}}
    good = {"StartAt": "G", "States": {"G": {"Type": "Pass", "End": True}}}
    execution = run(states, machine(one({"Type": "Parallel", "Branches": [good, wait, fail()]})))["executionArn"]
    found, types = redriven(states, execution)
    assert (found["status"], found["redriveCount"]) == ("FAILED", 1)
    assert types == ["ExecutionRedriven", "FailStateEntered", "WaitStateAborted", "ParallelStateFailed", "ExecutionFailed"]
    assert redriven(states, execution)[0]["redriveCount"] == 2


def test_a_redrive_tries_again_as_often_as_at_first(states, machine):
    execution = run(states, machine(failing([ALL | {"MaxAttempts": 2}])))["executionArn"]
    _, types = redriven(states, execution)
    assert types.count("FailStateEntered") == 3


def test_a_state_whose_result_was_too_large_is_run_as_a_whole(states, machine):
    branches = [{"StartAt": n, "States": {n: {"Type": "Pass", "Result": "x" * 150_000, "End": True}}} for n in "AB"]
    execution = run(states, machine(one({"Type": "Parallel", "Branches": branches})))["executionArn"]
    _, types = redriven(states, execution)
    assert types.count("PassStateEntered") == 2


def distributed(state, **fields):
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    return one({"Type": "Map", "ItemProcessor": {"ProcessorConfig": config, "StartAt": "X", "States": {"X": state}}} | fields)


@pytest.mark.parametrize("fields", [{}, {"OutputPath": "$.missing"}, {"ItemSelector": {"a.$": "$.missing"}}])
def test_a_map_run_whose_data_did_not_fit_is_not_redriven(states, machine, fields):
    large = {"Type": "Pass", "Result": "x" * (150_000 if not fields else 1), "End": True}
    found = run(states, machine(distributed(large, **fields)), [1, 2])
    assert found["error"] == ("States.Runtime" if fields else "States.DataLimitExceeded")
    found, types = redriven(states, found["executionArn"])
    assert found["status"] == "FAILED" and "MapRunStarted" in types and "MapRunRedriven" not in types
    assert len(states.list_map_runs(executionArn=found["executionArn"])["mapRuns"]) == 2


def test_a_map_that_tries_again_starts_a_new_run(states, machine):
    retry = [{"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "IntervalSeconds": 30, "MaxAttempts": 1}]
    found = run(states, machine(distributed({"Type": "Fail", "Error": "E"}, Retry=retry)), [1, 2])
    assert tries(states, found["executionArn"], "MapRunStarted") == [0, 30]
    found, types = redriven(states, found["executionArn"])
    assert types.count("MapRunRedriven") == 1 and types.count("MapRunStarted") == 1  # and the retry is new again


def test_a_redrive_begins_the_timeout_anew_and_keeps_the_definition(states, machine):
    slow = {"TimeoutSeconds": 30, **one({"Type": "Wait", "Seconds": 100})}
    arn = machine(slow)
    execution = run(states, arn)["executionArn"]
    assert states.describe_execution(executionArn=execution)["status"] == "TIMED_OUT"
    states.update_state_machine(stateMachineArn=arn, definition=json.dumps(one({"Type": "Pass"})))
    found, types = redriven(states, execution)
    assert found["status"] == "TIMED_OUT" and types[-1] == "ExecutionTimedOut"
    assert (found["stopDate"] - found["redriveDate"]).total_seconds() == pytest.approx(30, abs=1)
    shown = states.describe_state_machine_for_execution(executionArn=execution)
    assert json.loads(shown["definition"]) == slow


def test_an_aborted_execution_goes_on_where_it_was(states, machine, unique):
    activity = states.create_activity(name=unique)["activityArn"]
    arn = machine({"StartAt": "P", "States": {"P": {"Type": "Pass", "Next": "T"}, "T": {"Type": "Task", "Resource": activity, "End": True}}})
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    states.get_activity_task(activityArn=activity)
    states.stop_execution(executionArn=execution, error="Enough")
    states.redrive_execution(executionArn=execution)
    assert error(states.redrive_execution, executionArn=execution)[1].endswith("Execution is RUNNING and cannot be redriven")
    states.send_task_success(taskToken=states.get_activity_task(activityArn=activity)["taskToken"], output='"done"')
    assert finish(states, execution)["output"] == '"done"'
    types = [event["type"] for event in history(states, execution)]
    assert types.count("PassStateEntered") == types.count("TaskStateEntered") == 1


def test_the_rules_of_a_redrive(states, machine, unique):
    execution = run(states, machine({"StartAt": "F", "States": {"F": {"Type": "Fail"}}}))["executionArn"]
    dates = [states.redrive_execution(executionArn=execution, clientToken=token)["redriveDate"] for token in "aab"]
    finish(states, execution)
    assert dates[0] == dates[1]
    assert states.describe_execution(executionArn=execution)["redriveCount"] == 2
    # The clock goes on by what waits: two weeks later nothing is redriven.
    run(states, machine(one({"Type": "Wait", "Seconds": 14 * 24 * 3600 + 60}), name=f"{unique}-later"))
    found = states.describe_execution(executionArn=execution)
    assert (found["redriveStatus"], found["redriveStatusReason"]) == ("NOT_REDRIVABLE", "Execution redrivable period exceeded")
    code, message = error(states.redrive_execution, executionArn=execution)
    assert code == "ExecutionNotRedrivable" and message.endswith("Execution redrivable period exceeded")


def test_no_execution_runs_longer_than_a_year(states, machine):
    found = run(states, machine(one({"Type": "Wait", "Seconds": 2 * 365 * 24 * 3600})))
    assert (found["status"], (found["stopDate"] - found["startDate"]).total_seconds()) == ("TIMED_OUT", 365 * 24 * 3600)
    assert [event["type"] for event in history(states, found["executionArn"])][-2:] == ["WaitStateAborted", "ExecutionTimedOut"]


def test_a_full_history_is_not_redriven(states, machine):
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": True, "Next": "E"}], "Default": "P"}
    loop = {"P": {"Type": "Pass", "Next": "Q"}, "Q": choice, "E": {"Type": "Succeed"}}
    found = run(states, machine({"StartAt": "P", "States": loop}))
    assert found["cause"] == "The execution reached the maximum number of history events (25000)."
    assert found["redriveStatusReason"] == "Execution history event limit exceeded"
    assert error(states.redrive_execution, executionArn=found["executionArn"])[0] == "ExecutionNotRedrivable"


def test_a_machine_that_is_being_deleted_redrives_nothing(states, machine, unique):
    activity = states.create_activity(name=unique)["activityArn"]
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.wait", "IsPresent": True, "Next": "T"}], "Default": "F"}
    waits = {"Type": "Task", "Resource": activity, "End": True}
    arn = machine({"StartAt": "C", "States": {"C": choice, "T": waits, "F": {"Type": "Fail"}}})
    execution = run(states, arn)["executionArn"]
    running = states.start_execution(stateMachineArn=arn, input='{"wait": 1}')["executionArn"]
    states.delete_state_machine(stateMachineArn=arn)
    found = states.describe_execution(executionArn=execution)
    assert (found["redriveStatus"], found["redriveStatusReason"]) == ("NOT_REDRIVABLE", "State machine is in DELETING status")
    code, message = error(states.redrive_execution, executionArn=execution)
    assert code == "ExecutionNotRedrivable" and message.endswith("State machine is in DELETING status")
    states.stop_execution(executionArn=running)


def test_a_redrive_starts_a_nested_execution_anew(states, machine, unique):
    missing = states.create_activity(name=unique)["activityArn"]
    states.delete_activity(activityArn=missing)
    task = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:describeActivity", "Parameters": {"ActivityArn": missing}}
    inner = machine(one(task), name=f"{unique}-inner")
    outer = one({"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "Parameters": {"StateMachineArn": inner}})
    execution = run(states, machine(outer))["executionArn"]
    states.create_activity(name=unique)
    found, types = redriven(states, execution)
    assert found["status"] == "SUCCEEDED" and types.count("TaskSubmitted") == 1
    listed = states.list_executions(stateMachineArn=inner)["executions"]
    assert [child["status"] for child in listed] == ["SUCCEEDED", "FAILED"]


def test_only_standard_executions_are_redriven(states, machine):
    express = states.start_execution(stateMachineArn=machine({"StartAt": "F", "States": {"F": {"Type": "Fail"}}}, type="EXPRESS"))
    assert error(states.redrive_execution, executionArn=express["executionArn"])[0] == "InvalidArn"
