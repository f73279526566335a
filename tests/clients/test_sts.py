"""STS through boto3."""
import datetime
import json

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]})


@pytest.fixture
def role(server, unique):
    return server.client("iam").create_role(RoleName=unique, AssumeRolePolicyDocument=TRUST, MaxSessionDuration=7200)["Role"]


def session_client(server, service, credentials):
    return server.client(
        service,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def error_of(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_root_identity(server):
    identity = server.client("sts").get_caller_identity()
    assert identity["Account"] == identity["UserId"] == "123456789012"
    assert identity["Arn"] == "arn:aws:iam::123456789012:root"


def test_account_and_key_as_given(start_server):
    with start_server(account="000000000000", root_key=("test", "test")) as server:
        assert server.client("sts").get_caller_identity()["Account"] == "000000000000"


def test_assumed_role(server, role):
    answer = server.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="run-1")
    user = answer["AssumedRoleUser"]
    assert user["AssumedRoleId"] == role["RoleId"] + ":run-1"
    assert user["Arn"] == f"arn:aws:sts::123456789012:assumed-role/{role['RoleName']}/run-1"
    left = answer["Credentials"]["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(minutes=59) < left <= datetime.timedelta(hours=1)
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")
    identity = session_client(server, "sts", answer["Credentials"]).get_caller_identity()
    assert (identity["Arn"], identity["UserId"]) == (user["Arn"], user["AssumedRoleId"])


def test_session_without_its_token_is_refused(server, role):
    credentials = server.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="s1")["Credentials"]
    client = session_client(server, "sts", credentials | {"SessionToken": None})
    assert error_of(client.get_caller_identity)[0] == "InvalidClientTokenId"


def test_durations(server, role):
    sts = server.client("sts")
    assert sts.assume_role(RoleArn=role["Arn"], RoleSessionName="s1", DurationSeconds=7200)
    code, message = error_of(sts.assume_role, RoleArn=role["Arn"], RoleSessionName="s1", DurationSeconds=7201)
    assert (code, message) == ("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    unchecked = server.client("sts", config=Config(parameter_validation=False, retries={"max_attempts": 0}))
    code, message = error_of(unchecked.assume_role, RoleArn=role["Arn"], RoleSessionName="s1", DurationSeconds=60)
    assert code == "ValidationError" and "Member must have value greater than or equal to 900" in message
    chained = session_client(server, "sts", sts.assume_role(RoleArn=role["Arn"], RoleSessionName="s1")["Credentials"])
    assert "role chaining" in error_of(chained.assume_role, RoleArn=role["Arn"], RoleSessionName="s2", DurationSeconds=3601)[1]


def test_role_that_is_not_there(server):
    code, message = error_of(
        server.client("sts").assume_role, RoleArn="arn:aws:iam::123456789012:role/none", RoleSessionName="s1"
    )
    assert code == "AccessDenied" and "is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/none" in message


def test_session_survives_a_restart(start_server, tmp_path):
    with start_server(data=tmp_path / "data") as first:
        role = first.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)["Role"]
        credentials = first.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="s1")["Credentials"]
    with start_server(data=tmp_path / "data") as second:
        assert session_client(second, "sts", credentials).get_caller_identity()["Arn"].endswith("assumed-role/r/s1")


def test_session_token(server, unique):
    iam = server.client("iam")
    user = iam.create_user(UserName=unique)["User"]
    key = iam.create_access_key(UserName=unique)["AccessKey"]
    client = server.client("sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    credentials = client.get_session_token(DurationSeconds=900)["Credentials"]
    assert session_client(server, "sts", credentials).get_caller_identity()["Arn"] == user["Arn"]
