"""`penstock deploy DIR` as a person uses it, and what it writes for the AWS CLI carried out by the AWS CLI."""
import json
import pathlib
import shlex
import subprocess
import sys

import pytest

TEMPLATE = """
Parameters:
  Environment: {Type: String}
  Unique: {Type: String}
  CodeUri: {Type: String}
  Greeting: {Type: String, Default: hello}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub "${Unique}-${Environment}"
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: "sts:AssumeRole"}]
  Pipeline:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      StateMachineName: !Sub "${Unique}-${Environment}"
      RoleArn: !GetAtt Role.Arn
      DefinitionS3Location: pipeline.asl.json
      DefinitionSubstitutions: {Greeting: !Ref Greeting, CodeUri: !Ref CodeUri}
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: parts/log.yaml, Parameters: {Name: !Sub "${Unique}-${Environment}"}}
Outputs:
  Arn: {Value: !Ref Pipeline}
"""
NESTED = """
Parameters: {Name: {Type: String}}
Resources: {Log: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Ref Name}}}
"""
DEFINITION = {"StartAt": "Say", "States": {"Say": {"Type": "Pass", "Result": "${Greeting} ${CodeUri}", "End": True}}}


@pytest.fixture
def folder(tmp_path, unique):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "log.yaml").write_text(NESTED)
    (tmp_path / "pipeline.asl.json").write_text(json.dumps(DEFINITION))
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "train.py").write_text("print('hello')\n")
    (tmp_path / "config").mkdir()
    for environment, greeting in {"dev": "hi", "stage": "good day", "prod": "welcome"}.items():
        values = {"Unique": unique, "Greeting": greeting, "CodeUri": {"upload": "scripts"}}
        (tmp_path / "config" / f"{environment}.json").write_text(json.dumps({"Parameters": values, "Tags": {"env": environment}}))
    return tmp_path


def deploy(server, folder, *arguments, **options):
    return server.run("deploy", folder, *arguments, **options)


def say(server, arn):
    """What the deployed pipeline answers."""
    states = server.client("stepfunctions")
    machine = json.loads(states.describe_state_machine(stateMachineArn=arn)["definition"])
    return machine["States"]["Say"]["Result"]


def test_three_environments_side_by_side(server, folder, unique):
    said = {}
    for environment in ("dev", "stage", "prod"):
        run = deploy(server, folder, "--env", environment, "--stack", f"{unique}-{environment}")
        assert run.returncode == 0, run.stderr + run.stdout
        assert f"stack {unique}-{environment}: CREATE_COMPLETE" in run.stdout
        arn = run.stdout.split("Arn = ")[1].split()[0]
        said[environment] = say(server, arn)
    greeting, uri = said["stage"].rsplit(" ", 1)
    assert greeting == "good day" and said["dev"].startswith("hi s3://") and said["prod"].startswith("welcome s3://")
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    assert server.client("s3").get_object(Bucket=bucket, Key=key + "train.py")["Body"].read() == b"print('hello')\n"
    stack = server.client("cloudformation").describe_stacks(StackName=f"{unique}-prod")["Stacks"][0]
    assert stack["Tags"] == [{"Key": "env", "Value": "prod"}]
    groups = server.client("logs").describe_log_groups(logGroupNamePrefix=unique)["logGroups"]
    assert [group["logGroupName"] for group in groups] == [f"{unique}-{name}" for name in ("dev", "prod", "stage")]


def test_a_second_deploy_changes_nothing_and_a_third_what_is_new(server, folder, unique):
    assert deploy(server, folder, "--stack", unique).returncode == 0
    again = deploy(server, folder, "--stack", unique)
    assert again.returncode == 0 and f"No changes to deploy. Stack {unique} is up to date" in again.stdout
    shown = deploy(server, folder, "--stack", unique, "--set", "Greeting=new", "--changes")
    assert "Modify  Pipeline  AWS::StepFunctions::StateMachine  False" in shown.stdout, shown.stdout
    arn = f"arn:aws:states:us-east-1:123456789012:stateMachine:{unique}-dev"
    assert say(server, arn).startswith("hi ")
    changed = deploy(server, folder, "--stack", unique, "--set", "Greeting=new")
    assert changed.returncode == 0 and "UPDATE_COMPLETE" in changed.stdout
    assert say(server, arn).startswith("new ")


def test_everything_that_is_wrong_is_said_at_once_and_nothing_is_made(server, folder, unique):
    (folder / "pipeline.asl.json").unlink()
    (folder / "config" / "dev.json").write_text(json.dumps({"Parameters": {"Greting": "x", "CodeUri": {"upload": "scripts", "kind": "zip"}}}))
    run = deploy(server, folder, "--stack", unique)
    assert run.returncode == 1
    for text in ["Greting: the template has no such parameter: did you mean 'Greeting'?", "Unique: has no value: give it in config/dev.json",
                 'CodeUri: a value is a text, a number, a boolean, or {"upload"', "DefinitionS3Location of Pipeline names"]:  # fmt: skip
        assert text in run.stderr, run.stderr
    run = deploy(server, folder, "--env", "production")
    assert run.returncode == 1 and "the environments are dev, prod, stage" in run.stderr
    with pytest.raises(server.client("cloudformation").exceptions.ClientError, match="does not exist"):
        server.client("cloudformation").describe_stacks(StackName=unique)


def test_mistakes_name_the_place_and_what_to_do(server, tmp_path, unique):
    folder = tmp_path / unique
    run = deploy(server, folder)
    assert run.returncode == 1 and f"there is no folder {folder}" in run.stderr
    (folder / "config").mkdir(parents=True)
    (folder / "template.yaml").write_text("Parameters: {Word: {Type: String}}\nResources:\n  G:\n    Type: AWS::Logs::LogGroup\n    Properties: {RetentionInDays: 2}\n")
    (folder / "config" / "dev.json").write_text('{"Word": "x"}')
    assert 'a parameter belongs inside: {"Parameters": {"Word": ...}}' in deploy(server, folder).stderr
    (folder / "config" / "dev.json").write_text('[{"ParameterKey": "Word", "ParameterValue": "x"}]')
    assert 'must be an object: {"Parameters": {NAME: VALUE, ...}' in deploy(server, folder).stderr
    (folder / "config" / "dev.json").write_text('{"Parameters": {"Word": "x"}}')
    run = deploy(server, folder)  # lines of the file, as it was written
    assert "Properties validation failed for resource G with message:\n#/RetentionInDays: " in run.stderr and "(line 5, column 35)" in run.stderr, run.stderr
    (folder / "template.yaml").write_text("Parameters: {Word: {Type: String}}\nResources:\n  G: {Type: AWS::Logs::LogGroup}\n")
    run = deploy(server, folder)
    assert run.returncode == 0 and [line.split()[0] for line in run.stdout.splitlines() if " G (" in line] == ["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"], run.stdout


def test_a_stack_that_fails_says_why_and_is_rolled_back(server, folder, unique):
    server.client("iam").create_role(RoleName=f"{unique}-dev", AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))
    run = deploy(server, folder, "--stack", unique)
    assert run.returncode == 1
    assert "CREATE_FAILED" in run.stdout and f"{unique}-dev" in run.stdout
    assert f"stack {unique}: ROLLBACK_COMPLETE" in run.stdout, run.stdout


def test_what_is_written_for_aws_is_carried_out_by_the_aws_cli(server, folder, unique):
    run = deploy(server, folder, "--env", "prod", "--stack", unique, "--target", "aws", cwd=folder)
    assert run.returncode == 0, run.stderr
    commands = [line.strip() for line in run.stdout.splitlines() if line.strip().startswith("aws ")]
    assert [command.split()[1:3] for command in commands] == [["s3", "cp"], ["cloudformation", "package"], ["cloudformation", "deploy"]]
    server.client("s3").create_bucket(Bucket=unique)
    parameters = folder / "build" / "prod" / "parameters.json"
    parameters.write_text(parameters.read_text().replace("BUCKET", unique))
    aws = pathlib.Path(sys.executable).parent / "aws"
    for command in commands:
        words = shlex.split(command.replace("BUCKET", unique))
        done = subprocess.run([aws, *words[1:]], cwd=folder, env=server.environment(), capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr + done.stdout
    arn = server.client("cloudformation").describe_stacks(StackName=unique)["Stacks"][0]["Outputs"][0]["OutputValue"]
    assert say(server, arn).startswith(f"welcome s3://{unique}/")


def test_the_census_example_deploys(server, tmp_path):
    cache = tmp_path / "cache" / "data"
    cache.mkdir(parents=True)
    (cache / "census-income.csv").write_text("age\n1\n")
    example = pathlib.Path(__file__).resolve().parents[2] / "examples" / "census"
    environment = server.environment() | {"PENSTOCK_CACHE": str(tmp_path / "cache")}
    run = server.run("deploy", example, "--env", "stage", env=environment)
    assert run.returncode == 0, run.stderr + run.stdout
    schedule = server.client("scheduler").get_schedule(Name="census-training-stage")
    values = json.loads(schedule["Target"]["Input"])
    assert values["OutputBucket"] == "census-stage-123456789012" and values["AccuracyMin"] == 0.75
    states = server.client("stepfunctions")
    definition = json.loads(states.describe_state_machine(stateMachineArn=schedule["Target"]["Arn"])["definition"])
    used = {word.strip(",)'") for word in json.dumps(definition).replace('"', " ").split() if word.startswith("$$.Execution.Input.")}
    assert {name.removeprefix("$$.Execution.Input.") for name in used} <= set(values)
