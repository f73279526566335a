"""An execution's input is checked against the schema that tags of its state machine tell, before anything starts."""
import json

import pytest

from conftest import ROLE
from test_states import PASS, error, finish, machine, one, run, states  # noqa: F401  (fixtures)

SCHEMA = {"Count": "number", "Name": "string", "Deep": "boolean optional", "Any": "any"}
GOOD = {"Count": 3, "Name": "n", "Any": None}


def tags(schema):
    return [{"key": f"penstock:input/{name}", "value": kind} for name, kind in schema.items()]


def refused(*problems):
    return ("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{'; '.join(problems)}'")


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_what_does_not_fit_is_refused_by_its_name(states, machine, kind):
    arn = machine(PASS, type=kind, tags=tags(SCHEMA))
    start = states.start_sync_execution if kind == "EXPRESS" else states.start_execution
    assert start(stateMachineArn=arn, input=json.dumps(GOOD | {"other": 1}))
    problems = ["Count: must be a number, but is \"3\"", "Name: is missing", "Deep: must be true or false, but is [1]"]
    assert error(start, stateMachineArn=arn, input=json.dumps({"Count": "3", "Deep": [1], "Any": 0})) == refused(*problems)
    assert error(start, stateMachineArn=arn, input="[]") == refused(*(f"{name}: is missing" for name in ["Count", "Name", "Any"]))
    if kind == "STANDARD":
        assert len(states.list_executions(stateMachineArn=arn)["executions"]) == 1


def test_the_schema_changes_with_the_tags(states, machine):
    arn = machine(PASS)
    run(states, arn)
    states.tag_resource(resourceArn=arn, tags=tags({"Count": "number"}))
    assert error(states.start_execution, stateMachineArn=arn) == refused("Count: is missing")
    code, message = error(states.tag_resource, resourceArn=arn, tags=tags({"Count": "numbr"}))
    assert code == "ValidationException" and "penstock:input/Count" in message and "numbr" in message
    states.untag_resource(resourceArn=arn, tagKeys=["penstock:input/Count"])
    run(states, arn)


def test_a_nested_start_is_checked_too(states, machine, unique):
    inner = machine(PASS, tags=tags({"Count": "number"}))
    outer = machine(one({"Type": "Task", "Resource": "arn:aws:states:::states:startExecution",
                         "Parameters": {"StateMachineArn": inner, "Input": {"Count": "many"}}}), name=f"{unique}-outer")  # fmt: skip
    found = run(states, outer)
    assert found["status"] == "FAILED" and "Count: must be a number" in found["cause"]


def test_a_stack_brings_its_schema(server, states, unique):
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
        "StateMachineName": unique, "RoleArn": ROLE, "Definition": PASS, "Tags": [{"Key": "penstock:input/Count", "Value": "number"}]}}  # fmt: skip
    stacks = server.client("cloudformation")
    stacks.create_stack(StackName=unique, TemplateBody=json.dumps({"Resources": {"M": machine}}))
    stacks.get_waiter("stack_create_complete").wait(StackName=unique, WaiterConfig={"Delay": 1})
    arn = stacks.describe_stack_resources(StackName=unique)["StackResources"][0]["PhysicalResourceId"]
    assert error(states.start_execution, stateMachineArn=arn, input='{"Count": true}') == refused("Count: must be a number, but is true")


def test_a_pipeline_file_is_the_schema(server, states, unique, tmp_path):
    definition = one({"Type": "Pass", "Parameters": {"c.$": "$.Count", "n.$": "$.Name"}})
    (tmp_path / "p.asl.json").write_text(json.dumps(definition))

    def write(kind):
        manifest = {"name": unique, "definition": "p.asl.json", "placeholders": {"Count": {"kind": kind}, "Name": {"kind": "text", "default": "n"}}}
        (tmp_path / "p.yaml").write_text(json.dumps(manifest))

    write("number")
    assert server.run("run", tmp_path / "p.yaml", "--set", "Count=3", "--set", "Name=4").returncode == 0
    arn = f"arn:aws:states:us-east-1:123456789012:stateMachine:{unique}"
    (ran,) = states.list_executions(stateMachineArn=arn)["executions"]
    assert json.loads(states.describe_execution(executionArn=ran["executionArn"])["output"]) == {"c": 3, "n": "4"}
    assert error(states.start_execution, stateMachineArn=arn, input='{"Name": "n"}') == refused("Count: is missing")
    write("boolean")
    assert server.run("run", tmp_path / "p.yaml", "--set", "Count=true").returncode == 0
    assert error(states.start_execution, stateMachineArn=arn, input='{"Count": 3, "Name": "n"}') == refused("Count: must be true or false, but is 3")
