"""Step Functions through boto3, the AWS CLI and the Step Functions Data Science SDK, with the tasks that really run."""
import json
import signal
import subprocess
import sys
import threading
import time

import pytest
from botocore.exceptions import ClientError

from conftest import ROLE

ENDS = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}


def one(state):
    return {"StartAt": "S", "States": {"S": state | {"End": True}}}


PASS = one({"Type": "Pass", "Result": {"x": 1}})


@pytest.fixture
def states(server):
    return server.client("stepfunctions")


@pytest.fixture
def machine(states, unique):
    """Makes a state machine; gives its ARN."""

    def make(definition, name=unique, **options):
        return states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE, **options)["stateMachineArn"]

    return make


def finish(states, arn, seconds=60):
    """The description of the execution once it has ended."""
    deadline = time.monotonic() + seconds
    while True:
        found = states.describe_execution(executionArn=arn)
        if found["status"] in ENDS:
            return found
        assert time.monotonic() < deadline, f"still {found['status']} after {seconds} s"
        time.sleep(0.02)


def run(states, machine_arn, value=None, **options):
    started = states.start_execution(stateMachineArn=machine_arn, input=json.dumps(value or {}), **options)
    return finish(states, started["executionArn"])


def history(states, arn, **options):
    pages = states.get_paginator("get_execution_history").paginate(executionArn=arn, **options)
    return [event for page in pages for event in page["events"]]


def error(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_an_execution_from_start_to_history(states, machine):
    arn = machine(PASS)
    found = run(states, arn, {"a": 1}, name="first")
    assert (found["status"], found["output"], found["input"]) == ("SUCCEEDED", '{"x":1}', '{"a": 1}')
    assert found["redriveStatus"] == "NOT_REDRIVABLE" and found["startDate"] <= found["stopDate"]
    events = history(states, found["executionArn"])
    assert [event["type"] for event in events] == ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    assert [event["previousEventId"] for event in events] == [0, 0, 2, 3]


def test_a_history_in_pages_both_ways(states, machine):
    chain = {"StartAt": "P0", "States": {f"P{n}": {"Type": "Pass", "Next": f"P{n + 1}"} for n in range(9)}}
    chain["States"]["P9"] = {"Type": "Pass", "End": True}
    arn = run(states, machine(chain))["executionArn"]
    for reverse in (False, True):
        events = history(states, arn, reverseOrder=reverse, PaginationConfig={"PageSize": 3})
        ids = [event["id"] for event in events]
        assert ids == sorted(range(1, 23), reverse=reverse)
    bare = history(states, arn, includeExecutionData=False)
    assert "input" not in bare[0]["executionStartedEventDetails"]


def test_a_machine_is_made_once(states, machine, unique):
    arn = machine(PASS)
    assert machine(PASS) == arn
    other = json.dumps(PASS | {"Comment": "other"})
    assert error(states.create_state_machine, name=unique, definition=other, roleArn=ROLE)[0] == "StateMachineAlreadyExists"
    described = states.describe_state_machine(stateMachineArn=arn)
    assert json.loads(described["definition"]) == PASS and described["status"] == "ACTIVE"
    updated = states.update_state_machine(stateMachineArn=arn, definition=json.dumps(PASS | {"Comment": "2"}), publish=True)
    assert updated["stateMachineVersionArn"] == arn + ":1" and updated["revisionId"]
    found = run(states, arn + ":1")
    assert found["stateMachineVersionArn"] == arn + ":1"
    states.delete_state_machine(stateMachineArn=arn)
    assert error(states.describe_state_machine, stateMachineArn=arn)[0] == "StateMachineDoesNotExist"
    assert error(states.describe_execution, executionArn=found["executionArn"])[0] == "ExecutionDoesNotExist"


def test_a_machine_that_is_deleted_goes_with_its_last_execution(states, machine):
    arn = machine(one({"Type": "Wait", "Seconds": 600}))
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    states.delete_state_machine(stateMachineArn=arn)
    assert states.describe_state_machine(stateMachineArn=arn)["status"] == "DELETING"
    assert error(states.start_execution, stateMachineArn=arn)[0] == "StateMachineDeleting"
    states.stop_execution(executionArn=execution)
    assert error(states.describe_state_machine, stateMachineArn=arn)[0] == "StateMachineDoesNotExist"


def test_a_start_may_be_repeated_while_it_runs(states, machine):
    arn = machine(one({"Type": "Wait", "Seconds": 600}))
    first = states.start_execution(stateMachineArn=arn, name="n", input='{"a":1}')
    again = states.start_execution(stateMachineArn=arn, name="n", input='{"a":1}')
    assert (first["executionArn"], first["startDate"]) == (again["executionArn"], again["startDate"])
    expected = ("ExecutionAlreadyExists", f"Execution Already Exists: '{first['executionArn']}'")
    assert error(states.start_execution, stateMachineArn=arn, name="n", input='{"a":2}') == expected
    states.stop_execution(executionArn=first["executionArn"], error="E", cause="C")
    found = finish(states, first["executionArn"])
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "E", "C")
    assert error(states.start_execution, stateMachineArn=arn, name="n", input='{"a":1}') == expected
    assert history(states, first["executionArn"])[-1]["executionAbortedEventDetails"] == {"error": "E", "cause": "C"}


def test_executions_are_listed_newest_first_in_pages(states, machine):
    arn = machine(PASS)
    names = [f"e{n}" for n in range(7)]
    for name in names:
        states.start_execution(stateMachineArn=arn, name=name)
    pages = states.get_paginator("list_executions").paginate(stateMachineArn=arn, PaginationConfig={"PageSize": 3})
    assert [item["name"] for page in pages for item in page["executions"]] == names[::-1]
    assert states.list_executions(stateMachineArn=arn, statusFilter="FAILED")["executions"] == []
    assert len(states.list_executions(stateMachineArn=arn, statusFilter="SUCCEEDED")["executions"]) == 7


def test_timeouts_of_machines_and_tasks_fire(states, machine, unique):
    found = run(states, machine(one({"Type": "Wait", "Seconds": 600}) | {"TimeoutSeconds": 1}, unique + "m"))
    assert found["status"] == "TIMED_OUT"
    activity = states.create_activity(name=unique)["activityArn"]
    found = run(states, machine(one({"Type": "Task", "Resource": activity, "TimeoutSeconds": 1}), unique + "t"))
    assert (found["status"], found["error"]) == ("FAILED", "States.Timeout")


def test_an_activity_and_its_worker(states, machine, unique):
    activity = states.create_activity(name=unique)["activityArn"]
    arn = machine(one({"Type": "Task", "Resource": activity, "HeartbeatSeconds": 30}))
    got = {}
    worker = threading.Thread(target=lambda: got.update(states.get_activity_task(activityArn=activity, workerName="w")))
    worker.start()  # waits before there is a task
    execution = states.start_execution(stateMachineArn=arn, input='{"n":1}')["executionArn"]
    worker.join(30)
    assert json.loads(got["input"]) == {"n": 1}
    states.send_task_heartbeat(taskToken=got["taskToken"])
    states.send_task_success(taskToken=got["taskToken"], output='{"done":true}')
    assert finish(states, execution)["output"] == '{"done":true}'
    assert history(states, execution)[3]["activityStartedEventDetails"] == {"workerName": "w"}
    assert error(states.send_task_success, taskToken=got["taskToken"], output="1")[0] == "TaskTimedOut"
    assert error(states.send_task_failure, taskToken="nonsense")[0] == "InvalidToken"


def test_express_machines(states, machine, unique):
    arn = machine(one({"Type": "Pass", "Result": 7}), type="EXPRESS")
    found = states.start_sync_execution(stateMachineArn=arn, input="{}")
    assert (found["status"], found["output"]) == ("SUCCEEDED", "7")
    assert found["billingDetails"] == {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100}
    assert error(states.list_executions, stateMachineArn=arn)[0] == "StateMachineTypeNotSupported"
    standard = machine(PASS, unique + "s")
    assert error(states.start_sync_execution, stateMachineArn=standard)[0] == "StateMachineTypeNotSupported"


def test_a_child_execution_and_its_failure(states, machine, unique):
    child = machine(one({"Type": "Pass"}), unique + "c")
    task = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": {"StateMachineArn": child, "Input": {"v.$": "$.v"}}, "OutputPath": "$.Output"}  # fmt: skip
    assert run(states, machine(one(task), unique + "p"), {"v": 5})["output"] == '{"v":5}'
    failing = machine({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Bad", "Cause": "luck"}}}, unique + "f")
    task["Parameters"]["StateMachineArn"] = failing
    found = run(states, machine(one(task), unique + "q"), {"v": 5})
    assert found["error"] == "States.TaskFailed"
    cause = json.loads(found["cause"])
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "Bad", "luck")


def test_any_served_operation_as_a_task(states, machine, unique):
    task = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity", "Parameters": {}}
    identity = json.loads(run(states, machine(one(task), unique + "a"))["output"])
    assert identity["Arn"].startswith("arn:aws:sts::123456789012:assumed-role/tests/")
    task = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:getObject", "Parameters": {"Bucket": unique, "Key": "k"}}
    found = run(states, machine(one(task), unique + "b"))
    assert found["error"] == "S3.NoSuchBucketException"
    assert found["cause"].startswith("The specified bucket does not exist (Service: S3, Status Code: 404, Request ID: ")


@pytest.mark.parametrize(
    "resource",
    ["arn:aws:states:::lambda:invoke", "arn:aws:states:::batch:submitJob.sync", "arn:aws:states:::aws-sdk:s3:noSuchThing",
     "arn:aws:states:::sagemaker:createModel.sync", "arn:aws:states:::aws-sdk:sagemaker:createTrainingJob.sync"],
)  # fmt: skip
def test_what_cannot_run_is_refused_at_creation(states, unique, resource):
    definition = json.dumps(one({"Type": "Task", "Resource": resource, "Parameters": {}}))
    code, message = error(states.create_state_machine, name=unique, definition=definition, roleArn=ROLE)
    assert code == "InvalidDefinition" and resource in message and "/States/S/Resource" in message
    checked = states.validate_state_machine_definition(definition=definition)
    assert checked["result"] == "FAIL" and resource in checked["diagnostics"][0]["message"]


def test_a_jsonata_machine_runs(states, machine):
    definition = one({"Type": "Pass", "Output": "{% $states.input.x * 2 %}"}) | {"QueryLanguage": "JSONata"}
    found = run(states, machine(definition), {"x": 21})
    assert (found["status"], found["output"]) == ("SUCCEEDED", "42")


def test_jsonata_that_cannot_run_is_refused_at_creation(states, unique):
    definition = json.dumps(one({"Type": "Pass", "Output": "{% 1 + %}"}) | {"QueryLanguage": "JSONata"})
    code, message = error(states.create_state_machine, name=unique, definition=definition, roleArn=ROLE)
    assert code == "InvalidDefinition" and "'1 +' is not valid" in message and "/States/S/Output" in message


def test_redrive_goes_on_from_the_state_that_failed(states, machine, unique):
    wanted = states.create_activity(name=unique)["activityArn"]
    states.delete_activity(activityArn=wanted)
    arn = machine({"StartAt": "Before", "States": {
        "Before": {"Type": "Pass", "Result": {"kept": 1}, "Next": "Needs"},
        "Needs": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:describeActivity", "ResultPath": "$.found", "End": True,
                  "Parameters": {"ActivityArn": wanted}}}})  # fmt: skip
    execution = run(states, arn)["executionArn"]
    assert states.list_executions(stateMachineArn=arn, redriveFilter="REDRIVEN")["executions"] == []
    found = states.describe_execution(executionArn=execution)
    assert (found["status"], found["redriveStatus"], found["redriveCount"]) == ("FAILED", "REDRIVABLE", 0)
    assert "redriveDate" not in found and "redriveStatusReason" not in found
    states.create_activity(name=unique)
    first = states.redrive_execution(executionArn=execution, clientToken="once")["redriveDate"]
    assert states.redrive_execution(executionArn=execution, clientToken="once")["redriveDate"] == first
    found = finish(states, execution)
    assert (found["status"], found["redriveStatus"], found["redriveCount"]) == ("SUCCEEDED", "NOT_REDRIVABLE", 1)
    assert found["redriveDate"] == first and json.loads(found["output"])["kept"] == 1
    assert found["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"
    code, message = error(states.redrive_execution, executionArn=execution)
    assert code == "ExecutionNotRedrivable" and "Execution is SUCCEEDED and cannot be redriven" in message
    listed = states.list_executions(stateMachineArn=arn, redriveFilter="REDRIVEN")["executions"]
    assert [(item["redriveCount"], item["redriveDate"]) for item in listed] == [(1, first)]
    assert states.list_executions(stateMachineArn=arn, redriveFilter="NOT_REDRIVEN")["executions"] == []
    events = states.get_execution_history(executionArn=execution)["events"]
    assert [event["type"] for event in events].count("PassStateEntered") == 1
    redriven = next(event for event in events if event["type"] == "ExecutionRedriven")
    assert redriven["executionRedrivenEventDetails"] == {"redriveCount": 1}
    assert error(states.redrive_execution, executionArn=execution + "x")[0] == "ExecutionDoesNotExist"


def test_a_state_is_tried_out(states):
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName.$": "$.f"}, "ResultPath": "$.r",
            "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 2}], "Next": "After"}  # fmt: skip
    call = dict(definition=json.dumps(task), input='{"f":"g"}', inspectionLevel="DEBUG")
    found = states.test_state(**call, mock={"result": '{"StatusCode":200}'})
    assert (found["status"], found["nextState"], json.loads(found["output"])) == ("SUCCEEDED", "After", {"f": "g", "r": {"StatusCode": 200}})
    assert json.loads(found["inspectionData"]["afterParameters"]) == {"FunctionName": "g"}
    found = states.test_state(**call, mock={"errorOutput": {"error": "Busy"}}, stateConfiguration={"retrierRetryCount": 1})
    assert (found["status"], found["inspectionData"]["errorDetails"]) == ("RETRIABLE", {"retryIndex": 0, "retryBackoffIntervalSeconds": 2})
    code, message = error(states.test_state, **call)
    assert code == "ValidationException" and "specify a mock" in message
    code, message = error(states.test_state, definition=json.dumps(PASS["States"]["S"]), context='{"State": {"Name": "A"}}')
    assert code == "ValidationException" and "mock" in message


@pytest.mark.parametrize("mode", ["INLINE", "DISTRIBUTED"])
def test_the_items_of_a_map_are_shown(states, mode):
    config = {"Mode": mode} | ({"ExecutionType": "STANDARD"} if mode == "DISTRIBUTED" else {})
    tried = {"Type": "Map", "ItemsPath": "$.l", "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "k.$": "$.k"}, "End": True,
             "ItemProcessor": {"ProcessorConfig": config, "StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}}  # fmt: skip
    call = dict(input='{"l": ["a", "b"], "k": 7}', inspectionLevel="DEBUG", mock={"result": "[1, 2]"})
    found = states.test_state(definition=json.dumps(tried), **call)
    assert (found["status"], json.loads(found["output"])) == ("SUCCEEDED", [1, 2])
    shown = found["inspectionData"]
    assert json.loads(shown["afterItemsPath"]) == ["a", "b"]
    assert json.loads(shown["afterItemSelector"]) == [{"i": 0, "v": "a", "k": 7}, {"i": 1, "v": "b", "k": 7}]
    tried["ItemSelector"] = {"x.$": "$.missing"}
    assert states.test_state(definition=json.dumps(tried), **call)["error"] == "States.Runtime"


def test_the_batches_and_rows_of_a_map_are_shown(states):
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
    tried = {"Type": "Map", "ItemProcessor": processor, "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"k.$": "$.k"}}, "End": True}

    def shown(data, **config):
        reader = {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": config, "Parameters": {"Bucket": "b", "Key": "k"}}
        found = states.test_state(definition=json.dumps(tried | {"ItemReader": reader}), input='{"k": 1}', inspectionLevel="DEBUG",
                                  mock={"result": "[]"}, stateConfiguration={"mapItemReaderData": data})  # fmt: skip
        assert found["status"] == "SUCCEEDED"
        return {name: json.loads(found["inspectionData"][name]) for name in ("afterItemsPointer", "afterItemBatcher") if name in found["inspectionData"]}

    def batches(*parts):
        return [{"BatchInput": {"k": 1}, "Items": part} for part in parts]

    assert shown("[1, 2, 3]", InputType="JSON") == {"afterItemBatcher": batches([1, 2], [3])}
    assert shown("a,b\n1,2\n", InputType="CSV", CSVHeaderLocation="FIRST_ROW") == {"afterItemBatcher": batches([{"a": "1", "b": "2"}])}
    assert shown('{"a": 1}\n{"a": 2}\n', InputType="JSONL") == {"afterItemBatcher": batches([{"a": 1}, {"a": 2}])}
    found = shown('{"in": {"x": 1}}', InputType="JSON", ItemsPointer="/in")
    assert found == {"afterItemsPointer": [{"Key": "x", "Value": 1}], "afterItemBatcher": batches([{"Key": "x", "Value": 1}])}
    reader = {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSONL"}, "Parameters": {"Bucket": "b", "Key": "k"}}
    code, message = error(states.test_state, definition=json.dumps(tried | {"ItemReader": reader}), input='{"k": 1}',
                          mock={"result": "[]"}, stateConfiguration={"mapItemReaderData": "{"})  # fmt: skip
    assert code == "ValidationException" and "Line 1" in message


def test_a_level_all_machine_writes_its_log(server, states, machine, unique):
    logs = server.client("logs")
    group = f"/aws/vendedlogs/states/{unique}"
    destination = [{"cloudWatchLogsLogGroup": {"logGroupArn": f"arn:aws:logs:us-east-1:123456789012:log-group:{group}:*"}}]
    logging = {"level": "ALL", "includeExecutionData": True, "destinations": destination}
    with pytest.raises(ClientError) as caught:
        machine(PASS, loggingConfiguration=logging)
    assert caught.value.response["Error"]["Code"] == "InvalidLoggingConfiguration"
    logs.create_log_group(logGroupName=group)
    execution = run(states, machine(PASS, loggingConfiguration=logging))["executionArn"]
    lines = [json.loads(event["message"]) for event in logs.filter_log_events(logGroupName=group)["events"]]
    assert [line["type"] for line in lines] == ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    assert all(line["execution_arn"] == execution for line in lines)


def processing(unique, command, **more):
    """A Task that runs a processing job of the machine's own programs."""
    return {
        "Type": "Task", "Resource": "arn:aws:states:::sagemaker:createProcessingJob.sync",
        "Parameters": {
            "ProcessingJobName.$": "$.job", "RoleArn": ROLE,
            "AppSpecification": {"ImageUri": "penstock/process", "ContainerEntrypoint": ["/bin/sh", "-c", command]},
            "ProcessingResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
        },
    } | more  # fmt: skip


def test_a_processing_job_as_a_step(server, states, machine, unique):
    arn = machine(one(processing(unique, "echo hello from the job")))
    found = run(states, arn, {"job": unique})
    assert found["status"] == "SUCCEEDED", found
    output = json.loads(found["output"])
    described = server.client("sagemaker").describe_processing_job(ProcessingJobName=unique)
    assert output["ProcessingJobStatus"] == described["ProcessingJobStatus"] == "Completed"
    assert output["ProcessingJobArn"] == described["ProcessingJobArn"]
    events = history(states, found["executionArn"])
    assert [event["type"] for event in events[2:6]] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    submitted = json.loads(events[4]["taskSubmittedEventDetails"]["output"])
    assert submitted["SdkHttpMetadata"]["HttpStatusCode"] == 200 and submitted["ProcessingJobArn"] == output["ProcessingJobArn"]


def test_a_job_that_fails_fails_its_step(states, machine, unique):
    found = run(states, machine(one(processing(unique, "echo broken >&2; exit 3"))), {"job": unique})
    assert (found["status"], found["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(found["cause"])
    assert cause["ProcessingJobStatus"] == "Failed" and cause["FailureReason"]


def test_a_job_name_that_is_taken(states, machine, unique):
    arn = machine(one(processing(unique, "true")))
    assert run(states, arn, {"job": unique})["status"] == "SUCCEEDED"
    found = run(states, arn, {"job": unique})
    assert found["error"].startswith("SageMaker.") and "Service: AmazonSageMaker; Status Code: 400" in found["cause"]


def test_stopping_an_execution_stops_its_job(server, states, machine, unique):
    arn = machine(one(processing(unique, "sleep 600")))
    execution = states.start_execution(stateMachineArn=arn, input=json.dumps({"job": unique}))["executionArn"]
    sagemaker = server.client("sagemaker")

    def job_status():
        try:
            return sagemaker.describe_processing_job(ProcessingJobName=unique)["ProcessingJobStatus"]
        except ClientError:
            return None

    def wait_for(wanted):
        deadline = time.monotonic() + 60
        while job_status() not in wanted:
            assert time.monotonic() < deadline, job_status()
            time.sleep(0.05)

    wait_for({"InProgress"})
    states.stop_execution(executionArn=execution)
    assert finish(states, execution)["status"] == "ABORTED"
    wait_for({"Stopped"})


def test_the_aws_cli(server, machine):
    arn = machine(PASS)

    def aws(*arguments):
        command = [sys.executable, "-m", "awscli", "stepfunctions", *arguments, "--output", "json"]
        done = subprocess.run(command, capture_output=True, text=True, env=server.environment(), timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    started = aws("start-execution", "--state-machine-arn", arn, "--input", '{"a": 1}')
    found = aws("describe-execution", "--execution-arn", started["executionArn"])
    assert (found["status"], found["output"]) == ("SUCCEEDED", '{"x":1}')
    assert len(aws("get-execution-history", "--execution-arn", started["executionArn"])["events"]) == 4


def test_the_step_functions_sdk(states, unique):
    from stepfunctions.inputs import ExecutionInput
    from stepfunctions.steps import Chain, Choice, ChoiceRule, Fail, Pass, Succeed
    from stepfunctions.workflow import Workflow

    schema = ExecutionInput(schema={"accuracy": float})
    gate = Choice("good enough?")
    gate.add_choice(ChoiceRule.NumericGreaterThanEquals(variable="$.accuracy", value=0.7), Succeed("release"))
    gate.default_choice(Fail("reject", error="QualityGate", cause="accuracy too low"))
    evaluate = Pass("evaluate", parameters={"accuracy": schema["accuracy"]})
    workflow = Workflow(unique, Chain([evaluate, gate]), ROLE, client=states, execution_input=schema)
    workflow.create()
    good = workflow.execute(inputs={"accuracy": 0.75})
    assert good.get_output(wait=True) == {"accuracy": 0.75}
    bad = workflow.execute(inputs={"accuracy": 0.5})
    finish(states, bad.execution_arn)
    assert bad.describe()["error"] == "QualityGate"
    assert [event["type"] for event in bad.list_events()][-1] == "ExecutionFailed"
    assert len(workflow.list_executions()) == 2


def test_the_template_that_the_step_functions_sdk_exports(states, server, unique):
    from stepfunctions.inputs import ExecutionInput
    from stepfunctions.steps import Chain, Map, Parallel, Pass, Wait
    from stepfunctions.workflow import Workflow

    given = ExecutionInput(schema={"rows": list, "name": str})
    both = Parallel("both", result_path="$.both")
    both.add_branch(Pass("upper", parameters={"name": given["name"]}))
    both.add_branch(Wait("lower", seconds=0))
    each = Map("each", iterator=Pass("row"), items_path="$.rows", result_path="$.rows")
    workflow = Workflow(unique, Chain([each, both]), ROLE, client=states, execution_input=given, tags=[{"Key": "team", "Value": "data"}])
    template = workflow.get_cloudformation_template(description="from the SDK")
    cloudformation = server.client("cloudformation")
    cloudformation.validate_template(TemplateBody=template)
    cloudformation.create_stack(StackName=unique, TemplateBody=template)
    cloudformation.get_waiter("stack_create_complete").wait(StackName=unique, WaiterConfig={"Delay": 1})
    resource = cloudformation.describe_stack_resources(StackName=unique)["StackResources"][0]
    assert resource["ResourceType"] == "AWS::StepFunctions::StateMachine"
    machine = states.describe_state_machine(stateMachineArn=resource["PhysicalResourceId"])
    assert json.loads(machine["definition"]) == workflow.definition.to_dict() and machine["roleArn"] == ROLE
    # What the SDK attaches to is the machine that the stack made.
    attached = Workflow.attach(machine["stateMachineArn"], client=states)
    execution = attached.execute(inputs={"rows": [1, 2], "name": "n"})
    output = execution.get_output(wait=True)
    assert output["rows"] == [1, 2] and output["both"][0] == {"name": "n"}
    cloudformation.delete_stack(StackName=unique)


def test_a_virtual_clock_skips_waiting(start_server):
    with start_server(clock="virtual") as server:
        states = server.client("stepfunctions")
        month = one({"Type": "Wait", "Seconds": 30 * 86_400})
        arn = states.create_state_machine(name="month", definition=json.dumps(month), roleArn=ROLE)["stateMachineArn"]
        found = run(states, arn)
        assert found["status"] == "SUCCEEDED"
        assert (found["stopDate"] - found["startDate"]).days == 30


def test_a_restart_keeps_what_waits(start_server, tmp_path):
    with start_server(data=tmp_path / "data") as server:
        states = server.client("stepfunctions")
        arn = states.create_state_machine(name="w", definition=json.dumps(one({"Type": "Wait", "Seconds": 2})), roleArn=ROLE)["stateMachineArn"]
        execution = states.start_execution(stateMachineArn=arn)["executionArn"]
        job = states.create_state_machine(name="j", definition=json.dumps(one(processing("", "sleep 3"))), roleArn=ROLE)["stateMachineArn"]
        training = states.start_execution(stateMachineArn=job, input='{"job":"restart"}')["executionArn"]
        server.stop(signal.SIGKILL)
    with start_server(data=tmp_path / "data") as server:
        states = server.client("stepfunctions")
        assert finish(states, execution)["status"] == "SUCCEEDED"
        found = finish(states, training)
        assert found["status"] == "SUCCEEDED", found
        types = [event["type"] for event in history(states, training)]
        assert types.count("TaskScheduled") == types.count("TaskStarted") == types.count("TaskSubmitted") == 1


def test_a_task_is_run_by_test_state(states, server):
    lists = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:listActivities", "Parameters": {"MaxResults.$": "$.n"}, "ResultSelector": {"found.$": "$.Activities"}, "End": True}
    found = states.test_state(definition=json.dumps(lists), roleArn=ROLE, input='{"n": 1}', inspectionLevel="DEBUG")
    assert found["status"] == "SUCCEEDED" and [*json.loads(found["output"])] == ["found"]
    assert "Activities" in json.loads(found["inspectionData"]["result"])
    fails = dict(lists, Parameters={"NextToken": "no"}, ResultSelector={}, Catch=[{"ErrorEquals": ["Sfn.InvalidTokenException"], "Next": "Caught"}])
    found = states.test_state(definition=json.dumps(fails), roleArn=ROLE)
    assert (found["status"], found["nextState"], found["error"]) == ("CAUGHT_ERROR", "Caught", "Sfn.InvalidTokenException")
    assert error(states.test_state, definition=json.dumps(lists), input='{"n": 1}')[1].startswith("A roleArn is needed")
    waits = dict(lists, Resource="arn:aws:states:::states:startExecution.sync", Parameters={"StateMachineArn": "x"})
    assert "specify a mock" in error(states.test_state, definition=json.dumps(waits), roleArn=ROLE)[1]


def test_a_role_of_another_account_works_there(server, tmp_path_factory, start_server):
    with start_server(arguments=("--iam", "off"), role=False) as other:
        states = other.client("stepfunctions")
        task = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity", "Parameters": {}}
        task["Credentials"] = {"RoleArn.$": "$.role"}
        made = states.create_state_machine(name="there", definition=json.dumps(one(task)), roleArn=ROLE)
        found = run(states, made["stateMachineArn"], {"role": "arn:aws:iam::111122223333:role/theirs"})
        assert json.loads(found["output"])["Account"] == "111122223333", found


def test_customers_keys_and_tags(states, machine, unique):
    key = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/k"}
    arn = machine(PASS, encryptionConfiguration=key)
    assert states.describe_state_machine(stateMachineArn=arn)["encryptionConfiguration"] == key | {"kmsDataKeyReusePeriodSeconds": 300}
    other = key | {"kmsKeyId": "alias/other", "kmsDataKeyReusePeriodSeconds": 60}
    states.update_state_machine(stateMachineArn=arn, encryptionConfiguration=other)
    assert states.describe_state_machine(stateMachineArn=arn)["encryptionConfiguration"] == other
    made = states.create_activity(name=unique, encryptionConfiguration=key | {"kmsDataKeyReusePeriodSeconds": 60})
    assert states.describe_activity(activityArn=made["activityArn"])["encryptionConfiguration"]["kmsDataKeyReusePeriodSeconds"] == 60
    assert error(machine, definition=PASS, name=f"{unique}-2", encryptionConfiguration={"type": "CUSTOMER_MANAGED_KMS_KEY"})[0] == "InvalidEncryptionConfiguration"
    tags = [{"key": str(number), "value": ""} for number in range(51)]
    assert error(machine, definition=PASS, name=f"{unique}-3", tags=tags)[0] == "TooManyTags"
    states.tag_resource(resourceArn=arn, tags=tags[:50])
    assert error(states.tag_resource, resourceArn=arn, tags=tags[50:])[0] == "TooManyTags"


def test_an_inline_map_of_ten_thousand_items(states, machine, unique):
    each = one({"Type": "Map", "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}})
    items = list(range(10_000))
    found = states.start_sync_execution(stateMachineArn=machine(each, type="EXPRESS"), input=json.dumps(items))
    assert found["status"] == "SUCCEEDED" and json.loads(found["output"]) == items
    found = run(states, machine(each, name=f"{unique}-standard"), items)
    assert found["cause"] == "The execution reached the maximum number of history events (25000)."
    newest = states.get_execution_history(executionArn=found["executionArn"], reverseOrder=True, maxResults=1)["events"]
    assert (newest[0]["id"], newest[0]["type"]) == (25_000, "ExecutionFailed")


def test_variables_are_bound(states, machine):
    found = run(states, machine(one({"Type": "Pass", "Assign": {"a.$": "$.x", "b.$": "$.x"}})), {"x": "y" * 200_000})
    assert found["error"] == "States.DataLimitExceeded"


def test_what_is_not_json_is_named_as_aws_names_it(states, unique):
    definition = json.dumps(one({"Type": "Pass", "End": True}))
    found = states.validate_state_machine_definition(definition='{"StartAt": }')["diagnostics"][0]
    place = '[Source: (String)"{"StartAt": }"; line: 1, column: 14]'
    assert (found["code"], found["location"]) == ("INVALID_JSON_DESCRIPTION", place)
    assert found["message"] == f"Unexpected character ('}}' (code 125)): expected a value\n at {place}"
    machine = states.create_state_machine(name=unique, definition=definition, roleArn=ROLE)["stateMachineArn"]
    code, text = error(states.start_execution, stateMachineArn=machine, input='{"a": 1,}')
    assert code == "InvalidExecutionInput"
    assert text == "Invalid State Machine Execution Input: 'Unexpected character ('}' (code 125)): was expecting double-quote to start field name'"


def test_a_role_is_named_by_its_arn(start_server):
    with start_server(arguments=("--iam", "off"), role=False) as server:
        states = server.client("stepfunctions")
        definition = json.dumps(one({"Type": "Pass", "End": True}))
        refused = ("InvalidArn", "Invalid Role Arn: 'role'")
        assert error(states.create_state_machine, name="m", definition=definition, roleArn="role") == refused
        machine = states.create_state_machine(name="m", definition=definition, roleArn=ROLE)["stateMachineArn"]
        assert error(states.update_state_machine, stateMachineArn=machine, roleArn="role") == refused


def test_a_qualified_arn_changes_no_machine(states, unique):
    definition = json.dumps(one({"Type": "Pass", "End": True}))
    machine = states.create_state_machine(name=unique, definition=definition, roleArn=ROLE)["stateMachineArn"]
    version = states.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    alias = states.create_state_machine_alias(name="live", routingConfiguration=[{"stateMachineVersionArn": version, "weight": 100}])["stateMachineAliasArn"]
    for arn in (version, alias, f"{machine}/label"):
        assert error(states.delete_state_machine, stateMachineArn=arn)[0] == "ValidationException"
        assert error(states.update_state_machine, stateMachineArn=arn, definition=definition)[0] == "ValidationException"
    assert error(states.start_execution, stateMachineArn=f"{machine}/label")[0] == "ValidationException"
    assert error(states.describe_state_machine, stateMachineArn=f"{machine}/label")[0] == "ValidationException"
    assert error(states.update_state_machine_alias, stateMachineAliasArn=alias)[0] == "ValidationException"
    assert states.describe_state_machine(stateMachineArn=machine)["status"] == "ACTIVE"
    assert run(states, alias)["status"] == "SUCCEEDED"
