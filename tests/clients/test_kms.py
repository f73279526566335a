"""KMS: keys, aliases, encryption, with boto3; what survives a restart."""
import datetime
import os
import stat
import uuid

import pytest
from botocore.exceptions import ClientError


@pytest.fixture(scope="module")
def kms(server):
    return server.client("kms")


def refused(code, call, **parameters):
    """The message of the error with that code."""
    with pytest.raises(ClientError) as error:
        call(**parameters)
    assert error.value.response["Error"]["Code"] == code, error.value
    return error.value.response["Error"].get("Message", "")


def test_a_key_is_made_and_described(kms):
    made = kms.create_key(Description="of the data", Tags=[{"TagKey": "team", "TagValue": "ml"}])["KeyMetadata"]
    uuid.UUID(made["KeyId"])
    assert made["Arn"] == f"arn:aws:kms:us-east-1:{made['AWSAccountId']}:key/{made['KeyId']}"
    assert (made["KeyState"], made["Enabled"], made["KeyManager"], made["Origin"]) == ("Enabled", True, "CUSTOMER", "AWS_KMS")
    assert (made["KeySpec"], made["KeyUsage"], made["MultiRegion"]) == ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", False)
    assert kms.describe_key(KeyId=made["Arn"])["KeyMetadata"] == made
    assert kms.list_resource_tags(KeyId=made["KeyId"])["Tags"] == [{"TagKey": "team", "TagValue": "ml"}]
    kms.tag_resource(KeyId=made["KeyId"], Tags=[{"TagKey": "stage", "TagValue": "dev"}])
    kms.untag_resource(KeyId=made["KeyId"], TagKeys=["team"])
    assert kms.list_resource_tags(KeyId=made["KeyId"])["Tags"] == [{"TagKey": "stage", "TagValue": "dev"}]
    kms.update_key_description(KeyId=made["KeyId"], Description="other")
    assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]["Description"] == "other"
    listed = [key for page in kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 1}) for key in page["Keys"]]
    assert {"KeyId": made["KeyId"], "KeyArn": made["Arn"]} in listed


def test_a_key_that_is_not_there(kms):
    missing = str(uuid.uuid4())
    message = refused("NotFoundException", kms.describe_key, KeyId=missing)
    assert message.startswith("Key 'arn:aws:kms:us-east-1:") and message.endswith(f":key/{missing}' does not exist")
    assert refused("NotFoundException", kms.describe_key, KeyId="nonsense") == "Invalid keyId 'nonsense'"
    assert refused("NotFoundException", kms.describe_key, KeyId="alias/none").endswith(":alias/none is not found.")


def test_what_is_not_served_is_refused_by_name(kms):
    assert "RSA_2048" in refused("UnsupportedOperationException", kms.create_key, KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    assert "Origin" in refused("UnsupportedOperationException", kms.create_key, Origin="EXTERNAL")
    assert "multi-Region" in refused("UnsupportedOperationException", kms.create_key, MultiRegion=True)


def test_aliases(kms):
    first, second = (kms.create_key()["KeyMetadata"] for _ in range(2))
    kms.create_alias(AliasName="alias/tests/one", TargetKeyId=first["KeyId"])
    message = refused("AlreadyExistsException", kms.create_alias, AliasName="alias/tests/one", TargetKeyId=second["KeyId"])
    assert message == f"An alias with the name arn:aws:kms:us-east-1:{first['AWSAccountId']}:alias/tests/one already exists"
    assert kms.describe_key(KeyId="alias/tests/one")["KeyMetadata"]["KeyId"] == first["KeyId"]
    kms.update_alias(AliasName="alias/tests/one", TargetKeyId=second["Arn"])
    (alias,) = kms.list_aliases(KeyId=second["KeyId"])["Aliases"]
    assert (alias["AliasName"], alias["TargetKeyId"]) == ("alias/tests/one", second["KeyId"])
    assert kms.list_aliases(KeyId=first["KeyId"])["Aliases"] == []
    refused("ValidationException", kms.create_alias, AliasName="tests", TargetKeyId=first["KeyId"])
    refused("NotAuthorizedException", kms.create_alias, AliasName="alias/aws/mine", TargetKeyId=first["KeyId"])
    kms.delete_alias(AliasName="alias/tests/one")
    refused("NotFoundException", kms.delete_alias, AliasName="alias/tests/one")


def test_encryption_is_bound_to_key_and_context(kms):
    key = kms.create_key()["KeyMetadata"]
    other = kms.create_key()["KeyMetadata"]
    context = {"purpose": "test", "a": "b"}
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"\x00secret\xff", EncryptionContext=context)
    assert sealed["KeyId"] == key["Arn"] and sealed["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
    assert b"secret" not in sealed["CiphertextBlob"]
    blob = sealed["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext=dict(reversed(context.items())))
    assert (opened["Plaintext"], opened["KeyId"]) == (b"\x00secret\xff", key["Arn"])
    refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=blob)
    refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=blob[:-1] + bytes([blob[-1] ^ 1]), EncryptionContext=context)
    refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=b"nonsense")
    refused("IncorrectKeyException", kms.decrypt, CiphertextBlob=blob, EncryptionContext=context, KeyId=other["KeyId"])
    again = kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext=context, DestinationKeyId=other["KeyId"])
    assert (again["SourceKeyId"], again["KeyId"]) == (key["Arn"], other["Arn"])
    assert kms.decrypt(CiphertextBlob=again["CiphertextBlob"])["Plaintext"] == b"\x00secret\xff"
    refused("ValidationException", kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x" * 4097)


def test_data_keys(kms):
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext={"a": "b"})
    assert len(made["Plaintext"]) == 32
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "b"})["Plaintext"] == made["Plaintext"]
    assert len(kms.generate_data_key(KeyId=key, NumberOfBytes=64)["Plaintext"]) == 64
    hidden = kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_128")
    assert "Plaintext" not in hidden and len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]) == 16
    refused("ValidationException", kms.generate_data_key, KeyId=key)
    refused("ValidationException", kms.generate_data_key, KeyId=key, KeySpec="AES_256", NumberOfBytes=32)
    assert len(kms.generate_random(NumberOfBytes=40)["Plaintext"]) == 40


def test_a_disabled_key_refuses(kms):
    key = kms.create_key()["KeyMetadata"]
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key["KeyId"])
    assert refused("DisabledException", kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") == f"{key['Arn']} is disabled."
    refused("DisabledException", kms.decrypt, CiphertextBlob=blob)
    refused("DisabledException", kms.enable_key_rotation, KeyId=key["KeyId"])
    kms.enable_key(KeyId=key["KeyId"])
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_deletion_is_scheduled_and_cancelled(kms):
    key = kms.create_key()["KeyMetadata"]
    refused("ValidationException", kms.schedule_key_deletion, KeyId=key["KeyId"], PendingWindowInDays=6)
    scheduled = kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    assert (scheduled["KeyId"], scheduled["KeyState"], scheduled["PendingWindowInDays"]) == (key["Arn"], "PendingDeletion", 7)
    days = (scheduled["DeletionDate"] - datetime.datetime.now(datetime.timezone.utc)).total_seconds() / 86400
    assert 6.9 < days < 7.1
    assert refused("KMSInvalidStateException", kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") == f"{key['Arn']} is pending deletion."
    refused("KMSInvalidStateException", kms.schedule_key_deletion, KeyId=key["KeyId"])
    assert kms.cancel_key_deletion(KeyId=key["KeyId"])["KeyId"] == key["Arn"]
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"
    refused("KMSInvalidStateException", kms.cancel_key_deletion, KeyId=key["KeyId"])


def test_policies_and_rotation(kms):
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert "Enable IAM User Permissions" in kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}'
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
    assert kms.get_key_policy(KeyId=key)["Policy"] == policy
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]
    refused("MalformedPolicyDocumentException", kms.put_key_policy, KeyId=key, Policy="{}")
    refused("NotFoundException", kms.get_key_policy, KeyId=key, PolicyName="other")
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    status = kms.get_key_rotation_status(KeyId=key)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 90)
    kms.disable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False


def test_keys_survive_a_restart_in_a_file_of_their_owner(start_server, tmp_path):
    with start_server(data=tmp_path / "data") as first:
        key = first.client("kms").create_key()["KeyMetadata"]["KeyId"]
        blob = first.client("kms").encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
    assert stat.S_IMODE(os.stat(tmp_path / "data" / "kms-keys.json").st_mode) == 0o600
    with start_server(data=tmp_path / "data") as second:
        assert second.client("kms").decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"
