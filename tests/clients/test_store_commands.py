"""penstock doctor, backup and sql beside a running server and on what it left."""
import json
import os
import signal
import subprocess

from conftest import ROLE

BODY = os.urandom(300_000)


def fill(server, bucket):
    s3 = server.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="large", Body=BODY)
    s3.put_object(Bucket=bucket, Key="small", Body=b"small")
    return s3


def object_files(data):
    return [path for path in (data / "objects").glob("??/*") if path.is_file() and path.parent.name != "incoming"]


def test_doctor_is_content_with_a_running_server_and_with_a_killed_one(start_server, tmp_path, unique):
    with start_server(data=tmp_path / "data") as server:
        fill(server, unique)
        sound = server.run("doctor")
        assert sound.returncode == 0, sound.stdout + sound.stderr
        assert "2 object contents" in sound.stdout and "all is well" in sound.stdout
        server.stop(signal.SIGKILL)
        assert server.run("doctor").returncode == 0


def test_doctor_finds_a_changed_object(start_server, tmp_path, unique):
    with start_server(data=tmp_path / "data") as server:
        fill(server, unique)
        (file,) = object_files(server.data)
        os.chmod(file, 0o644)
        with open(file, "r+b") as content:
            content.seek(1000)
            content.write(b"not what was put")
        report = server.run("doctor")
        assert report.returncode == 1
        assert f"content differs from its SHA-256, object s3://{unique}/large" in report.stdout
        assert "1 problem found" in report.stderr


def test_doctor_without_a_store(start_server, tmp_path, server):
    report = server.run("doctor", "--data", tmp_path)
    assert report.returncode == 1 and "NoSuchStore" in report.stderr


def test_backup_of_a_running_server_is_a_server(start_server, tmp_path, unique):
    archive = tmp_path / "backup.tar"
    with start_server(data=tmp_path / "data", root_key=("AKIAONE", "one")) as server:
        s3 = fill(server, unique)
        made = server.run("backup", archive)
        assert made.returncode == 0, made.stderr
        s3.delete_object(Bucket=unique, Key="large")  # the backup has it all the same
        again = server.run("backup", archive)
        assert again.returncode == 1 and "exists already" in again.stderr
        assert os.stat(archive).st_mode & 0o777 == 0o600
        assert not (server.data / "backup-staging").exists()
    restored = tmp_path / "restored"
    restored.mkdir()
    subprocess.run(["tar", "xf", archive, "-C", restored], check=True)
    with start_server(data=restored, root_key=("AKIAONE", "one")) as server:
        s3 = server.client("s3")
        assert s3.get_object(Bucket=unique, Key="large")["Body"].read() == BODY
        assert s3.get_object(Bucket=unique, Key="small")["Body"].read() == b"small"
        assert server.run("doctor").returncode == 0


def test_sql(server, unique):
    server.client("s3").create_bucket(Bucket=unique)
    rows = server.run("sql", "--json", f"select name, versioning from bucket where name = '{unique}'")
    assert json.loads(rows.stdout) == [{"name": unique, "versioning": 0}]
    table = server.run("sql", f"select name, versioning from bucket where name = '{unique}'").stdout.splitlines()
    assert table[0].split() == ["name", "versioning"] and table[1].split() == [unique, "0"]
    for view in ("runs", "definitions", "jobs", "parameters", "metrics", "artifacts", "drift"):
        assert server.run("sql", f"select * from {view}").returncode == 0
    refused = server.run("sql", "delete from bucket")
    assert refused.returncode == 1 and "penstock sql only reads" in refused.stderr
    wrong = server.run("sql", "select * from job")
    assert wrong.returncode == 1 and "Did you mean jobs?" in wrong.stderr


def test_second_server_is_refused(server):
    command = [server.process.args[0], "serve", "--port", "0", "--data", str(server.data)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert f"in use by process {server.process.pid}" in second.stderr


def test_the_same_definition_has_the_same_digest_wherever_it_is_deployed(server, tmp_path, unique):
    definition = {"StartAt": "Say", "States": {"Say": {"Type": "Pass", "End": True}}}
    states = server.client("stepfunctions")
    layouts = {"dev": json.dumps(definition), "stage": json.dumps(definition, indent=2), "prod": json.dumps(definition, sort_keys=True)}
    layouts["other"] = json.dumps({**definition, "Comment": "other"})
    for environment, text in layouts.items():
        arn = states.create_state_machine(name=f"{unique}-{environment}", definition=text, roleArn=ROLE)["stateMachineArn"]
        states.start_execution(stateMachineArn=arn)
    query = f"select d.pipeline, digest, definition_digest as ran from definitions d join runs r on r.pipeline = d.pipeline where d.pipeline like '%{unique}-%'"
    rows = {row["pipeline"].rsplit("-", 1)[1]: row for row in json.loads(server.run("sql", "--json", query).stdout)}
    assert len(rows) == 4 and all(row["ran"] == row["digest"] for row in rows.values())
    (tmp_path / "say.asl.json").write_text(layouts["stage"])
    assert rows["dev"]["digest"] in server.run("validate", tmp_path / "say.asl.json").stdout
    assert rows["dev"]["digest"] == rows["stage"]["digest"] == rows["prod"]["digest"] != rows["other"]["digest"]
