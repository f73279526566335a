"""kill -9 at many points of a stack's life: creation, its roll-back, deletion, nested stacks; after a restart each reaches its end."""

import json
import signal
import subprocess
import sys
import time

import pytest

from test_cloudformation import NAMED, bucket, ended, outputs, reasons, role, template


def call_in_the_background(server, expression):
    """Runs `cfn.OPERATION(...)` in a process of its own, which the kill may leave without an answer."""
    code = f"import boto3; cfn = boto3.client('cloudformation'); {expression}"
    return subprocess.Popen([sys.executable, "-c", code], env=server.environment(), stderr=subprocess.DEVNULL)


def rows_of(cfn, stack):
    return cfn.get_paginator("describe_stack_events").paginate(StackName=stack).build_full_result()["StackEvents"]


def kill_after(server, stack, count):
    """Kills the server when the stack has `count` events."""
    cfn = server.client("cloudformation")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if len(rows_of(cfn, stack)) >= count:
                break
        except cfn.exceptions.ClientError:
            pass  # it is not there yet
    server.stop(signal.SIGKILL)


@pytest.mark.parametrize("events", [1, 20, 45, 70])
def test_deletion_killed(start_server, tmp_path, events):
    """Twice: the second time while the first restart goes on."""
    resources = {f"R{n}": role(RoleName=f"r{n}") | ({"DependsOn": f"B{n}"}) for n in range(20)} | {f"B{n}": bucket() for n in range(20)}
    resources["Kept"] = bucket(BucketName="kept-by-policy") | {"DeletionPolicy": "Retain"}
    with start_server(data=tmp_path / "data", role=False) as server:
        cfn = server.client("cloudformation")
        stack = cfn.create_stack(StackName="s", TemplateBody=template(resources), Capabilities=NAMED)["StackId"]
        assert ended(cfn, "s")["StackStatus"] == "CREATE_COMPLETE"
        so_far = len(rows_of(cfn, stack))
        caller = call_in_the_background(server, "cfn.delete_stack(StackName='s')")
        kill_after(server, stack, so_far + events)
        caller.wait(60)
    with start_server(data=tmp_path / "data", role=False) as server:
        kill_after(server, stack, so_far + events + 5)
    with start_server(data=tmp_path / "data", role=False) as server:
        cfn = server.client("cloudformation")
        assert ended(cfn, stack)["StackStatus"] == "DELETE_COMPLETE", reasons(cfn, stack)
        assert [one["Name"] for one in server.client("s3").list_buckets()["Buckets"]] == ["kept-by-policy"]
        assert not server.client("iam").list_roles()["Roles"]
        done = [(row["LogicalResourceId"], row["ResourceStatus"]) for row in rows_of(cfn, stack)]
        assert done[0] == ("s", "DELETE_COMPLETE") and done.count(("s", "DELETE_COMPLETE")) == 1


@pytest.mark.parametrize("events", [30, 60, 75, 100])
def test_roll_back_of_a_creation_killed(start_server, tmp_path, events):
    """A creation of 20 buckets whose last resource cannot be made."""
    resources = {f"B{n}": bucket() for n in range(20)}
    resources["Bad"] = bucket(BucketName="taken-before") | {"DependsOn": [f"B{n}" for n in range(20)]}
    with start_server(data=tmp_path / "data", role=False) as server:
        server.client("s3").create_bucket(Bucket="taken-before")
        (tmp_path / "t.json").write_text(template(resources))
        caller = call_in_the_background(server, f"cfn.create_stack(StackName='s', TemplateBody=open({str(tmp_path / 't.json')!r}).read())")
        kill_after(server, "s", events)
        caller.wait(60)
    with start_server(data=tmp_path / "data", role=False) as server:
        cfn = server.client("cloudformation")
        stack = ended(cfn, "s")
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE", reasons(cfn, "s")
        assert [one["Name"] for one in server.client("s3").list_buckets()["Buckets"]] == ["taken-before"]
        assert "The following resource(s) failed to create: [Bad]. Rollback requested by user." in reasons(cfn, "s")


NESTED = {"Resources": {f"B{n}": bucket() for n in range(5)}, "Parameters": {"Word": {"Type": "String"}}, "Outputs": {"One": {"Value": {"Ref": "B1"}}}}


def nests(url, count):
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, "Parameters": {"Word": "one"}}}
    chain = {f"N{n}": nested | ({"DependsOn": f"N{n - 1}"} if n % 3 else {}) for n in range(count)}
    return template(chain, Outputs={"One": {"Value": {"Fn::GetAtt": ["N0", "Outputs.One"]}}})


@pytest.mark.parametrize("events", [2, 6, 10])
def test_nested_stacks_killed(start_server, tmp_path, events):
    with start_server(data=tmp_path / "data", role=False) as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="templates")
        s3.put_object(Bucket="templates", Key="n.json", Body=json.dumps(NESTED).encode())
        (tmp_path / "t.json").write_text(nests("https://templates.s3.amazonaws.com/n.json", 6))
        caller = call_in_the_background(server, f"cfn.create_stack(StackName='s', TemplateBody=open({str(tmp_path / 't.json')!r}).read())")
        kill_after(server, "s", events)
        caller.wait(60)
    with start_server(data=tmp_path / "data", role=False) as server:
        cfn = server.client("cloudformation")
        stack = ended(cfn, "s")
        assert stack["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, "s")
        assert len(server.client("s3").list_buckets()["Buckets"]) == 1 + 6 * 5
        assert len(cfn.describe_stacks()["Stacks"]) == 7
        assert "-n0-" in outputs(stack)["One"]
        cfn.delete_stack(StackName="s")
        assert ended(cfn, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
        assert not cfn.describe_stacks()["Stacks"] and len(server.client("s3").list_buckets()["Buckets"]) == 1


def test_drift_of_nested_stacks(server, unique):
    """Of the outer stack: whether the nested one is there, with its parameters. What is in it is its own to look for, as on AWS."""
    cfn, s3 = server.client("cloudformation"), server.client("s3")
    s3.create_bucket(Bucket=unique)
    s3.put_object(Bucket=unique, Key="n.json", Body=json.dumps(NESTED).encode())
    cfn.create_stack(StackName=unique, TemplateBody=nests(f"https://{unique}.s3.amazonaws.com/n.json", 2))
    assert ended(cfn, unique)["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, unique)
    nested = {row["LogicalResourceId"]: row["PhysicalResourceId"] for row in cfn.describe_stack_resources(StackName=unique)["StackResources"]}

    def drifts(stack):
        found = cfn.detect_stack_drift(StackName=stack)["StackDriftDetectionId"]
        status = cfn.describe_stack_drift_detection_status(StackDriftDetectionId=found)
        assert status["DetectionStatus"] == "DETECTION_COMPLETE"
        rows = cfn.describe_stack_resource_drifts(StackName=stack)["StackResourceDrifts"]
        return status["StackDriftStatus"], {row["LogicalResourceId"]: row["StackResourceDriftStatus"] for row in rows}

    assert drifts(unique) == ("IN_SYNC", {"N0": "IN_SYNC", "N1": "IN_SYNC"})
    assert drifts(nested["N0"]) == ("IN_SYNC", {f"B{n}": "IN_SYNC" for n in range(5)})
    inner = cfn.describe_stack_resource(StackName=nested["N0"], LogicalResourceId="B3")["StackResourceDetail"]["PhysicalResourceId"]
    s3.delete_bucket(Bucket=inner)
    assert drifts(nested["N0"])[0] == "DRIFTED" and drifts(unique)[0] == "IN_SYNC"
    changed = json.dumps(NESTED | {"Outputs": {"One": {"Value": {"Ref": "Word"}}}})
    cfn.update_stack(StackName=nested["N1"], TemplateBody=changed, Parameters=[{"ParameterKey": "Word", "ParameterValue": "two"}])
    assert drifts(unique) == ("DRIFTED", {"N0": "IN_SYNC", "N1": "MODIFIED"})
    one = [row for row in cfn.describe_stack_resource_drifts(StackName=unique)["StackResourceDrifts"] if row["LogicalResourceId"] == "N1"][0]
    assert one["PropertyDifferences"] == [{"PropertyPath": "/Parameters/Word", "ExpectedValue": "one", "ActualValue": "two", "DifferenceType": "NOT_EQUAL"}]
    cfn.delete_stack(StackName=unique)
    s3.delete_object(Bucket=unique, Key="n.json")
    s3.delete_bucket(Bucket=unique)
