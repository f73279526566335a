"""The penstock command as a person uses it, against the real server."""
import json
import re

import pytest

from conftest import ROLE

PASS = {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "Parameters": {"twice.$": "States.Array($.word, $.word)"}, "End": True}}}
FAIL = {"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": "Because", "Cause": "it was told to"}}}


@pytest.fixture
def pipeline(tmp_path, unique):
    """Writes a pipeline file with its definition; gives its path."""

    def write(definition, placeholders="", name=unique):
        (tmp_path / "p.asl.json").write_text(json.dumps(definition))
        path = tmp_path / "p.yaml"
        path.write_text(f"name: {name}\ndefinition: p.asl.json\n" + (f"placeholders:\n{placeholders}" if placeholders else ""))
        return path

    return write


def test_run_shows_the_steps_and_the_output(server, pipeline):
    run = server.run("run", pipeline(PASS), "--set", "word=hello")
    assert run.returncode == 0, run.stderr
    assert re.search(r"succeeded Only +\d+\.\d s", run.stdout)
    assert '"hello",\n    "hello"' in run.stdout


def test_run_fails_with_the_execution(server, pipeline):
    run = server.run("run", pipeline(FAIL))
    assert run.returncode == 1
    assert "FAILED after" in run.stdout and "Because: it was told to" in run.stdout


def test_run_lists_all_problems_before_it_starts(server, pipeline, unique, tmp_path):
    path = pipeline(
        {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True, "Parameters": {
            name + ".$": "$$.Execution.Input." + name for name in ["Data", "Model", "Share", "Missing", "Code"]}}}},
        "  Data: {kind: object}\n  Model: {kind: archive}\n  Share: {kind: number}\n  Code: {kind: prefix, upload: nowhere}\n")  # fmt: skip
    server.client("s3").create_bucket(Bucket=unique)
    server.client("s3").put_object(Bucket=unique, Key="text.txt", Body=b"not an archive")
    run = server.run("run", path, "--set", f"Data=s3://{unique}/absent", "--set", f"Model=s3://{unique}/text.txt",
                     "--set", "Share=half", "--set", "Mising=1")  # fmt: skip
    assert run.returncode == 1
    assert "6 things to mend" in run.stderr
    for text in [f"Data: there is no object s3://{unique}/absent", "it is not a tar.gz archive", 'Share: "half" is not a number',
                 "Missing: has no value (used at /States/A/Parameters/Missing.$): give --set Missing=VALUE",
                 "Mising: the pipeline has no such placeholder: did you mean 'Missing'?", "Code: 'nowhere' is neither beside"]:  # fmt: skip
        assert text in run.stderr
    assert not [m for m in server.client("stepfunctions").list_state_machines()["stateMachines"] if m["name"] == unique]


def test_run_uploads_once(server, pipeline, unique, tmp_path):
    (tmp_path / "rows.csv").write_text("a,b\n")
    path = pipeline({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True, "Parameters": {"u.$": "$$.Execution.Input.Data"}}}},
                    "  Data: {kind: object, upload: rows.csv}\n  OutputBucket: {kind: bucket}\n")  # fmt: skip
    first, second = server.run("run", path), server.run("run", path)
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert "uploaded" in first.stdout and "unchanged" in second.stdout
    uri = json.loads(server.run("describe", "@latest", "--json", "output").stdout)["output"]["u"]
    bucket, key = re.fullmatch(r"s3://([^/]+)/(.+/rows\.csv)", uri).groups()
    assert server.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read() == b"a,b\n"


def test_list_describe_and_stop(server, unique):
    states = server.client("stepfunctions")
    machine = states.create_state_machine(name=unique, roleArn=ROLE,
        definition=json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}))  # fmt: skip
    states.start_execution(stateMachineArn=machine["stateMachineArn"], name="long-" + unique)
    listed = json.loads(server.run("list", "--pipeline", unique, "--json", "name,status").stdout)
    assert listed == [{"name": "long-" + unique, "status": "RUNNING"}]
    assert server.run("stop", "long-" + unique).returncode == 0
    assert json.loads(server.run("describe", "long-" + unique, "--json", "status").stdout) == {"status": "ABORTED"}
    wrong = server.run("describe", "long-" + unique[:-1])
    assert wrong.returncode == 1 and f"did you mean 'long-{unique}'?" in wrong.stderr
    unknown = server.run("describe", "long-" + unique, "--json", "stats")
    assert unknown.returncode == 1 and "no field 'stats': there are executionArn" in unknown.stderr


def test_redrive_repeats_nothing_that_succeeded(server, pipeline, unique):
    states = server.client("stepfunctions")
    wanted = states.create_activity(name=unique)["activityArn"]
    states.delete_activity(activityArn=wanted)
    step = {"Type": "Task", "Parameters": {}, "ResultPath": None}
    run = server.run("run", pipeline({"StartAt": "Prepare", "States": {
        "Prepare": step | {"Resource": "arn:aws:states:::aws-sdk:sfn:listActivities", "Next": "Train"},
        "Train": step | {"Resource": "arn:aws:states:::aws-sdk:sfn:describeActivity", "Parameters": {"ActivityArn": wanted}, "End": True}}}))  # fmt: skip
    assert run.returncode == 1 and "FAILED after" in run.stdout
    arn = re.search(r"arn:aws:states:\S+:execution:\S+", run.stdout + run.stderr).group()
    assert server.run("redrive", arn).returncode == 1  # nothing has changed
    states.create_activity(name=unique)
    redriven = server.run("redrive", arn)
    assert redriven.returncode == 0, redriven.stderr
    assert "succeeded Train" in redriven.stdout
    types = [event["type"] for event in states.get_execution_history(executionArn=arn)["events"]]
    assert types.count("TaskScheduled") == 1 + 3 and types.count("TaskStateEntered") == 2
    again = server.run("redrive", arn)
    assert again.returncode != 0 and "Execution is SUCCEEDED and cannot be redriven" in again.stderr


def test_mistyped_command_is_told(server):
    wrong = server.run("sreve")
    assert wrong.returncode == 2 and "did you mean 'serve'?" in wrong.stderr


def test_validate_needs_no_server_and_names_every_mistake(server, tmp_path):
    path = tmp_path / "bad.asl.json"
    path.write_text(json.dumps({"StartAt": "X", "States": {"A": {"Type": "Pass", "Next": "B"}, "C": {"Type": "Pass", "Next": "D"}}}))
    checked = server.run("validate", path, env={"PATH": "/usr/bin:/bin"})
    assert checked.returncode == 1
    assert "MISSING_TRANSITION_TARGET" in checked.stdout and "/States/A/Next" in checked.stdout and "/States/C/Next" in checked.stdout


def test_validate_warns_of_what_is_hardly_meant(server, tmp_path):
    path = tmp_path / "doubtful.asl.json"
    path.write_text('{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"a": "$.x"}, "End": true}}}')
    checked = server.run("validate", path)
    assert checked.returncode == 0 and "warning NO_DOLLAR" in checked.stdout and "/States/A/Parameters/a" in checked.stdout


def test_validate_knows_what_is_substituted_when_a_definition_is_deployed(server, tmp_path):
    path = tmp_path / "template.asl.json"
    path.write_text(
        '{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "${Score.Arn}", "TimeoutSeconds": ${Seconds}, "End": true}}}'
    )
    checked = server.run("validate", path, env={"PATH": "/usr/bin:/bin"})
    assert checked.returncode == 0, checked
    assert "valid; to be substituted when it is deployed: Score.Arn, Seconds\n" in checked.stdout
    path.write_text(path.read_text().replace('"End": true', '"Next": "Lost"'))
    checked = server.run("validate", path, env={"PATH": "/usr/bin:/bin"})
    assert checked.returncode == 1 and "/States/T/Next" in checked.stdout


def test_env_points_any_client_at_the_server(server):
    exports = dict(re.fullmatch(r"export (\w+)='(.*)'", line).groups() for line in server.run("env").stdout.splitlines())
    assert exports["AWS_ENDPOINT_URL"] == server.endpoint
    assert exports["AWS_SECRET_ACCESS_KEY"] == server.secret
    assert f"endpoint_url = {server.endpoint}" in open(exports["AWS_CONFIG_FILE"]).read()
    assert "DefaultS3Bucket: sagemaker-us-east-1-" in open(exports["SAGEMAKER_USER_CONFIG_OVERRIDE"]).read()


def test_without_a_server_the_error_says_what_to_do(server, tmp_path):
    lost = server.run("list", env=server.environment() | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    assert lost.returncode == 1 and "Connection refused: is the server running? (penstock serve)" in lost.stderr


def test_no_escape_codes_outside_a_terminal(server, pipeline):
    assert "\x1b" not in server.run("run", pipeline(PASS), "--set", "word=x").stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_names_every_command(server, shell):
    script = server.run("completion", shell).stdout
    assert "describe" in script and "watch" in script and "supervise" not in script


def test_version(server):
    said = server.run("version").stdout
    assert said.startswith("penstock ") and server.run("--version").stdout == said
