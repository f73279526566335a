"""State changes of jobs, executions, stacks and objects, each as AWS shapes it, start a state machine by a rule."""
import json

import pytest

from conftest import ROLE
from test_events import executions, make_machine


@pytest.fixture
def heard(server, unique):
    """Makes a rule with a pattern; returns what gives the events that it heard, oldest first."""
    events = server.client("events")

    def listen(pattern, count=1):
        machine = make_machine(server, f"{unique}-heard")
        events.put_rule(Name=unique, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=unique, Targets=[{"Id": "t", "Arn": machine, "RoleArn": ROLE}])
        return lambda: [json.loads(one["input"]) for one in executions(server, machine, count)]

    yield listen
    events.remove_targets(Rule=unique, Ids=["t"])
    events.delete_rule(Name=unique)


def check_envelope(event, source, detail_type, resource):
    assert set(event) == {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}
    assert (event["version"], event["source"], event["detail-type"]) == ("0", source, detail_type)
    assert (event["account"], event["region"], event["resources"]) == ("123456789012", "us-east-1", [resource])


RESOURCES = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}


def test_processing_job(server, heard, unique):
    found = heard({"source": ["aws.sagemaker"], "detail-type": ["SageMaker Processing Job State Change"],
                   "detail": {"ProcessingJobName": [unique], "ProcessingJobStatus": ["Completed", "Failed"]}})
    arn = server.client("sagemaker").create_processing_job(
        ProcessingJobName=unique, RoleArn=ROLE, ProcessingResources={"ClusterConfig": RESOURCES},
        AppSpecification={"ImageUri": "penstock/process", "ContainerEntrypoint": ["/bin/true"]})["ProcessingJobArn"]
    (event,) = found()
    check_envelope(event, "aws.sagemaker", "SageMaker Processing Job State Change", arn)
    detail = event["detail"]
    assert (detail["ProcessingJobArn"], detail["ProcessingJobStatus"], detail["RoleArn"]) == (arn, "Completed", ROLE)
    assert detail["ProcessingResources"]["ClusterConfig"]["InstanceType"] == "ml.m5.large"
    assert int(detail["ProcessingEndTime"]) >= int(detail["CreationTime"]) > 1_500_000_000_000  # milliseconds, as texts


def test_training_job(server, heard, unique):
    server.client("s3").create_bucket(Bucket=unique)
    found = heard({"source": ["aws.sagemaker"], "detail-type": ["SageMaker Training Job State Change"],
                   "detail": {"TrainingJobName": [unique], "TrainingJobStatus": ["Completed", "Failed"]}})
    arn = server.client("sagemaker").create_training_job(
        TrainingJobName=unique, RoleArn=ROLE, ResourceConfig=RESOURCES, OutputDataConfig={"S3OutputPath": f"s3://{unique}/out"},
        AlgorithmSpecification={"TrainingImage": "penstock/process", "TrainingInputMode": "File", "ContainerEntrypoint": ["/bin/sh", "-c"],
                                "ContainerArguments": ["echo why > /opt/ml/output/failure; exit 3"]},
        StoppingCondition={"MaxRuntimeInSeconds": 60})["TrainingJobArn"]
    (event,) = found()
    check_envelope(event, "aws.sagemaker", "SageMaker Training Job State Change", arn)
    detail = event["detail"]
    assert (detail["TrainingJobStatus"], detail["SecondaryStatus"]) == ("Failed", "Failed")
    assert "why" in detail["FailureReason"] and detail["OutputDataConfig"]["S3OutputPath"] == f"s3://{unique}/out"


def test_execution(server, heard, unique):
    machine = make_machine(server, unique)
    found = heard({"source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"],
                   "detail": {"stateMachineArn": [machine]}}, count=2)
    started = server.client("stepfunctions").start_execution(stateMachineArn=machine, input='{"a": 1}')["executionArn"]
    running, ended = sorted(found(), key=lambda event: event["detail"]["status"])
    check_envelope(ended, "aws.states", "Step Functions Execution Status Change", started)
    assert (running["detail"]["status"], ended["detail"]["status"]) == ("RUNNING", "SUCCEEDED")
    assert (ended["detail"]["input"], ended["detail"]["inputDetails"]) == ('{"a": 1}', {"included": True})
    assert running["detail"]["stopDate"] is None and ended["detail"]["output"] == '{"a": 1}'


def test_stack(server, heard, unique):
    pattern = {"source": ["aws.cloudformation"], "detail-type": ["CloudFormation Stack Status Change"],
               "detail": {"stack-id": [{"prefix": f"arn:aws:cloudformation:us-east-1:123456789012:stack/{unique}/"}],
                          "status-details": {"status": ["CREATE_COMPLETE", "DELETE_COMPLETE"]}}}
    found = heard(pattern, count=2)
    template = {"Resources": {"Logs": {"Type": "AWS::Logs::LogGroup"}}}
    cloudformation = server.client("cloudformation")
    stack = cloudformation.create_stack(StackName=unique, TemplateBody=json.dumps(template), ClientRequestToken=f"{unique}-token")["StackId"]
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    cloudformation.delete_stack(StackName=stack)
    created, deleted = sorted(found(), key=lambda event: event["detail"]["status-details"]["status"])
    check_envelope(created, "aws.cloudformation", "CloudFormation Stack Status Change", stack)
    assert created["detail"] == {"stack-id": stack, "status-details": {"status": "CREATE_COMPLETE", "status-reason": ""},
                                 "client-request-token": f"{unique}-token"}
    assert deleted["detail"]["status-details"]["status"] == "DELETE_COMPLETE"


def test_resource_of_a_stack(server, heard, unique):
    found = heard({"source": ["aws.cloudformation"], "detail-type": ["CloudFormation Resource Status Change"],
                   "detail": {"logical-resource-id": [unique.replace("-", "")], "status-details": {"status": ["CREATE_COMPLETE"]}}})
    name = unique.replace("-", "")
    server.client("cloudformation").create_stack(
        StackName=unique, TemplateBody=json.dumps({"Resources": {name: {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": unique}}}}))
    (event,) = found()
    detail = event["detail"]
    assert (detail["logical-resource-id"], detail["physical-resource-id"], detail["resource-type"]) == (name, unique, "AWS::Logs::LogGroup")


def test_object(server, heard, unique):
    s3 = server.client("s3")
    s3.create_bucket(Bucket=unique)
    s3.put_bucket_notification_configuration(Bucket=unique, NotificationConfiguration={"EventBridgeConfiguration": {}})
    found = heard({"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [unique]}}})
    etag = s3.put_object(Bucket=unique, Key="a/b", Body=b"12345")["ETag"].strip('"')
    (event,) = found()
    check_envelope(event, "aws.s3", "Object Created", f"arn:aws:s3:::{unique}")
    detail = event["detail"]
    assert detail["bucket"] == {"name": unique} and detail["reason"] == "PutObject" and detail["version"] == "0"
    assert (detail["object"]["key"], detail["object"]["size"], detail["object"]["etag"]) == ("a/b", 5, etag)
    assert detail["object"]["sequencer"] and detail["requester"] == "123456789012" and detail["source-ip-address"] == "127.0.0.1"
