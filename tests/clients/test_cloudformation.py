"""CloudFormation through boto3 and the AWS CLI: stacks, change sets, nested stacks, failures, restarts."""
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from conftest import ROLE

AWS = shutil.which("aws", path=str(pathlib.Path(sys.executable).parent)) or shutil.which("aws")
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
NAMED = ["CAPABILITY_NAMED_IAM"]
PASS = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "${Word}", "End": True}}})


@pytest.fixture(scope="module")
def cfn(server):
    return server.client("cloudformation")


def template(resources, **sections):
    return json.dumps({"Resources": resources} | sections)


def bucket(**properties):
    return {"Type": "AWS::S3::Bucket", "Properties": properties}


def role(**properties):
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST} | properties}


def error_of(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def ended(cfn, name):
    """The stack, once no operation is under way."""
    deadline = time.monotonic() + 60
    while True:
        stack = cfn.describe_stacks(StackName=name)["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack
        assert time.monotonic() < deadline, stack
        time.sleep(0.05)


def outputs(stack):
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def reasons(cfn, name):
    return [event.get("ResourceStatusReason", "") for event in cfn.describe_stack_events(StackName=name)["StackEvents"]]


def test_create_update_delete(server, cfn, unique):
    body = f"""
Parameters:
  Word: {{Type: String, Default: one, AllowedValues: [one, two]}}
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: {unique}
      VersioningConfiguration: {{Status: Enabled}}
      Tags: [{{Key: a, Value: !Ref Word}}]
  Runner:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub "${{AWS::StackName}}-role"
      AssumeRolePolicyDocument: {json.dumps(TRUST)}
      Policies:
        - PolicyName: p
          PolicyDocument: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Action: "s3:*", Resource: !Sub "${{Data.Arn}}/*"}}]}}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt Runner.Arn
      DefinitionString: '{PASS}'
      DefinitionSubstitutions: {{Word: !Ref Word}}
  Lines: {{Type: AWS::Logs::LogGroup, Properties: {{RetentionInDays: 3}}}}
Outputs:
  Machine: {{Value: !Ref Machine}}
  Name: {{Value: !GetAtt Machine.Name}}
  Bucket: {{Value: !Join ["", ["s3://", !Ref Data]]}}
"""
    cfn.create_stack(StackName=unique, TemplateBody=body, Capabilities=NAMED, Tags=[{"Key": "team", "Value": "x"}])
    stack = ended(cfn, unique)
    assert stack["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, unique)
    states = server.client("stepfunctions")
    machine = outputs(stack)["Machine"]
    assert json.loads(states.describe_state_machine(stateMachineArn=machine)["definition"])["States"]["A"]["Result"] == "one"
    assert outputs(stack)["Bucket"] == f"s3://{unique}"
    s3 = server.client("s3")
    assert s3.get_bucket_versioning(Bucket=unique)["Status"] == "Enabled"
    assert {"Key": "team", "Value": "x"} in s3.get_bucket_tagging(Bucket=unique)["TagSet"]

    assert error_of(cfn.update_stack, StackName=unique, UsePreviousTemplate=True, Capabilities=NAMED) == (
        "ValidationError", 400, "No updates are to be performed.")
    change = [{"ParameterKey": "Word", "ParameterValue": "two"}]
    cfn.create_change_set(StackName=unique, ChangeSetName="c", UsePreviousTemplate=True, Parameters=change, Capabilities=NAMED)
    shown = cfn.describe_change_set(StackName=unique, ChangeSetName="c")
    assert shown["Status"] == "CREATE_COMPLETE" and shown["ExecutionStatus"] == "AVAILABLE"
    changes = {one["ResourceChange"]["LogicalResourceId"]: one["ResourceChange"] for one in shown["Changes"]}
    assert sorted(changes) == ["Data", "Machine"]
    assert changes["Machine"]["Replacement"] == "False" and changes["Machine"]["Details"][0]["Target"]["Name"] == "DefinitionSubstitutions"
    cfn.execute_change_set(StackName=unique, ChangeSetName="c")
    assert ended(cfn, unique)["StackStatus"] == "UPDATE_COMPLETE"
    assert json.loads(states.describe_state_machine(stateMachineArn=machine)["definition"])["States"]["A"]["Result"] == "two"

    stack_id = stack["StackId"]
    cfn.delete_stack(StackName=unique)
    assert ended(cfn, stack_id)["StackStatus"] == "DELETE_COMPLETE"
    assert error_of(cfn.describe_stacks, StackName=unique) == ("ValidationError", 400, f"Stack with id {unique} does not exist")
    assert error_of(states.describe_state_machine, stateMachineArn=machine)[0] == "StateMachineDoesNotExist"
    assert error_of(s3.head_bucket, Bucket=unique)[0] == "404"


def test_refused_before_anything_is_made(server, cfn, unique):
    resources = {"Good": bucket(BucketName=unique), "Bad": {"Type": "AWS::Nope::Thing"}}
    code, status, text = error_of(cfn.create_stack, StackName=unique, TemplateBody=template(resources))
    assert (code, status) == ("ValidationError", 400)
    assert text.startswith("Template format error: Unrecognized resource types: [AWS::Nope::Thing]") and "AWS::S3::Bucket" in text
    assert "line 1" in text
    wrong = {"Bad": bucket(BucketNam=unique, Tags="x")}
    text = error_of(cfn.create_stack, StackName=unique, TemplateBody=template(wrong))[2]
    assert "extraneous key [BucketNam] is not permitted (did you mean BucketName?)" in text and "#/Tags: expected type: JSONArray" in text
    text = error_of(cfn.create_stack, StackName=unique, TemplateBody=template({"B": bucket(BucketName={"Ref": "None"})}))[2]
    assert text.startswith("Template format error: Unresolved resource dependencies [None] in the Resources block of the template")
    circle = {"A": bucket() | {"DependsOn": "B"}, "B": bucket() | {"DependsOn": ["A"]}}
    assert error_of(cfn.create_stack, StackName=unique, TemplateBody=template(circle))[2].startswith("Circular dependency between resources: [A, B] (line ")
    text = error_of(cfn.create_stack, StackName=unique, TemplateBody=template({"R": role(RoleName=unique)}), Capabilities=["CAPABILITY_IAM"])
    assert text == ("InsufficientCapabilitiesException", 400, "Requires capabilities : [CAPABILITY_NAMED_IAM]")
    parameters = {"P": {"Type": "Number", "MaxValue": 3}}
    text = error_of(cfn.create_stack, StackName=unique, TemplateBody=template({"B": bucket()}, Parameters=parameters))[2]
    assert text == "Parameters: [P] must have values"
    assert error_of(cfn.validate_template, TemplateBody="A: [")[2].startswith("Template format error: YAML not well-formed. (line 1")
    assert error_of(server.client("s3").head_bucket, Bucket=unique)[0] == "404"
    assert error_of(cfn.describe_stacks, StackName=unique)[0] == "ValidationError"


def test_every_problem_is_told_at_once(cfn, unique):
    body = """
Resources:
  A: {Type: AWS::Nope::Thing}
  B: {Type: AWS::S3::Bucket, Properties: {BucketNam: x}}
  C: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: soon, LogGroupName: !GetAtt B.Nothing}}
  D: {Type: AWS::StepFunctions::Activity}
"""
    told = error_of(cfn.create_stack, StackName=unique, TemplateBody=body)[2]
    for part in ("Unrecognized resource types: [AWS::Nope::Thing] (line 3, column 13)", "resource B with message:\n#: extraneous key [BucketNam] is not permitted",
                 "resource B does not support attribute type Nothing in Fn::GetAtt (line 5,", "resource D with message:\n#: required key [Name] not found (line 6,"):  # fmt: skip
        assert part in told, (part, told)


def test_language_extensions(server, cfn, unique):
    """Loops, lengths, JSON texts, and a map's default; policies by a function."""
    body = f"""
Transform: AWS::LanguageExtensions
Parameters:
  Names: {{Type: CommaDelimitedList, Default: "one"}}
  Keep: {{Type: String, Default: Retain}}
Mappings: {{M: {{a: {{b: c}}}}}}
Resources:
  Fn::ForEach::Buckets:
    - Name
    - !Ref Names
    - Bucket${{Name}}: {{Type: AWS::S3::Bucket, DeletionPolicy: !Ref Keep, Properties: {{BucketName: !Sub "{unique}-${{Name}}"}}}}
Outputs:
  Count: {{Value: !Length {{Ref: Names}}}}
  Text: {{Value: !ToJsonString {{a: [1, !Ref "AWS::Region"]}}}}
  Default: {{Value: !FindInMap [M, nope, b, {{DefaultValue: d}}]}}
  Fn::ForEach::Arns: [Name, !Ref Names, {{"Arn${{Name}}": {{Value: !GetAtt ["Bucket${{Name}}", Arn]}}}}]
"""
    names = [{"ParameterKey": "Names", "ParameterValue": "one,two"}]
    cfn.create_stack(StackName=unique, TemplateBody=body, Parameters=names, Capabilities=["CAPABILITY_AUTO_EXPAND"])
    stack = ended(cfn, unique)
    assert stack["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, unique)
    assert outputs(stack) == {"Count": "2", "Text": '{"a":[1,"us-east-1"]}', "Default": "d", "Arnone": f"arn:aws:s3:::{unique}-one", "Arntwo": f"arn:aws:s3:::{unique}-two"}
    original = cfn.get_template(StackName=unique)["TemplateBody"]
    processed = cfn.get_template(StackName=unique, TemplateStage="Processed")["TemplateBody"]
    assert "Fn::ForEach::Buckets" in original and sorted(processed["Resources"]) == ["Bucketone", "Buckettwo"]
    cfn.delete_stack(StackName=unique)
    assert ended(cfn, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    server.client("s3").head_bucket(Bucket=f"{unique}-one")  # retained


def test_nested_template_is_checked_first(server, cfn, unique):
    s3 = server.client("s3")
    s3.create_bucket(Bucket=unique)
    s3.put_object(Bucket=unique, Key="bad.json", Body=template({"X": {"Type": "AWS::Nope::Thing"}}))
    def nested(url):
        resources = {"B": bucket(BucketName=f"{unique}-b"), "N": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}
        return error_of(cfn.create_stack, StackName=unique, TemplateBody=template(resources))[2]

    for url in (f"{server.endpoint}/{unique}/bad.json", f"https://{unique}.s3.us-east-1.amazonaws.com/bad.json",
                f"https://s3.amazonaws.com/{unique}/bad.json", f"https://s3-us-west-2.amazonaws.com/{unique}/bad.json"):  # fmt: skip
        assert nested(url).startswith("Nested stack N: Template format error: Unrecognized resource types: [AWS::Nope::Thing]"), url
    assert "NoSuchKey" in nested(f"{server.endpoint}/{unique}/none.json")
    assert error_of(s3.head_bucket, Bucket=f"{unique}-b")[0] == "404"


def test_false_condition_excuses_an_unknown_type(cfn, unique):
    conditions = {"Never": {"Fn::Equals": ["a", "b"]}}
    resources = {"B": bucket(), "R": {"Type": "AWS::Nope::Thing", "Condition": "Never"}}
    cfn.create_stack(StackName=unique, TemplateBody=template(resources, Conditions=conditions))
    assert ended(cfn, unique)["StackStatus"] == "CREATE_COMPLETE"
    cfn.delete_stack(StackName=unique)


def test_failed_creation_rolls_back(server, cfn, unique):
    server.client("s3").create_bucket(Bucket=f"{unique}-taken")
    resources = {"First": bucket(BucketName=unique), "Second": bucket(BucketName=f"{unique}-taken") | {"DependsOn": "First"}}
    cfn.create_stack(StackName=unique, TemplateBody=template(resources))
    stack = ended(cfn, unique)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("failed to create: [Second]" in reason for reason in reasons(cfn, unique))
    assert error_of(server.client("s3").head_bucket, Bucket=unique)[0] == "404"
    server.client("s3").head_bucket(Bucket=f"{unique}-taken")  # not ours: still there
    text = error_of(cfn.update_stack, StackName=unique, TemplateBody=template({"B": bucket()}))[2]
    assert text == f"Stack:{stack['StackId']} is in ROLLBACK_COMPLETE state and can not be updated."
    cfn.delete_stack(StackName=unique)


def test_failed_update_rolls_back(server, cfn, unique):
    iam, s3 = server.client("iam"), server.client("s3")
    s3.create_bucket(Bucket=f"{unique}-taken")
    before = {"R": role(RoleName=unique, Description="old"), "B": bucket(BucketName=f"{unique}-one")}
    cfn.create_stack(StackName=unique, TemplateBody=template(before), Capabilities=NAMED)
    assert ended(cfn, unique)["StackStatus"] == "CREATE_COMPLETE"
    after = {
        "R": role(RoleName=unique, Description="new"),
        "B": bucket(BucketName=f"{unique}-two"),
        "More": bucket(BucketName=f"{unique}-more"),
        "Bad": bucket(BucketName=f"{unique}-taken") | {"DependsOn": ["R", "B", "More"]},
    }
    cfn.update_stack(StackName=unique, TemplateBody=template(after), Capabilities=NAMED)
    assert ended(cfn, unique)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert iam.get_role(RoleName=unique)["Role"]["Description"] == "old"
    names = {one["Name"] for one in s3.list_buckets()["Buckets"] if one["Name"].startswith(unique)}
    assert names == {f"{unique}-one", f"{unique}-taken"}
    rows = cfn.describe_stack_resources(StackName=unique)["StackResources"]
    assert {row["LogicalResourceId"]: row["PhysicalResourceId"] for row in rows} == {"R": unique, "B": f"{unique}-one"}
    del after["Bad"]
    cfn.update_stack(StackName=unique, TemplateBody=template(after), Capabilities=NAMED)
    assert ended(cfn, unique)["StackStatus"] == "UPDATE_COMPLETE"
    names = {one["Name"] for one in s3.list_buckets()["Buckets"] if one["Name"].startswith(unique)}
    assert names == {f"{unique}-two", f"{unique}-more", f"{unique}-taken"}
    cfn.delete_stack(StackName=unique)


def test_retain_and_protection(server, cfn, unique):
    cfn.create_stack(StackName=unique, TemplateBody=template({"B": bucket(BucketName=unique) | {"DeletionPolicy": "Retain"}}), EnableTerminationProtection=True)
    ended(cfn, unique)
    text = error_of(cfn.delete_stack, StackName=unique)[2]
    assert text == f"Stack [{unique}] cannot be deleted while TerminationProtection is enabled"
    stack_id = cfn.update_termination_protection(StackName=unique, EnableTerminationProtection=False)["StackId"]
    cfn.delete_stack(StackName=unique)
    assert ended(cfn, stack_id)["StackStatus"] == "DELETE_COMPLETE"
    server.client("s3").head_bucket(Bucket=unique)


def test_rules_and_schedules(server, cfn, unique):
    """EventBridge's resource types; tags of the stack reach what it holds, also when only they change."""
    events, scheduler, logs = server.client("events"), server.client("scheduler"), server.client("logs")
    body = f"""
Parameters:
  Retries: {{Type: Number, Default: 3}}
  Expression: {{Type: String, Default: rate(1 day)}}
Resources:
  Bus: {{Type: AWS::Events::EventBus, Properties: {{Name: {unique}}}}}
  Lines: {{Type: AWS::Logs::LogGroup, Properties: {{LogGroupName: /{unique}}}}}
  OnBus:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {{source: [s], detail: {{n: [{{numeric: [">", 3]}}]}}}}
      Targets: [{{Id: a, Arn: !GetAtt Lines.Arn, RetryPolicy: {{MaximumRetryAttempts: !Ref Retries}}}}, {{Id: b, Arn: !GetAtt Lines.Arn}}]
  Group: {{Type: AWS::Scheduler::ScheduleGroup, Properties: {{Name: {unique}, Tags: [{{Key: own, Value: x}}]}}}}
  Daily:
    Type: AWS::Scheduler::Schedule
    Properties:
      GroupName: !Ref Group
      ScheduleExpression: !Ref Expression
      FlexibleTimeWindow: {{Mode: FLEXIBLE, MaximumWindowInMinutes: "5"}}
      Target: {{Arn: "arn:aws:scheduler:::aws-sdk:logs:createLogGroup", RoleArn: "{ROLE}", Input: '{{"LogGroupName":"/never"}}'}}
Outputs:
  Rule: {{Value: !Ref OnBus}}
  RuleArn: {{Value: !GetAtt OnBus.Arn}}
  Schedule: {{Value: !Ref Daily}}
  State: {{Value: !GetAtt Group.State}}
"""
    cfn.create_stack(StackName=unique, TemplateBody=body, Tags=[{"Key": "team", "Value": "one"}, {"Key": "old", "Value": "1"}])
    stack = ended(cfn, unique)
    assert stack["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, unique)
    out = outputs(stack)
    bus, name = out["Rule"].split("|")
    assert bus == unique and name.startswith(f"{unique}-OnBus-") and out["State"] == "ACTIVE"
    rule = events.describe_rule(Name=name, EventBusName=bus)
    assert rule["Arn"] == out["RuleArn"] and json.loads(rule["EventPattern"])["detail"] == {"n": [{"numeric": [">", 3]}]}
    targets = {target["Id"]: target for target in events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]}
    assert sorted(targets) == ["a", "b"] and targets["a"]["RetryPolicy"]["MaximumRetryAttempts"] == 3
    schedule = scheduler.get_schedule(Name=out["Schedule"], GroupName=unique)
    assert schedule["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}
    group = scheduler.get_schedule_group(Name=unique)["Arn"]
    tags = lambda: {tag["Key"]: tag["Value"] for tag in scheduler.list_tags_for_resource(ResourceArn=group)["Tags"]}
    assert {"team": "one", "old": "1", "own": "x"}.items() <= tags().items()

    changed = body.replace(', {Id: b, Arn: !GetAtt Lines.Arn}', "")
    change = [{"ParameterKey": "Expression", "ParameterValue": "cron(0 9 * * ? *)"}]
    cfn.update_stack(StackName=unique, TemplateBody=changed, Parameters=change, Tags=[{"Key": "team", "Value": "two"}])
    assert ended(cfn, unique)["StackStatus"] == "UPDATE_COMPLETE", reasons(cfn, unique)
    assert [target["Id"] for target in events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]] == ["a"]
    assert scheduler.get_schedule(Name=out["Schedule"], GroupName=unique)["ScheduleExpression"] == "cron(0 9 * * ? *)"
    assert tags()["team"] == "two" and "old" not in tags() and logs.list_tags_log_group(logGroupName=f"/{unique}")["tags"]["team"] == "two"

    cfn.delete_stack(StackName=unique)
    assert ended(cfn, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    assert error_of(events.describe_event_bus, Name=unique)[0] == "ResourceNotFoundException"
    assert error_of(scheduler.get_schedule_group, Name=unique)[0] == "ResourceNotFoundException"


def test_replaced_policy_is_removed_where_it_was(server, cfn, unique):
    """A replacement is cleaned up by what the replaced resource was, not by what replaced it."""
    iam = server.client("iam")
    def body(name):
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
        policy = {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": name, "PolicyDocument": document, "Roles": [{"Ref": "R"}]}}
        return template({"R": role(RoleName=unique), "P": policy})

    cfn.create_stack(StackName=unique, TemplateBody=body("one"), Capabilities=NAMED)
    assert ended(cfn, unique)["StackStatus"] == "CREATE_COMPLETE"
    cfn.update_stack(StackName=unique, TemplateBody=body("two"), Capabilities=NAMED)
    assert ended(cfn, unique)["StackStatus"] == "UPDATE_COMPLETE"
    assert iam.list_role_policies(RoleName=unique)["PolicyNames"] == ["two"]
    cfn.delete_stack(StackName=unique)


def test_exports(cfn, unique):
    out = {"O": {"Value": {"Ref": "B"}, "Export": {"Name": unique}}}
    cfn.create_stack(StackName=f"{unique}-a", TemplateBody=template({"B": bucket(BucketName=unique)}, Outputs=out))
    ended(cfn, f"{unique}-a")
    user = template({"H": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}, Outputs={"O": {"Value": {"Fn::ImportValue": unique}}})
    cfn.create_stack(StackName=f"{unique}-b", TemplateBody=user)
    assert outputs(ended(cfn, f"{unique}-b")) == {"O": unique}
    assert cfn.list_imports(ExportName=unique)["Imports"] == [f"{unique}-b"]
    assert {"Name": unique, "Value": unique}.items() <= next(e for e in cfn.list_exports()["Exports"] if e["Name"] == unique).items()
    text = error_of(cfn.delete_stack, StackName=f"{unique}-a")[2]
    assert text == f"Export {unique} cannot be deleted as it is in use by {unique}-b"
    cfn.delete_stack(StackName=f"{unique}-b")
    ended_by_now = [s["StackName"] for s in cfn.describe_stacks()["Stacks"]]
    assert f"{unique}-b" not in ended_by_now
    cfn.delete_stack(StackName=f"{unique}-a")


def aws(server, *arguments, folder):
    config = folder / "aws-config"
    config.write_text("[default]\nregion = us-east-1\n")
    environment = server.environment() | {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
    return subprocess.run([AWS, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=200)


@pytest.mark.skipif(AWS is None, reason="the AWS CLI is not installed")
def test_package_and_deploy_nested_stacks(server, cfn, unique, tmp_path):
    """What a user does: package, deploy, deploy again (no changes), delete."""
    server.client("s3").create_bucket(Bucket=f"{unique}-packages")
    (tmp_path / "roles.yaml").write_text(f"""
Parameters: {{Prefix: {{Type: String}}}}
Resources:
  R: {{Type: "AWS::IAM::Role", Properties: {{RoleName: !Sub "${{Prefix}}-r", AssumeRolePolicyDocument: {json.dumps(TRUST)}}}}}
Outputs:
  Arn: {{Value: !GetAtt R.Arn}}
""")
    (tmp_path / "machine.yaml").write_text(f"""
Parameters: {{RoleArn: {{Type: String}}}}
Resources:
  M:
    Type: AWS::StepFunctions::StateMachine
    Properties: {{RoleArn: !Ref RoleArn, DefinitionString: !Sub '{PASS.replace("${Word}", "${AWS::Region}")}'}}
Outputs:
  Arn: {{Value: !Ref M}}
""")
    (tmp_path / "main.yaml").write_text("""
Parameters: {Prefix: {Type: String}}
Resources:
  Roles: {Type: "AWS::CloudFormation::Stack", Properties: {TemplateURL: ./roles.yaml, Parameters: {Prefix: !Ref Prefix}}}
  Machine:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: ./machine.yaml, Parameters: {RoleArn: !GetAtt Roles.Outputs.Arn}}
Outputs:
  Machine: {Value: !GetAtt Machine.Outputs.Arn}
""")
    packaged = aws(server, "cloudformation", "package", "--template-file", "main.yaml", "--s3-bucket", f"{unique}-packages",
                   "--output-template-file", "packaged.yaml", folder=tmp_path)  # fmt: skip
    assert packaged.returncode == 0, packaged.stderr
    deploy = ["cloudformation", "deploy", "--stack-name", unique, "--template-file", "packaged.yaml", "--parameter-overrides",
              f"Prefix={unique}", "--capabilities", "CAPABILITY_NAMED_IAM",
              "--no-fail-on-empty-changeset"]  # fmt: skip
    first = aws(server, *deploy, folder=tmp_path)
    assert first.returncode == 0, (first.stderr, reasons(cfn, unique))
    stack = ended(cfn, unique)
    assert ":stateMachine:M-" in outputs(stack)["Machine"]
    second = aws(server, *deploy, folder=tmp_path)
    assert second.returncode == 0 and "No changes to deploy" in second.stdout + second.stderr
    nested = [s for s in cfn.describe_stacks()["Stacks"] if s.get("ParentId") == stack["StackId"]]
    assert len(nested) == 2 and all(s["RootId"] == stack["StackId"] for s in nested)
    cfn.delete_stack(StackName=unique)
    assert ended(cfn, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    assert not [s for s in cfn.describe_stacks()["Stacks"] if s["StackName"].startswith(unique)]
    assert error_of(server.client("iam").get_role, RoleName=f"{unique}-r")[0] == "NoSuchEntity"



def until(cfn, name, what):
    """The resource's status, once `what` holds for its row."""
    deadline = time.monotonic() + 30
    while True:
        rows = {row["LogicalResourceId"]: row for row in cfn.describe_stack_resources(StackName=name)["StackResources"]}
        if what(rows):
            return rows
        assert time.monotonic() < deadline, rows
        time.sleep(0.02)


def put(url, **body):
    """What a machine does when it has set itself up: an unsigned PUT."""
    request = urllib.request.Request(url, data=json.dumps(body).encode(), method="PUT", headers={"Content-Type": ""})
    try:
        return urllib.request.urlopen(request, timeout=30).status
    except urllib.error.HTTPError as refused:
        return refused.code


def waiting(count=2, timeout="60", **more):
    resources = {
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "Wait": {"Type": "AWS::CloudFormation::WaitCondition", "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": timeout, "Count": count}},
        "After": bucket() | {"DependsOn": "Wait"},
    }
    return template(resources, Outputs={"Data": {"Value": {"Fn::GetAtt": ["Wait", "Data"]}}}, **more)


def test_wait_condition(start_server, tmp_path):
    """Signals by PUT, one before and one after a kill -9; the wait goes on."""
    with start_server(data=tmp_path / "data") as server:
        cfn = server.client("cloudformation")
        cfn.create_stack(StackName="s", TemplateBody=waiting())
        url = until(cfn, "s", lambda rows: rows.get("Wait", {}).get("ResourceStatusReason") == "Resource creation Initiated")["Handle"]["PhysicalResourceId"]
        assert put(url, Status="SUCCESS", UniqueId="one", Data="first") == 200
        assert put(url + "x", Status="SUCCESS", UniqueId="two", Data="forged") == 403
        assert put(url, Status="PERHAPS", UniqueId="two") == 400
        assert cfn.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"] == "CREATE_IN_PROGRESS"
        server.stop(signal.SIGKILL)
    with start_server(data=tmp_path / "data") as server:
        cfn = server.client("cloudformation")
        assert put(server.endpoint + url[url.index("/cloudformation-waitcondition-"):], Status="SUCCESS", UniqueId="two", Data="second") == 200
        stack = ended(cfn, "s")
        assert stack["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, "s")
        assert json.loads(outputs(stack)["Data"]) == {"one": "first", "two": "second"}


def test_wait_condition_fails(cfn, unique):
    cfn.create_stack(StackName=unique, TemplateBody=waiting())
    url = until(cfn, unique, lambda rows: rows.get("Wait", {}).get("ResourceStatusReason"))["Handle"]["PhysicalResourceId"]
    assert put(url, Status="FAILURE", UniqueId="one", Reason="no disk") == 200
    assert ended(cfn, unique)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "WaitCondition received failed message: 'no disk' for uniqueId: one" in reasons(cfn, unique)
    cfn.create_stack(StackName=f"{unique}-b", TemplateBody=waiting(timeout="1"), OnFailure="DO_NOTHING")
    assert ended(cfn, f"{unique}-b")["StackStatus"] == "CREATE_FAILED"
    assert "WaitCondition timed out. Received 0 conditions when expecting 2" in reasons(cfn, f"{unique}-b")
    assert cfn.rollback_stack(StackName=f"{unique}-b")["StackId"]
    assert ended(cfn, f"{unique}-b")["StackStatus"] == "ROLLBACK_COMPLETE"
    for name in (unique, f"{unique}-b"):
        cfn.delete_stack(StackName=name)


def test_virtual_clock_does_not_jump_over_signals(start_server):
    """Who signals acts in real time: a wait ends when something else has moved the clock past its end."""
    wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "SecondsPath": "$.seconds", "End": True}}}
    with start_server(clock="virtual") as server:
        cfn, states = server.client("cloudformation"), server.client("stepfunctions")
        machine = states.create_state_machine(name="m", definition=json.dumps(wait), roleArn=ROLE)["stateMachineArn"]

        def pass_time(seconds):
            run = states.start_execution(stateMachineArn=machine, input=json.dumps({"seconds": seconds}))["executionArn"]
            while states.describe_execution(executionArn=run)["status"] == "RUNNING":
                time.sleep(0.02)

        cfn.create_stack(StackName="s", TemplateBody=waiting(timeout="3600"), TimeoutInMinutes=1)
        until(cfn, "s", lambda rows: rows.get("Wait", {}).get("ResourceStatusReason"))
        pass_time(30)
        assert cfn.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"] == "CREATE_IN_PROGRESS"
        pass_time(31)
        assert ended(cfn, "s")["StackStatus"] == "ROLLBACK_COMPLETE"
        assert any(reason.startswith("Stack creation time exceeded the specified timeout.") for reason in reasons(cfn, "s"))
        cfn.create_stack(StackName="t", TemplateBody=waiting(timeout="3600"))
        url = until(cfn, "t", lambda rows: rows.get("Wait", {}).get("ResourceStatusReason"))["Handle"]["PhysicalResourceId"]
        pass_time(3590)
        for one in ("one", "two"):
            assert put(url, Status="SUCCESS", UniqueId=one) == 200
        assert ended(cfn, "t")["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, "t")


def test_creation_policy_and_signal_resource(server, cfn, unique, tmp_path):
    policy = {"ResourceSignal": {"Count": 2, "Timeout": "PT1M"}}
    resources = {"B": bucket(BucketName=unique) | {"CreationPolicy": policy}, "W": {"Type": "AWS::CloudFormation::WaitCondition", "CreationPolicy": policy}}
    cfn.create_stack(StackName=unique, TemplateBody=template(resources))
    until(cfn, unique, lambda rows: len(rows) == 2 and all(row.get("ResourceStatusReason") for row in rows.values()))
    for logical in resources:
        for unique_id in ("i-1", "i-1", "i-2"):
            assert ended_by_now(cfn, unique) is None
            sent = aws(server, "cloudformation", "signal-resource", "--stack-name", unique, "--logical-resource-id", logical, "--unique-id", unique_id, "--status", "SUCCESS", folder=tmp_path)
            assert sent.returncode == 0, sent.stderr
    assert ended(cfn, unique)["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, unique)
    assert "Received SUCCESS signal with UniqueId i-2" in reasons(cfn, unique)
    assert "cannot be signaled" in error_of(cfn.signal_resource, StackName=unique, LogicalResourceId="B", UniqueId="x", Status="SUCCESS")[2]
    cfn.delete_stack(StackName=unique)


def ended_by_now(cfn, name):
    status = cfn.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    return None if status.endswith("_IN_PROGRESS") else status


def test_stack_policy(server, cfn, unique):
    policy = {"Statement": [
        {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": ["Update:Replace", "Update:Delete"], "Principal": "*", "Resource": "*", "Condition": {"StringEquals": {"ResourceType": ["AWS::S3::Bucket"]}}}]}  # fmt: skip
    body = lambda name, **more: template({"B": bucket(BucketName=name, **more), "H": {"Type": "AWS::CloudFormation::WaitConditionHandle"}})
    cfn.create_stack(StackName=unique, TemplateBody=body(unique), StackPolicyBody=json.dumps(policy))
    ended(cfn, unique)
    assert json.loads(cfn.get_stack_policy(StackName=unique)["StackPolicyBody"]) == policy
    assert "Error validating stack policy" in error_of(cfn.set_stack_policy, StackName=unique, StackPolicyBody='{"Statement":[{"Effect":"Maybe"}]}')[2]
    update = lambda body, **more: (cfn.update_stack(StackName=unique, TemplateBody=body, **more), ended(cfn, unique)["StackStatus"])[1]
    assert update(body(unique, VersioningConfiguration={"Status": "Enabled"})) == "UPDATE_COMPLETE"
    assert update(body(f"{unique}-other")) == "UPDATE_ROLLBACK_COMPLETE"
    assert "Action denied by stack policy: Statement [#2] does not allow [Update:Replace] for resource [LogicalResourceId/B]" in reasons(cfn, unique)
    gone = template({"H": {"Type": "AWS::CloudFormation::WaitConditionHandle"}})
    assert update(gone) == "UPDATE_ROLLBACK_COMPLETE"
    server.client("s3").head_bucket(Bucket=unique)
    allowed = json.dumps({"Statement": {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}})
    assert update(gone, StackPolicyDuringUpdateBody=allowed) == "UPDATE_COMPLETE"
    assert error_of(server.client("s3").head_bucket, Bucket=unique)[0] == "404"
    cfn.delete_stack(StackName=unique)


def test_cancel_update(server, cfn, unique):
    before = {"B": bucket(BucketName=unique)}
    cfn.create_stack(StackName=unique, TemplateBody=template(before))
    assert ended(cfn, unique)["StackStatus"] == "CREATE_COMPLETE"
    assert error_of(cfn.cancel_update_stack, StackName=unique)[2] == "CancelUpdateStack cannot be called from current stack status"
    after = json.loads(waiting())["Resources"] | {"B": bucket(BucketName=unique, VersioningConfiguration={"Status": "Enabled"}), "More": bucket(BucketName=f"{unique}-more")}
    cfn.update_stack(StackName=unique, TemplateBody=template(after))
    until(cfn, unique, lambda rows: rows.get("Wait", {}).get("ResourceStatusReason") and rows["More"]["ResourceStatus"] == "CREATE_COMPLETE")
    cfn.cancel_update_stack(StackName=unique)
    assert ended(cfn, unique)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "Resource creation cancelled" in reasons(cfn, unique)
    assert server.client("s3").get_bucket_versioning(Bucket=unique).get("Status") != "Enabled"
    assert error_of(server.client("s3").head_bucket, Bucket=f"{unique}-more")[0] == "404"
    assert [row["LogicalResourceId"] for row in cfn.list_stack_resources(StackName=unique)["StackResourceSummaries"]] == ["B"]
    cfn.delete_stack(StackName=unique)


def test_kept_failure_is_rolled_back_later(server, cfn, unique):
    """DisableRollback keeps what an update reached; RollbackStack then takes the stack to what it was."""
    cfn.create_stack(StackName=unique, TemplateBody=template({"R": role(RoleName=unique, Description="old")}), Capabilities=NAMED)
    ended(cfn, unique)
    server.client("s3").create_bucket(Bucket=unique)
    after = {"R": role(RoleName=unique, Description="new"), "B": bucket(BucketName=unique) | {"DependsOn": "R"}}
    cfn.update_stack(StackName=unique, TemplateBody=template(after), Capabilities=NAMED, DisableRollback=True)
    assert ended(cfn, unique)["StackStatus"] == "UPDATE_FAILED"
    description = lambda: server.client("iam").get_role(RoleName=unique)["Role"]["Description"]
    assert description() == "new"
    cfn.rollback_stack(StackName=unique)
    assert ended(cfn, unique)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert description() == "old"
    assert [row["LogicalResourceId"] for row in cfn.list_stack_resources(StackName=unique)["StackResourceSummaries"]] == ["R"]
    cfn.delete_stack(StackName=unique)


def test_continue_update_rollback(server, cfn, unique):
    """A role that somebody deleted cannot be taken back: the roll-back fails, and goes on without it."""
    iam = server.client("iam")
    before = {"R": role(RoleName=unique, Description="old"), "S": role(RoleName=f"{unique}-s", Description="old")}
    cfn.create_stack(StackName=unique, TemplateBody=template(before), Capabilities=NAMED)
    ended(cfn, unique)
    after = json.loads(waiting())["Resources"] | {"R": role(RoleName=unique, Description="new"), "S": role(RoleName=f"{unique}-s", Description="new")}
    cfn.update_stack(StackName=unique, TemplateBody=template(after), Capabilities=NAMED)
    until(cfn, unique, lambda rows: rows.get("Wait", {}).get("ResourceStatusReason") and {rows[r]["ResourceStatus"] for r in "RS"} == {"UPDATE_COMPLETE"})
    iam.delete_role(RoleName=unique)
    cfn.cancel_update_stack(StackName=unique)
    assert ended(cfn, unique)["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    assert error_of(cfn.update_stack, StackName=unique, TemplateBody=template(before), Capabilities=NAMED)[0] == "ValidationError"
    cfn.continue_update_rollback(StackName=unique)
    assert ended(cfn, unique)["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    assert "cannot be skipped" in error_of(cfn.continue_update_rollback, StackName=unique, ResourcesToSkip=["S"])[2]
    cfn.continue_update_rollback(StackName=unique, ResourcesToSkip=["R"])
    assert ended(cfn, unique)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", reasons(cfn, unique)
    assert iam.get_role(RoleName=f"{unique}-s")["Role"]["Description"] == "old"
    assert [row["LogicalResourceId"] for row in cfn.list_stack_resources(StackName=unique)["StackResourceSummaries"]] == ["R", "S"]
    cfn.delete_stack(StackName=unique)


def test_a_stack_acts_as_its_role(start_server, tmp_path):
    """With RoleARN a stack's resources are made by what the role may do; without, by what the caller may."""
    with start_server(data=tmp_path / "data", arguments=["--iam", "enforce"]) as server:
        iam, root = server.client("iam"), server.client("cloudformation")
        trust = TRUST | {"Statement": [TRUST["Statement"][0] | {"Principal": {"Service": "cloudformation.amazonaws.com"}}]}
        arn = iam.create_role(RoleName="maker", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        may = lambda action: json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
        iam.put_role_policy(RoleName="maker", PolicyName="p", PolicyDocument=may("s3:*"))
        iam.create_user(UserName="u")
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=may(["cloudformation:*", "iam:PassRole"]))
        key = iam.create_access_key(UserName="u")["AccessKey"]
        cfn = server.client("cloudformation", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
        body = template({"B": bucket(BucketName="made-by-the-role")})
        cfn.create_stack(StackName="own", TemplateBody=body)
        assert ended(cfn, "own")["StackStatus"] == "ROLLBACK_COMPLETE"
        assert any("is not authorized to perform: s3:CreateBucket" in reason for reason in reasons(cfn, "own"))
        cfn.create_stack(StackName="role", TemplateBody=body, RoleARN=arn)
        stack = ended(cfn, "role")
        assert (stack["StackStatus"], stack["RoleARN"]) == ("CREATE_COMPLETE", arn), reasons(cfn, "role")
        cfn.update_stack(StackName="role", TemplateBody=template({"B": bucket(BucketName="made-by-the-role"), "L": {"Type": "AWS::Logs::LogGroup"}}))
        assert ended(cfn, "role")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
        assert any("assumed-role/maker/AWSCloudFormation is not authorized to perform: logs:" in reason for reason in reasons(cfn, "role"))
        iam.create_role(RoleName="other", AssumeRolePolicyDocument=json.dumps(TRUST))
        text = error_of(root.create_stack, StackName="x", TemplateBody=body, RoleARN=arn.replace("maker", "other"))[2]
        assert text == f"Role {arn.replace('maker', 'other')} is invalid or cannot be assumed"


def test_drift(server, cfn, unique):
    """Everything in sync at first; then one resource is changed and another removed behind the stack's back."""
    iam, s3, logs, events = server.client("iam"), server.client("s3"), server.client("logs"), server.client("events")
    statement = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    lifecycle = {"Rules": [{"Id": "old", "Status": "Enabled", "Prefix": "tmp/", "ExpirationInDays": 3}]}
    encryption = {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    resources = {
        "B": bucket(BucketName=unique, VersioningConfiguration={"Status": "Enabled"}, Tags=[{"Key": "a", "Value": "1"}], LifecycleConfiguration=lifecycle,
                    BucketEncryption=encryption, PublicAccessBlockConfiguration={"BlockPublicAcls": "true", "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}),
        "R": role(RoleName=unique, Description="one", Policies=[{"PolicyName": "p", "PolicyDocument": statement}]),
        "P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": statement}},
        "M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"RoleArn": {"Fn::GetAtt": ["R", "Arn"]}, "DefinitionString": PASS, "DefinitionSubstitutions": {"Word": "w"}}},
        "L": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": unique, "RetentionInDays": "3"}},
        "E": {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": ["s"]}, "Targets": [{"Id": "t", "Arn": {"Fn::GetAtt": ["L", "Arn"]}}]}},
        "H": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
    }  # fmt: skip
    cfn.create_stack(StackName=unique, TemplateBody=template(resources), Capabilities=NAMED, Tags=[{"Key": "team", "Value": "x"}])
    stack = ended(cfn, unique)
    assert stack["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, unique)
    assert stack["DriftInformation"]["StackDriftStatus"] == "NOT_CHECKED"

    def look():
        id = cfn.detect_stack_drift(StackName=unique)["StackDriftDetectionId"]
        status = cfn.describe_stack_drift_detection_status(StackDriftDetectionId=id)
        assert status["DetectionStatus"] == "DETECTION_COMPLETE"
        rows = cfn.describe_stack_resource_drifts(StackName=unique)["StackResourceDrifts"]
        return status, {row["LogicalResourceId"]: row for row in rows}

    status, rows = look()
    assert {name: row["StackResourceDriftStatus"] for name, row in rows.items()} == dict.fromkeys("BRPMLE", "IN_SYNC") | {"H": "NOT_CHECKED"}, rows["B"].get("PropertyDifferences")
    assert (status["StackDriftStatus"], status["DriftedStackResourceCount"]) == ("IN_SYNC", 0)

    s3.put_bucket_versioning(Bucket=unique, VersioningConfiguration={"Status": "Suspended"})
    s3.put_bucket_tagging(Bucket=unique, Tagging={"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}, {"Key": "team", "Value": "x"}]})
    iam.update_role(RoleName=unique, Description="two")
    iam.attach_role_policy(RoleName=unique, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")  # not in the template: no drift
    logs.delete_log_group(logGroupName=unique)
    rule = rows["E"]["PhysicalResourceId"]
    events.put_rule(Name=rule, EventPattern='{"source":["t"]}')
    status, rows = look()
    assert (status["StackDriftStatus"], status["DriftedStackResourceCount"]) == ("DRIFTED", 4)
    differ = lambda name: [(one["PropertyPath"], one["ExpectedValue"], one["ActualValue"], one["DifferenceType"]) for one in rows[name]["PropertyDifferences"]]
    assert rows["L"]["StackResourceDriftStatus"] == "DELETED"
    assert differ("R") == [("/Description", "one", "two", "NOT_EQUAL")]
    assert differ("B") == [("/VersioningConfiguration/Status", "Enabled", "Suspended", "NOT_EQUAL"), ("/Tags/1", "", '{"Key":"b","Value":"2"}', "ADD")]
    assert differ("E") == [("/EventPattern/source/0", "s", "t", "NOT_EQUAL")]
    assert json.loads(rows["R"]["ActualProperties"])["Description"] == "two"
    assert cfn.describe_stacks(StackName=unique)["Stacks"][0]["DriftInformation"]["StackDriftStatus"] == "DRIFTED"
    only = cfn.describe_stack_resource_drifts(StackName=unique, StackResourceDriftStatusFilters=["DELETED"])["StackResourceDrifts"]
    assert [row["LogicalResourceId"] for row in only] == ["L"]
    shown = {row["LogicalResourceId"]: row["DriftInformation"]["StackResourceDriftStatus"] for row in cfn.describe_stack_resources(StackName=unique)["StackResources"]}
    assert shown["R"] == "MODIFIED" and shown["M"] == "IN_SYNC"
    iam.update_role(RoleName=unique, Description="one")
    assert cfn.detect_stack_resource_drift(StackName=unique, LogicalResourceId="R")["StackResourceDrift"]["StackResourceDriftStatus"] == "IN_SYNC"
    iam.detach_role_policy(RoleName=unique, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    cfn.delete_stack(StackName=unique)
    assert ended(cfn, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_keys_aliases_and_stored_parameters(server, cfn, unique):
    """KMS and the Parameter Store: their resource types, parameters of SSM types, dynamic references."""
    kms, ssm, s3 = server.client("kms"), server.client("ssm"), server.client("s3")
    names = ["/" + unique + "/" + part for part in ("name", "list", "days")]
    ssm.put_parameter(Name=names[0], Type="String", Value=unique)
    ssm.put_parameter(Name=names[1], Type="StringList", Value="a,b")
    ssm.put_parameter(Name=names[2], Type="String", Value="3")
    body = f"""
Parameters:
  Name: {{Type: "AWS::SSM::Parameter::Value<String>"}}
  List: {{Type: "AWS::SSM::Parameter::Value<List<String>>", Default: "{names[1]}"}}
  Secret: {{Type: String, NoEcho: true, Default: hidden}}
Resources:
  Key: {{Type: AWS::KMS::Key, Properties: {{Description: one, EnableKeyRotation: "true", PendingWindowInDays: 7}}}}
  Alias: {{Type: AWS::KMS::Alias, Properties: {{AliasName: alias/{unique}, TargetKeyId: !Ref Key}}}}
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Ref Name
      BucketEncryption: {{ServerSideEncryptionConfiguration: [{{ServerSideEncryptionByDefault: {{SSEAlgorithm: "aws:kms", KMSMasterKeyID: !GetAtt Key.Arn}}}}]}}
      NotificationConfiguration: {{EventBridgeConfiguration: {{EventBridgeEnabled: true}}}}
  Lines: {{Type: AWS::Logs::LogGroup, Properties: {{RetentionInDays: "{{{{resolve:ssm:{names[2]}}}}}"}}}}
  Stored: {{Type: AWS::SSM::Parameter, Properties: {{Type: String, Value: !Join ["-", !Ref List], Tags: {{a: b}}}}}}
Outputs:
  Key: {{Value: !Ref Key}}
  Stored: {{Value: !Ref Stored}}
  Lines: {{Value: !Ref Lines}}
"""
    missing = [{"ParameterKey": "Name", "ParameterValue": "/none"}]
    assert error_of(cfn.create_stack, StackName=unique, TemplateBody=body, Parameters=missing) == ("ValidationError", 400, "Parameters: [/none] cannot be found.")
    given = [{"ParameterKey": "Name", "ParameterValue": names[0]}]
    cfn.create_stack(StackName=unique, TemplateBody=body, Parameters=given)
    stack = ended(cfn, unique)
    assert stack["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, unique)
    shown = {one["ParameterKey"]: (one["ParameterValue"], one.get("ResolvedValue")) for one in stack["Parameters"]}
    assert shown == {"Name": (names[0], unique), "List": (names[1], "a,b"), "Secret": ("****", None)}
    out = outputs(stack)
    assert kms.get_key_rotation_status(KeyId=out["Key"])["KeyRotationEnabled"] and kms.describe_key(KeyId=f"alias/{unique}")["KeyMetadata"]["KeyId"] == out["Key"]
    assert ssm.get_parameter(Name=out["Stored"])["Parameter"]["Value"] == "a-b"
    rule = s3.get_bucket_encryption(Bucket=unique)["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]
    assert rule["KMSMasterKeyID"].endswith(out["Key"]) and "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket=unique)
    groups = server.client("logs").describe_log_groups(logGroupNamePrefix=out["Lines"])["logGroups"]
    assert groups[0]["retentionInDays"] == 3
    id = cfn.detect_stack_drift(StackName=unique)["StackDriftDetectionId"]
    assert cfn.describe_stack_drift_detection_status(StackDriftDetectionId=id)["StackDriftStatus"] == "IN_SYNC", [(row["LogicalResourceId"], row.get("PropertyDifferences")) for row in cfn.describe_stack_resource_drifts(StackName=unique)["StackResourceDrifts"]]
    ssm.put_parameter(Name=names[1], Type="StringList", Value="a,b,c", Overwrite=True)
    cfn.update_stack(StackName=unique, UsePreviousTemplate=True, Parameters=[{"ParameterKey": "Name", "UsePreviousValue": True}])
    assert ended(cfn, unique)["StackStatus"] == "UPDATE_COMPLETE"
    assert ssm.get_parameter(Name=out["Stored"])["Parameter"]["Value"] == "a-b-c"
    cfn.delete_stack(StackName=unique)
    assert ended(cfn, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    assert kms.describe_key(KeyId=out["Key"])["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert error_of(ssm.get_parameter, Name=out["Stored"])[0] == "ParameterNotFound"
    refused = template({"L": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "{{resolve:secretsmanager:x}}"}}})
    assert "Dynamic references to secretsmanager are not served here" in error_of(cfn.create_stack, StackName=unique, TemplateBody=refused)[2]


def test_what_stands_inside_properties_is_checked_first(cfn, unique):
    body = """
Resources:
  B: {Type: AWS::S3::Bucket, Properties: {LifecycleConfiguration: {Rules: [{Status: Enabled, ExpirationDays: 3}]}, Tags: [{Name: a}]}}
  E:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(1 day)
      Targets:
        - {Id: a, Arn: b, InputTransformer: {InputTemplates: x}}
  R: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}, Policies: [{PolicyName: p, Document: {}}]}}
  N: {Type: AWS::S3::Bucket, Properties: {BucketName: Not_A_Bucket}}
  L: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: "a b"}}
  M: {Type: AWS::StepFunctions::StateMachine, Properties: {RoleArn: r, StateMachineName: "a<b", LoggingConfiguration: {Level: SOME}}}
"""
    told = error_of(cfn.create_stack, StackName=unique, TemplateBody=body, Capabilities=NAMED)[2]
    for part in ("#/LifecycleConfiguration/Rules/0: extraneous key [ExpirationDays] is not permitted (did you mean ExpirationDate?) (line 3,", "#/Tags/0: extraneous key [Name]",
                 "#/Targets/0/InputTransformer: extraneous key [InputTemplates] is not permitted (did you mean InputTemplate?) (line 9,", "#/Policies/0: extraneous key [Document]",
                 "#/BucketName: The specified bucket is not valid. (Not_A_Bucket) (line 11,", "#/LogGroupName: Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern",
                 "#/StateMachineName: Invalid Name: 'a<b'", "#/LoggingConfiguration/Level: Value 'SOME' at 'level' failed to satisfy constraint: Member must satisfy enum value set"):  # fmt: skip
        assert part in told, (part, told)


def test_change_set_in_detail(server, cfn, unique, tmp_path):
    """What `describe-change-set --include-property-values` shows: values, replacement, and why."""
    body = """
Parameters:
  Name: {Type: String}
  Days: {Type: Number, Default: 1}
  Secret: {Type: String, NoEcho: true}
Resources:
  B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref Name}}
  P: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref B, PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: !Ref "AWS::AccountId"}, Action: "s3:GetObject", Resource: !Sub "${B.Arn}/*"}]}}}
  L: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: !Ref Days}}
  A: {Type: AWS::StepFunctions::Activity, Properties: {Name: !Ref Name, Tags: [{Key: k, Value: !Ref Secret}]}}
  Gone: {Type: AWS::Logs::LogGroup, DeletionPolicy: Retain}
  Same: {Type: AWS::CloudFormation::WaitConditionHandle}
"""
    parameters = lambda **values: [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
    cfn.create_stack(StackName=unique, TemplateBody=body, Parameters=parameters(Name=unique, Secret="s1"))
    assert ended(cfn, unique)["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, unique)
    changed = body.replace("  Gone: {Type: AWS::Logs::LogGroup, DeletionPolicy: Retain}\n", "  New: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 3}}\n")
    (tmp_path / "changed.yaml").write_text(changed)
    made = aws(server, "cloudformation", "create-change-set", "--stack-name", unique, "--change-set-name", "c", "--template-body", "file://changed.yaml", "--parameters",
               f"ParameterKey=Name,ParameterValue={unique}-x", "ParameterKey=Days,ParameterValue=5", "ParameterKey=Secret,ParameterValue=s2", folder=tmp_path)  # fmt: skip
    assert made.returncode == 0, made.stderr
    told = aws(server, "cloudformation", "describe-change-set", "--stack-name", unique, "--change-set-name", "c", "--include-property-values", folder=tmp_path)
    changes = {one["ResourceChange"]["LogicalResourceId"]: one["ResourceChange"] for one in json.loads(told.stdout)["Changes"]}
    assert sorted(changes) == ["A", "B", "Gone", "L", "New", "P"]

    def detail(name, number=0):
        one = changes[name]["Details"][number]
        target = one["Target"]
        return (target["Name"], target["RequiresRecreation"], target.get("BeforeValue"), target.get("AfterValue"), one["Evaluation"], one["ChangeSource"], one.get("CausingEntity"))

    assert (changes["B"]["Action"], changes["B"]["Replacement"], changes["B"]["PolicyAction"]) == ("Modify", "True", "ReplaceAndDelete")
    assert detail("B") == ("BucketName", "Always", unique, f"{unique}-x", "Static", "ParameterReference", "Name")
    assert changes["P"]["Replacement"] == "Conditional" and detail("P")[1:] == ("Conditionally", unique, "{{changeSet:KNOWN_AFTER_APPLY}}", "Dynamic", "ResourceReference", "B")
    assert changes["P"]["Details"][1]["ChangeSource"] == "ResourceAttribute" and changes["P"]["Details"][1]["CausingEntity"] == "B.Arn"
    assert changes["L"]["Replacement"] == "False" and detail("L") == ("RetentionInDays", "Never", "1", "5", "Static", "ParameterReference", "Days")
    assert json.loads(changes["L"]["AfterContext"])["Properties"] == {"RetentionInDays": 5} and json.loads(changes["L"]["BeforeContext"])["Properties"] == {"RetentionInDays": 1}
    assert detail("A", 1)[2:4] == ("****", "****") and "s2" not in told.stdout and "AfterContext" not in changes["A"]
    assert (changes["Gone"]["Action"], changes["Gone"]["PolicyAction"]) == ("Remove", "Retain") and changes["New"]["Action"] == "Add"
    plain = cfn.describe_change_set(StackName=unique, ChangeSetName="c")["Changes"]
    assert not any("AfterContext" in one["ResourceChange"] for one in plain) and "BeforeValue" not in json.dumps(plain, default=str)
    direct = body.replace("RetentionInDays: !Ref Days", "RetentionInDays: 7")
    cfn.create_change_set(StackName=unique, ChangeSetName="d", TemplateBody=direct, Parameters=parameters(Name=unique, Secret="s1"))
    (one,) = [change["ResourceChange"] for change in cfn.describe_change_set(StackName=unique, ChangeSetName="d")["Changes"]]
    assert [(d["ChangeSource"], d.get("CausingEntity")) for d in one["Details"]] == [("DirectModification", None)]
    for refused in (dict(ChangeSetType="IMPORT", ResourcesToImport=[{"ResourceType": "AWS::S3::Bucket", "LogicalResourceId": "B", "ResourceIdentifier": {"BucketName": "b"}}]), dict(IncludeNestedStacks=True)):
        assert "is not served here" in error_of(cfn.create_change_set, StackName=unique, ChangeSetName="e", TemplateBody=body, **refused)[2]
    cfn.delete_stack(StackName=unique)


def test_summaries(cfn, unique):
    """ValidateTemplate and GetTemplateSummary; transforms ask for a capability, or are refused."""
    body = template({"R": role(RoleName="r"), "B": bucket()}, Transform="AWS::LanguageExtensions", Description="d", Metadata={"m": 1},
                    Parameters={"P": {"Type": "String", "AllowedValues": ["a", "b"], "Default": "a", "Description": "p"}, "Q": {"Type": "List<Number>", "NoEcho": True}})  # fmt: skip
    valid = cfn.validate_template(TemplateBody=body)
    assert valid["Capabilities"] == ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"] and valid["DeclaredTransforms"] == ["AWS::LanguageExtensions"]
    assert valid["CapabilitiesReason"] == "The following resource(s) require capabilities: [AWS::IAM::Role]"
    summary = cfn.get_template_summary(TemplateBody=body)
    assert summary["ResourceTypes"] == ["AWS::IAM::Role", "AWS::S3::Bucket"] and summary["Metadata"] == '{"m":1}'
    assert [(one["ParameterKey"], one["ParameterType"], one["NoEcho"]) for one in summary["Parameters"]] == [("P", "String", False), ("Q", "List<Number>", True)]
    assert summary["Parameters"][0]["ParameterConstraints"] == {"AllowedValues": ["a", "b"]}
    identifiers = {one["ResourceType"]: (one["ResourceIdentifiers"], one["LogicalResourceIds"]) for one in summary["ResourceIdentifierSummaries"]}
    assert identifiers == {"AWS::IAM::Role": (["RoleName"], ["R"]), "AWS::S3::Bucket": (["BucketName"], ["B"])}
    code, _, text = error_of(cfn.create_stack, StackName=unique, TemplateBody=template({"B": bucket()}, Transform="AWS::LanguageExtensions"))
    assert (code, text) == ("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_AUTO_EXPAND]")
    for name in ("AWS::Serverless-2016-10-31", "MyMacro"):
        assert f"The transform {name} is not served here" in error_of(cfn.validate_template, TemplateBody=template({"B": bucket()}, Transform=name))[2]
    assert error_of(cfn.validate_template, TemplateBody=template({"B": bucket()}, Parameters={"P": {"Type": "Strin"}}))[2].startswith("Template format error: Unrecognized parameter type: Strin")


def test_nested_update_rolls_back_with_its_parent(server, cfn, unique):
    """A nested stack that was updated well goes back when another of the parent's resources fails; its output too."""
    s3, iam = server.client("s3"), server.client("iam")
    s3.create_bucket(Bucket=unique)
    inner = template({"R": role(RoleName=f"{unique}-r", Description={"Ref": "D"})}, Parameters={"D": {"Type": "String"}}, Outputs={"Arn": {"Value": {"Fn::GetAtt": ["R", "Arn"]}}})
    s3.put_object(Bucket=unique, Key="inner.json", Body=inner)
    def outer(description, **more):
        nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": f"https://s3.amazonaws.com/{unique}/inner.json", "Parameters": {"D": description}}}
        return template({"N": nested} | more, Outputs={"Arn": {"Value": {"Fn::GetAtt": ["N", "Outputs.Arn"]}}})

    cfn.create_stack(StackName=unique, TemplateBody=outer("old"), Capabilities=NAMED)
    stack = ended(cfn, unique)
    assert stack["StackStatus"] == "CREATE_COMPLETE" and outputs(stack)["Arn"].endswith(f"role/{unique}-r"), reasons(cfn, unique)
    bad = bucket(BucketName=unique) | {"DependsOn": "N"}
    cfn.update_stack(StackName=unique, TemplateBody=outer("new", Bad=bad), Capabilities=NAMED)
    assert ended(cfn, unique)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", reasons(cfn, unique)
    assert iam.get_role(RoleName=f"{unique}-r")["Role"]["Description"] == "old"
    nested = cfn.describe_stack_resources(StackName=unique)["StackResources"][0]["PhysicalResourceId"]
    statuses = [event["ResourceStatus"] for event in cfn.describe_stack_events(StackName=nested)["StackEvents"] if event["ResourceType"] == "AWS::CloudFormation::Stack"]
    assert statuses.count("UPDATE_COMPLETE") == 2
    cfn.update_stack(StackName=unique, TemplateBody=outer("new"), Capabilities=NAMED)
    assert ended(cfn, unique)["StackStatus"] == "UPDATE_COMPLETE" and iam.get_role(RoleName=f"{unique}-r")["Role"]["Description"] == "new"
    cfn.delete_stack(StackName=unique)
    assert ended(cfn, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    assert error_of(iam.get_role, RoleName=f"{unique}-r")[0] == "NoSuchEntity"


def test_failed_deletion_can_leave_resources(server, cfn, unique):
    s3 = server.client("s3")
    cfn.create_stack(StackName=unique, TemplateBody=template({"B": bucket(BucketName=unique), "L": {"Type": "AWS::Logs::LogGroup"}}))
    stack = ended(cfn, unique)
    s3.put_object(Bucket=unique, Key="k", Body=b"x")
    assert error_of(cfn.delete_stack, StackName=unique, RetainResources=["B"])[2] == "Retain resources can be specified only for a stack in DELETE_FAILED state."
    cfn.delete_stack(StackName=unique)
    assert ended(cfn, stack["StackId"])["StackStatus"] == "DELETE_FAILED"
    assert any("is not empty" in reason for reason in reasons(cfn, unique))
    cfn.delete_stack(StackName=unique, RetainResources=["B"])
    assert ended(cfn, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    s3.head_bucket(Bucket=unique)


def test_iam_types(server, cfn, unique):
    """Groups, members, instance profiles, boundaries and tags: made, changed in place, looked at, gone."""
    iam = server.client("iam")
    statement = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
    body = lambda description, roles, **user: template({
        "G": {"Type": "AWS::IAM::Group", "Properties": {"GroupName": f"{unique}-g", "Policies": [{"PolicyName": "p", "PolicyDocument": statement}]}},
        "H": {"Type": "AWS::IAM::Group", "Properties": {}},
        "U": {"Type": "AWS::IAM::User", "Properties": {"UserName": f"{unique}-u", "Groups": [{"Ref": "G"}]} | user},
        "Add": {"Type": "AWS::IAM::UserToGroupAddition", "Properties": {"GroupName": {"Ref": "H"}, "Users": [{"Ref": "U"}]}},
        "Key": {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": {"Ref": "U"}}},
        "R": role(RoleName=f"{unique}-r", Description=description),
        "S": role(RoleName=f"{unique}-s"),
        "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"InstanceProfileName": unique, "Roles": roles}},
        "P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": statement, "Groups": [{"Ref": "G"}]}},
    }, Outputs={"H": {"Value": {"Ref": "H"}}, "Arn": {"Value": {"Fn::GetAtt": ["Profile", "Arn"]}}})  # fmt: skip
    cfn.create_stack(StackName=unique, TemplateBody=body("one", [{"Ref": "R"}], Tags=[{"Key": "a", "Value": "1"}]), Capabilities=NAMED)
    stack = ended(cfn, unique)
    assert stack["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, unique)
    groups = lambda: sorted(group["GroupName"] for group in iam.list_groups_for_user(UserName=f"{unique}-u")["Groups"])
    profile = lambda: [one["RoleName"] for one in iam.get_instance_profile(InstanceProfileName=unique)["InstanceProfile"]["Roles"]]
    assert groups() == sorted([f"{unique}-g", outputs(stack)["H"]]) and profile() == [f"{unique}-r"]
    assert outputs(stack)["Arn"].endswith(f"instance-profile/{unique}")
    assert [one["PolicyName"] for one in iam.list_attached_group_policies(GroupName=f"{unique}-g")["AttachedPolicies"]]
    id = cfn.detect_stack_drift(StackName=unique)["StackDriftDetectionId"]
    assert cfn.describe_stack_drift_detection_status(StackDriftDetectionId=id)["StackDriftStatus"] == "IN_SYNC", [(row["LogicalResourceId"], row.get("PropertyDifferences")) for row in cfn.describe_stack_resource_drifts(StackName=unique)["StackResourceDrifts"]]
    boundary = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
    cfn.update_stack(StackName=unique, TemplateBody=body("one", [{"Ref": "S"}], PermissionsBoundary=boundary, Tags=[{"Key": "b", "Value": "2"}]), Capabilities=NAMED)
    assert ended(cfn, unique)["StackStatus"] == "UPDATE_COMPLETE", reasons(cfn, unique)
    user = iam.get_user(UserName=f"{unique}-u")["User"]
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary and user["Tags"] == [{"Key": "b", "Value": "2"}] and profile() == [f"{unique}-s"]
    cfn.delete_stack(StackName=unique)
    assert ended(cfn, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE", reasons(cfn, stack["StackId"])
    assert error_of(iam.get_group, GroupName=f"{unique}-g")[0] == "NoSuchEntity" and error_of(iam.get_instance_profile, InstanceProfileName=unique)[0] == "NoSuchEntity"


@pytest.mark.parametrize("attempt", range(3))
def test_update_killed_in_the_middle(start_server, tmp_path, attempt):
    """After kill -9 while an update runs it reaches its end: here, all is as it was, as its last resource cannot be made."""
    before = {f"R{index}": role(RoleName=f"r{index}", Description="old") for index in range(20)}
    after = {f"R{index}": role(RoleName=f"r{index}", Description="new") | ({"DependsOn": f"R{index - 1}"} if index % 5 else {}) for index in range(20)}
    after |= {f"B{index}": bucket(BucketName=f"made-{index}") | {"DependsOn": f"R{index}"} for index in range(20)}
    after["Bad"] = bucket(BucketName="taken-before") | {"DependsOn": [f"B{index}" for index in range(20)]}
    with start_server(data=tmp_path / "data") as server:
        cfn = server.client("cloudformation")
        server.client("s3").create_bucket(Bucket="taken-before")
        cfn.create_stack(StackName="s", TemplateBody=template(before), Capabilities=NAMED)
        assert ended(cfn, "s")["StackStatus"] == "CREATE_COMPLETE"
        so_far = len(cfn.get_paginator("describe_stack_events").paginate(StackName="s").build_full_result()["StackEvents"])
        cfn.create_change_set(StackName="s", ChangeSetName="c", TemplateBody=template(after), Capabilities=NAMED)
        execute = subprocess.Popen([sys.executable, "-c", "import boto3; boto3.client('cloudformation').execute_change_set(StackName='s', ChangeSetName='c')"],
                                   env=server.environment(), stderr=subprocess.DEVNULL)  # fmt: skip
        wanted = so_far + [5, 45, 90][attempt]
        deadline = time.monotonic() + 60
        while len(cfn.get_paginator("describe_stack_events").paginate(StackName="s").build_full_result()["StackEvents"]) < wanted and time.monotonic() < deadline:
            pass
        server.stop(signal.SIGKILL)
        execute.wait(60)
    with start_server(data=tmp_path / "data") as server:
        cfn, iam = server.client("cloudformation"), server.client("iam")
        assert ended(cfn, "s")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", reasons(cfn, "s")
        assert [one["Name"] for one in server.client("s3").list_buckets()["Buckets"]] == ["taken-before"]
        assert {iam.get_role(RoleName=f"r{index}")["Role"]["Description"] for index in range(20)} == {"old"}
        assert len(cfn.list_stack_resources(StackName="s")["StackResourceSummaries"]) == 20


@pytest.mark.parametrize("attempt", range(3))
def test_killed_in_the_middle(start_server, tmp_path, attempt):
    """After kill -9 while a stack is made it is finished, and every resource is there once."""
    resources = {}
    for index in range(40):
        resources[f"R{index}"] = role(RoleName=f"r{index}") | ({"DependsOn": f"R{index - 1}"} if index % 4 else {})
        resources[f"B{index}"] = bucket() | {"DependsOn": f"R{index}"}
    with start_server(data=tmp_path / "data", role=False) as server:
        cfn = server.client("cloudformation")
        cfn.create_change_set(StackName="s", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=template(resources), Capabilities=NAMED)
        execute = subprocess.Popen(
            [sys.executable, "-c", "import boto3; boto3.client('cloudformation').execute_change_set(StackName='s', ChangeSetName='c')"],
            env=server.environment(), stderr=subprocess.DEVNULL)  # fmt: skip
        deadline = time.monotonic() + 60
        while len(cfn.describe_stack_events(StackName="s")["StackEvents"]) < 3 + attempt * 20 and time.monotonic() < deadline:
            pass
        server.stop(signal.SIGKILL)
        execute.wait(60)
    with start_server(data=tmp_path / "data", role=False) as server:
        cfn = server.client("cloudformation")
        stack = ended(cfn, "s")
        assert stack["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, "s")
        rows = cfn.list_stack_resources(StackName="s")["StackResourceSummaries"]
        assert len(rows) == 80 and {row["ResourceStatus"] for row in rows} == {"CREATE_COMPLETE"}
        assert len(server.client("s3").list_buckets()["Buckets"]) == 40
        assert len(server.client("iam").list_roles()["Roles"]) == 40
        cfn.delete_stack(StackName="s")
        assert ended(cfn, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
        assert not server.client("s3").list_buckets()["Buckets"] and not server.client("iam").list_roles()["Roles"]
