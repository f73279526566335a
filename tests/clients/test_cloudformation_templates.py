"""What CloudFormation says of templates that are wrong, before anything is made; parameters; the order of a stack's events."""

import json

import pytest

from conftest import ROLE
from test_cloudformation import NAMED, bucket, ended, error_of, outputs, reasons, template

ANY = "Resources:\n  G: {Type: AWS::Logs::LogGroup}\n"
EXTENDED = "Transform: AWS::LanguageExtensions\n"
BOTH = [*NAMED, "CAPABILITY_AUTO_EXPAND"]


@pytest.fixture(scope="module")
def cfn(server):
    return server.client("cloudformation")


# Said by ValidateTemplate and by CreateStack alike.
FORM = {
    "Description: " + "x" * 1025 + "\n" + ANY: "Template format error: 'Description' length is greater than 1024. (line 1, column 14)",
    "Resources:\n  G:\n    Type: AWS::Logs::LogGroup\n    Properties: {RetentionInDays: }": "[/Resources/G/Properties/RetentionInDays] 'null' values are not allowed in templates (line 4, column 35)",
    "Resources:\n  G: {Type: AWS::Logs::LogGroup, DependsOn: {a: b}}": "Template format error: DependsOn must be a string or list of strings. (line 2, column 45)",
    "Resources:\n  G:\n    Type: AWS::Logs::LogGroup\n    Properties:\n      Fn::Transform: {Name: AWS::Include}": "Template format error: Fn::Transform is not served here (line 5, column 7)",
    "Resources:\n  A: {Type: AWS::Logs::LogGroup, DependsOn: B}\n  B: {Type: AWS::Logs::LogGroup, DependsOn: A}\n  C: {Type: AWS::Logs::LogGroup, DependsOn: A}": "Circular dependency between resources: [A, B] (line 2, column 6)",
    "Resources:\n  A: {Type: 'Custom::Thing', Properties: {ServiceToken: x}}": "Template format error: Unrecognized resource types: [Custom::Thing] (line 2, column 13). Custom resources need a Lambda function or an SNS topic",
    ANY + "Conditions: {C: !Equals [!Ref G, b]}": "Template format error: Unresolved dependencies [G]. Cannot reference resources in the Conditions block of the template (line 3, column 17)",
    ANY + "Conditions: {C: !Not [!Condition D], D: !Not [!Condition C], E: !Not [!Condition C]}": "Template error: Found circular condition dependency on: C (line 3, column 17)\nTemplate error: Found circular condition dependency on: D (line 3, column 41)",
    ANY + "Conditions: {C: 'true'}": "Template format error: Conditions can only be boolean operations on parameters and other conditions (line 3, column 17)",
    ANY + "Conditions: {C: !And [!Equals [a, a]]}": "Template error: every Fn::And object requires a list of at least 2 and at most 10 boolean parameters. (line 3, column 17)",
    ANY + "Mappings: {M: {a: b}}": "Template format error: Every Mappings member must hold maps: a of M is none. (line 3, column 19)",
    ANY + "Mappings: {M: {a: {b: !Ref G}}}": "Template format error: Every Mappings attribute must be a String or a List. (line 3, column 23)",
    ANY + "Mappings: {M: {a: {b: c}}}\nOutputs: {X: {Value: !FindInMap [M, a, z, {DefaultValue: d}]}}": "Template format error: DefaultValue of Fn::FindInMap needs the template's line Transform: AWS::LanguageExtensions (line 4, column 10)",
    ANY + "Outputs: {X: {Value: !Join [a]}}": "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings",
    ANY + "Outputs: {X: {Value: !Join ['-', !Split ['', abc]]}}": "Template error: every Fn::Split object requires two parameters",
    ANY + "Rules: {R: {Assertions: [{Assert: !Equals [!Ref Nope, a]}]}}": "Template format error: Unresolved dependencies [Nope]. Cannot reference resources in the Rules block of the template (line 3,",
    ANY + "Rules: {R: {RuleCondition: !Equals [a, a]}}": "Template format error: Rule R must have a list of Assertions. (line 3, column 12)",
    ANY + "Parameters: {P: {Type: List<String>}}": "Template format error: Unrecognized parameter type: List<String> of parameter P (line 3, column 24)",
    ANY + "Parameters: {P: {Type: String, MinLength: 3, Default: ab}}": "Parameter 'P' must contain at least 3 characters (line 3, column 55)",
    ANY + "Parameters: {P: {Type: CommaDelimitedList, Default: [a, b]}}": "Template format error: Every Default member must be a string. (line 3, column 53)",
    ANY + "Parameters:\n" + "".join(f"  P{n}: {{Type: String}}\n" for n in range(201)): "Template format error: Number of parameters, 201, is greater than maximum allowed, 200",
}


@pytest.mark.parametrize("body", FORM, ids=range(len(FORM)))
def test_form(cfn, unique, body):
    for call in ({"TemplateBody": body}, {"TemplateBody": body, "StackName": unique, "Capabilities": BOTH}):
        code, _, text = error_of(cfn.create_stack if "StackName" in call else cfn.validate_template, **call)
        assert code == "ValidationError" and text.startswith(FORM[body]), text


# Seen once the parameters have values.
VALUES = {
    ANY + "Outputs: {X: {Value: !GetAtt G.Nope}}": "Template error: resource G does not support attribute type Nope in Fn::GetAtt (line 3, column 22)",
    ANY + "Outputs: {X: {Value: !Select [3, [a, b]]}}": "Template error: Fn::Select cannot select nonexistent value at index 3 (line 3, column 22)",
    ANY + "Outputs: {X: {Value: !Select [3, [a, b]]}, Y: {Value: [a]}}": "Template error: Fn::Select cannot select nonexistent value at index 3 (line 3, column 22)\nTemplate format error: The Value field of every Outputs member must evaluate to a String: Y. (line 3, column 55)",
    ANY + "Mappings: {M: {a: {b: c}}}\nOutputs: {X: {Value: !FindInMap [M, z, b]}}": "Template error: Unable to get mapping for M::z::b (line 4, column 22)",
    ANY + "Mappings: {M: {a: {b: c}}}\nConditions: {C: !Equals [!FindInMap [M, z, b], a]}": "Template error: Unable to get mapping for M::z::b (line 4, column 17)",
    ANY + "Outputs: {X: {Value: !ImportValue nope}}": "No export named nope found.",
    "Resources:\n  G: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 2}}": "Properties validation failed for resource G with message:\n#/RetentionInDays: ",
    "Resources:\n  R: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: x}}}": "Properties validation failed for resource R with message:\n#/EventPattern: Event pattern is not valid. Reason: \"source\" must be an object or an array (line 2, column 59)",
    "Resources:\n  R: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 minutes)}}": "Properties validation failed for resource R with message:\n#/ScheduleExpression: Parameter ScheduleExpression is not valid.",
    "Resources:\n  R:\n    Type: AWS::Scheduler::Schedule\n    Properties: {ScheduleExpression: daily, FlexibleTimeWindow: {Mode: 'OFF'}, Target: {Arn: a, RoleArn: 'arn:aws:iam::123456789012:role/r'}}": "Properties validation failed for resource R with message:\n#/ScheduleExpression: Invalid Schedule Expression.",
    "Resources:\n  A: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Select [1, [a]]}}\n  B: {Type: AWS::Logs::LogGroup, Properties: {Nope: 1}}": "Template error: Fn::Select cannot select nonexistent value at index 1 (line 2, column 61)\nProperties validation failed for resource B with message:\n#: extraneous key [Nope] is not permitted (line 3, column 53)",
}


@pytest.mark.parametrize("body", VALUES, ids=range(len(VALUES)))
def test_values(cfn, unique, body):
    assert cfn.validate_template(TemplateBody=body)
    code, _, text = error_of(cfn.create_stack, StackName=unique, TemplateBody=body)
    assert code == "ValidationError" and text.startswith(VALUES[body]), text
    assert "does not exist" in error_of(cfn.describe_stacks, StackName=unique)[2]


def test_functions(cfn, unique):
    body = EXTENDED + ANY + """
Mappings: {M: {a: {b: c}}}
Parameters: {L: {Type: CommaDelimitedList, Default: "a, b,c"}}
Outputs:
  Default: {Value: !FindInMap [M, a, z, {DefaultValue: !Ref AWS::Region}]}
  Six: {Value: !Join [",", !Cidr ["2600:1f16:abc:de00::/56", 2, 64]]}
  Four: {Value: !Join [",", !Cidr ["10.0.3.0/24", 3, 5]]}
  Nested: {Value: !Select [1, !Split [",", !Join [",", !Ref L]]]}
  Length: {Value: !Length [a, !Ref AWS::NoValue, b]}
  Json: {Value: !ToJsonString {a: [1, !Ref AWS::NoValue, "${x}"], b: !Ref AWS::NoValue}}
  Literal: {Value: !Sub ["${!Literal} ${A} ${AWS::StackName}", {A: !Select [2, !Ref L]}]}
"""
    cfn.create_stack(StackName=unique, TemplateBody=body, Capabilities=BOTH)
    assert outputs(ended(cfn, unique)) == {
        "Default": "us-east-1", "Six": "2600:1f16:abc:de00::/64,2600:1f16:abc:de01::/64", "Four": "10.0.3.0/27,10.0.3.32/27,10.0.3.64/27",
        "Nested": "b", "Length": "2", "Json": '{"a":[1,"${x}"]}', "Literal": f"${{Literal}} c {unique}"}  # fmt: skip
    cfn.delete_stack(StackName=unique)


def test_parameters_say_their_own_constraint(cfn, unique):
    declared = {"P": {"Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "must be lower case"}, "Q": {"Type": "String", "Default": "a", "AllowedPattern": "[a-z]+"}}
    body = template({"B": bucket()}, Parameters=declared)
    given = [{"ParameterKey": "P", "ParameterValue": "A"}]
    assert error_of(cfn.create_stack, StackName=unique, TemplateBody=body, Parameters=given)[2] == "Parameter P failed to satisfy constraint: must be lower case"
    given = [{"ParameterKey": "P", "ParameterValue": "a"}, {"ParameterKey": "Q", "ParameterValue": "a1"}]
    assert error_of(cfn.create_stack, StackName=unique, TemplateBody=body, Parameters=given)[2] == "Parameter 'Q' must match pattern [a-z]+"


def events(cfn, name, logical=None):
    rows = reversed(cfn.describe_stack_events(StackName=name)["StackEvents"])
    return [(row["LogicalResourceId"], row["ResourceStatus"], row.get("ResourceStatusReason")) for row in rows if logical in (None, row["LogicalResourceId"])]


def test_events_in_order(server, cfn, unique):
    first = f"{unique}-one"
    cfn.create_stack(StackName=unique, TemplateBody=template({"B": bucket(BucketName=first)}), ClientRequestToken="made")
    assert events(cfn, unique) == [
        (unique, "CREATE_IN_PROGRESS", "User Initiated"),
        ("B", "CREATE_IN_PROGRESS", None),
        ("B", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("B", "CREATE_COMPLETE", None),
        (unique, "CREATE_COMPLETE", None)]  # fmt: skip
    rows = list(reversed(cfn.describe_stack_events(StackName=unique)["StackEvents"]))
    assert [row.get("PhysicalResourceId", "") for row in rows[1:4]] == ["", first, first]
    assert {row["ClientRequestToken"] for row in rows} == {"made"}

    cfn.update_stack(StackName=unique, TemplateBody=template({"B": bucket(BucketName=f"{unique}-two")}))
    assert ended(cfn, unique)["StackStatus"] == "UPDATE_COMPLETE"
    assert events(cfn, unique)[5:] == [
        (unique, "UPDATE_IN_PROGRESS", "User Initiated"),
        ("B", "UPDATE_IN_PROGRESS", "Requested update requires the creation of a new physical resource; hence creating one."),
        ("B", "UPDATE_IN_PROGRESS", "Resource creation Initiated"),
        ("B", "UPDATE_COMPLETE", None),
        (unique, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", None),
        ("B", "DELETE_IN_PROGRESS", None),
        ("B", "DELETE_COMPLETE", None),
        (unique, "UPDATE_COMPLETE", None)]  # fmt: skip

    # A creation and a change that fail are told apart.
    server.client("s3").create_bucket(Bucket=f"{unique}-three")
    cfn.update_stack(StackName=unique, TemplateBody=template({"B": bucket(BucketName=f"{unique}-two"), "C": bucket(BucketName=f"{unique}-three")}))
    assert ended(cfn, unique)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "The following resource(s) failed to create: [C]. " in reasons(cfn, unique)

    stack_id = cfn.describe_stacks(StackName=unique)["Stacks"][0]["StackId"]
    cfn.delete_stack(StackName=unique, ClientRequestToken="gone")
    assert ended(cfn, stack_id)["StackStatus"] == "DELETE_COMPLETE"
    assert events(cfn, stack_id)[-4:] == [
        (unique, "DELETE_IN_PROGRESS", "User Initiated"),
        ("B", "DELETE_IN_PROGRESS", None),
        ("B", "DELETE_COMPLETE", None),
        (unique, "DELETE_COMPLETE", None)]  # fmt: skip
    assert cfn.describe_stack_events(StackName=stack_id)["StackEvents"][0]["ClientRequestToken"] == "gone"


def kept(name, policy):
    return bucket(BucketName=name) | {"DeletionPolicy": policy}


@pytest.mark.parametrize("policy, asked, stays", [("Retain", False, True), ("Retain", True, False), ("RetainExceptOnCreate", False, False)])
def test_what_a_roll_back_retains(server, cfn, unique, policy, asked, stays):
    """Of a creation and of an update."""
    s3 = server.client("s3")
    there = lambda name: name in [one["Name"] for one in s3.list_buckets()["Buckets"]]  # noqa: E731
    s3.create_bucket(Bucket=f"{unique}-taken")
    bad = bucket(BucketName=f"{unique}-taken") | {"DependsOn": "Kept"}
    resources = {"Kept": kept(f"{unique}-kept", policy), "Bad": bad}
    cfn.create_stack(StackName=unique, TemplateBody=template(resources), RetainExceptOnCreate=asked)
    assert ended(cfn, unique)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert there(f"{unique}-kept") == stays
    cfn.create_stack(StackName=f"{unique}-u", TemplateBody=template({"First": bucket()}))
    resources = {"First": bucket(), "Kept": kept(f"{unique}-later", policy), "Bad": bad}
    cfn.update_stack(StackName=f"{unique}-u", TemplateBody=template(resources), RetainExceptOnCreate=asked)
    assert ended(cfn, f"{unique}-u")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert there(f"{unique}-later") == stays
    for name in (unique, f"{unique}-u"):
        cfn.delete_stack(StackName=name)
    for name in [f"{unique}-taken"] + [f"{unique}-kept", f"{unique}-later"] * stays:
        s3.delete_bucket(Bucket=name)


def test_allowed_resource_types_and_forced_deletion(server, cfn, unique):
    s3 = server.client("s3")
    body = template({"B": bucket(BucketName=unique)})
    assert error_of(cfn.create_stack, StackName=unique, TemplateBody=body, ResourceTypes=["AWS::Logs::*", "AWS::IAM::Role"])[2] == (
        "Resource type AWS::S3::Bucket is not allowed by parameter ResourceTypes [AWS::Logs::*, AWS::IAM::Role]")
    stack_id = cfn.create_stack(StackName=unique, TemplateBody=body, ResourceTypes=["AWS::S3::*"])["StackId"]
    s3.put_object(Bucket=unique, Key="a")
    assert "FORCE_DELETE_STACK can be specified only for a stack in DELETE_FAILED state" in error_of(cfn.delete_stack, StackName=unique, DeletionMode="FORCE_DELETE_STACK")[2]
    cfn.delete_stack(StackName=unique)
    assert ended(cfn, unique)["StackStatus"] == "DELETE_FAILED"
    cfn.delete_stack(StackName=unique, DeletionMode="FORCE_DELETE_STACK")
    assert ended(cfn, stack_id)["StackStatus"] == "DELETE_COMPLETE"
    assert ("B", "DELETE_SKIPPED") in [row[:2] for row in events(cfn, stack_id)]
    assert s3.head_bucket(Bucket=unique)
    s3.delete_object(Bucket=unique, Key="a")
    s3.delete_bucket(Bucket=unique)


def test_processing_job(server, cfn, unique):
    """A job that the stack starts; as on AWS it is stopped, not deleted, with the stack."""
    s3, sagemaker = server.client("s3"), server.client("sagemaker")
    s3.create_bucket(Bucket=unique)
    body = """
Parameters: {Count: {Type: Number, Default: 1}, Script: {Type: String}}
Resources:
  Job:
    Type: AWS::SageMaker::ProcessingJob
    Properties:
      RoleArn: %s
      AppSpecification: {ImageUri: penstock/process, ContainerEntrypoint: [/bin/sh, -c], ContainerArguments: [!Ref Script]}
      ProcessingResources: {ClusterConfig: {InstanceCount: !Ref Count, InstanceType: ml.m5.xlarge, VolumeSizeInGB: "1"}}
      ProcessingOutputConfig: {Outputs: [{OutputName: out, S3Output: {S3Uri: s3://%s/out, LocalPath: /opt/ml/processing/out, S3UploadMode: EndOfJob}}]}
      Environment: {WORD: hello}
      Tags: [{Key: a, Value: b}]
Outputs: {Arn: {Value: !Ref Job}, Same: {Value: !GetAtt Job.ProcessingJobArn}}
""" % (ROLE, unique)
    script = lambda text: [{"ParameterKey": "Script", "ParameterValue": text}]  # noqa: E731
    wrong = body.replace("InstanceType: ml.m5.xlarge", "InstanceKind: ml.m5.xlarge")
    assert "#/ProcessingResources/ClusterConfig: extraneous key [InstanceKind] is not permitted" in error_of(cfn.create_stack, StackName=unique, TemplateBody=wrong, Parameters=script("x"))[2]
    cfn.create_stack(StackName=unique, TemplateBody=body, Parameters=script("echo $WORD > /opt/ml/processing/out/a"), Tags=[{"Key": "team", "Value": "x"}])
    stack = ended(cfn, unique)
    assert stack["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, unique)
    arn = outputs(stack)["Arn"]
    name = arn.rsplit("/", 1)[1]
    assert outputs(stack)["Same"] == arn and name.startswith(f"{unique}-Job-")
    sagemaker.get_waiter("processing_job_completed_or_stopped").wait(ProcessingJobName=name, WaiterConfig={"Delay": 1})
    assert s3.get_object(Bucket=unique, Key="out/a")["Body"].read() == b"hello\n"
    tags = lambda: {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"] if not tag["Key"].startswith("aws:")}  # noqa: E731
    assert tags() == {"a": "b", "team": "x"}
    cfn.update_stack(StackName=unique, TemplateBody=body.replace("Value: b", "Value: c"), Parameters=script("echo $WORD > /opt/ml/processing/out/a"))
    assert outputs(ended(cfn, unique))["Arn"] == arn and tags()["a"] == "c"

    # Another script is another job; with the stack it is stopped.
    cfn.update_stack(StackName=unique, UsePreviousTemplate=True, Parameters=script("while :; do sleep 0.05; done"))
    second = outputs(ended(cfn, unique))["Arn"]
    assert second != arn
    cfn.delete_stack(StackName=unique)
    sagemaker.get_waiter("processing_job_completed_or_stopped").wait(ProcessingJobName=second.rsplit("/", 1)[1], WaiterConfig={"Delay": 1})
    assert sagemaker.describe_processing_job(ProcessingJobName=second.rsplit("/", 1)[1])["ProcessingJobStatus"] == "Stopped"
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == []
    for one in s3.list_objects_v2(Bucket=unique).get("Contents", []):
        s3.delete_object(Bucket=unique, Key=one["Key"])
    s3.delete_bucket(Bucket=unique)


def test_metadata_is_a_change_and_a_policy_alone_is_none(cfn, unique):
    def change_set(name, **group):
        body = template({"G": {"Type": "AWS::Logs::LogGroup"} | group})
        made = cfn.create_change_set(StackName=unique, ChangeSetName=name, TemplateBody=body, OnStackFailure="DO_NOTHING")
        shown = cfn.describe_change_set(ChangeSetName=made["Id"], IncludePropertyValues=True)
        return shown["Status"], [one["ResourceChange"] for one in shown["Changes"]], shown["OnStackFailure"]

    cfn.create_stack(StackName=unique, TemplateBody=template({"G": {"Type": "AWS::Logs::LogGroup"}}), TimeoutInMinutes=7)
    assert ended(cfn, unique)["TimeoutInMinutes"] == 7
    assert change_set("policy", DeletionPolicy="Retain") == ("FAILED", [], "DO_NOTHING")
    status, [change], _ = change_set("both", DeletionPolicy="Retain", Metadata={"a": 1})
    assert status == "CREATE_COMPLETE" and change["Replacement"] == "False" and change["Scope"] == ["Metadata", "DeletionPolicy"]
    assert [(one["Target"]["Attribute"], one["Target"]["RequiresRecreation"], one["Target"]["AfterValue"]) for one in change["Details"]] == [
        ("Metadata", "Never", '{"a":1}'), ("DeletionPolicy", "Never", "Retain")]  # fmt: skip
    cfn.execute_change_set(StackName=unique, ChangeSetName="both")
    assert ended(cfn, unique)["StackStatus"] == "UPDATE_COMPLETE"
    assert json.loads(cfn.describe_stack_resource(StackName=unique, LogicalResourceId="G")["StackResourceDetail"]["Metadata"]) == {"a": 1}
    assert change_set("same", DeletionPolicy="Retain", Metadata={"a": 1})[0] == "FAILED"
    group = cfn.describe_stack_resource(StackName=unique, LogicalResourceId="G")["StackResourceDetail"]["PhysicalResourceId"]
    stack = cfn.describe_stacks(StackName=unique)["Stacks"][0]["StackId"]
    cfn.delete_stack(StackName=unique)
    assert ended(cfn, stack)["StackStatus"] == "DELETE_COMPLETE" and ("G", "DELETE_SKIPPED", None) in events(cfn, stack), group
