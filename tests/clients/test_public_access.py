"""What everyone may do with a bucket: bucket policies, ACLs and the four settings of its public access block."""
import json

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

OPEN = {name: False for name in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")}
DENIED = ("AccessDenied", "Access Denied")


@pytest.fixture
def s3(server):
    return server.client("s3")


@pytest.fixture
def stranger(server):
    """A client without keys."""
    config = Config(signature_version=UNSIGNED, retries={"max_attempts": 0})
    return boto3.client("s3", endpoint_url=server.endpoint, region_name="us-east-1", config=config)


@pytest.fixture
def bucket(s3, unique):
    s3.create_bucket(Bucket=unique)
    s3.put_object(Bucket=unique, Key="a", Body=b"a")
    return unique


def refused(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def policy(bucket, action="s3:GetObject", resource="/*", **more):
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": f"arn:aws:s3:::{bucket}{resource}", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def set_block(s3, bucket, **settings):
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=OPEN | settings)


def allow_acls(s3, bucket):
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})


def test_a_stranger_may_do_nothing_with_a_new_bucket(stranger, bucket):
    for call, parameters in ((stranger.get_object, {"Key": "a"}), (stranger.list_objects_v2, {}), (stranger.put_object, {"Key": "b", "Body": b"b"}),
                             (stranger.delete_object, {"Key": "a"}), (stranger.delete_bucket, {})):  # fmt: skip
        assert refused(call, Bucket=bucket, **parameters) == DENIED
    assert refused(stranger.list_buckets)[0] == "AccessDenied"
    assert refused(stranger.create_bucket, Bucket=bucket + "-2")[0] == "AccessDenied"


def test_a_policy_for_everyone_is_one_for_strangers(s3, stranger, bucket):
    set_block(s3, bucket)
    s3.put_object(Bucket=bucket, Key="secret", Body=b"s")
    both = json.loads(policy(bucket))
    both["Statement"].append({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/secret"})
    put = s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(both))
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert stranger.get_object(Bucket=bucket, Key="a")["Body"].read() == b"a"
    assert refused(stranger.get_object, Bucket=bucket, Key="secret") == DENIED
    assert refused(stranger.list_objects_v2, Bucket=bucket) == DENIED
    assert refused(stranger.put_object, Bucket=bucket, Key="a", Body=b"b") == DENIED
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, ["s3:PutObject", "s3:*BucketPolicy"], ""))
    assert refused(stranger.get_bucket_policy, Bucket=bucket) == DENIED  # whatever the policy says
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, "s3:PutObject"))
    stranger.put_object(Bucket=bucket, Key="b" * 10, Body=b"b" * 3_000_000)
    assert s3.get_object(Bucket=bucket, Key="b" * 10)["ContentLength"] == 3_000_000


def test_a_stranger_may_not_use_a_kms_key(s3, stranger, bucket):
    set_block(s3, bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket))
    s3.put_object(Bucket=bucket, Key="sealed", Body=b"s", ServerSideEncryption="aws:kms")
    assert refused(stranger.get_object, Bucket=bucket, Key="sealed") == DENIED


def test_restrict_public_buckets_keeps_a_public_policy_from_strangers(s3, stranger, bucket):
    set_block(s3, bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket))
    set_block(s3, bucket, RestrictPublicBuckets=True)
    assert refused(stranger.get_object, Bucket=bucket, Key="a") == DENIED
    s3.get_object(Bucket=bucket, Key="a")
    narrow = policy(bucket, Condition={"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}})
    s3.put_bucket_policy(Bucket=bucket, Policy=narrow)  # not public
    stranger.get_object(Bucket=bucket, Key="a")


def test_block_public_policy_is_on_for_a_new_bucket(s3, server, bucket):
    code, message = refused(s3.put_bucket_policy, Bucket=bucket, Policy=policy(bucket))
    assert code == "AccessDenied"
    assert message.endswith(f'is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::{bucket}" because public policies are '
                            "blocked by the BlockPublicPolicy block public access setting.")  # fmt: skip
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, Condition={"StringEquals": {"aws:PrincipalAccount": "123456789012"}}))


@pytest.mark.parametrize("condition, public", [
    (None, True),
    ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, False),
    ({"IpAddress": {"aws:SourceIp": "192.0.0.0/7"}}, True),
    ({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, True),
    ({"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}, False),
    ({"StringLike": {"aws:SourceVpc": "vpc-*"}}, True),
    ({"StringEquals": {"aws:Referer": "example"}}, True),
    ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/one"}}, False)])  # fmt: skip
def test_policy_status_follows_the_meaning_of_public(s3, bucket, condition, public):
    set_block(s3, bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, **({"Condition": condition} if condition else {})))
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is public


def test_acls_give_to_everyone_what_they_say(s3, stranger, bucket):
    set_block(s3, bucket)
    allow_acls(s3, bucket)
    s3.put_object(Bucket=bucket, Key="public", Body=b"p", ACL="public-read")
    s3.put_object(Bucket=bucket, Key="known", Body=b"k", ACL="authenticated-read")
    assert stranger.get_object(Bucket=bucket, Key="public")["Body"].read() == b"p"
    assert refused(stranger.get_object, Bucket=bucket, Key="known") == DENIED
    assert refused(stranger.list_objects_v2, Bucket=bucket) == DENIED
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read-write")
    stranger.list_objects_v2(Bucket=bucket)
    stranger.put_object(Bucket=bucket, Key="theirs", Body=b"t")
    s3.put_object_acl(Bucket=bucket, Key="public", ACL="private")
    assert refused(stranger.get_object, Bucket=bucket, Key="public") == DENIED
    assert refused(stranger.get_bucket_acl, Bucket=bucket) == DENIED


def test_that_something_is_not_there_is_told_to_who_may_list(s3, server, stranger, bucket):
    set_block(s3, bucket)
    allow_acls(s3, bucket)
    assert refused(stranger.get_object, Bucket=bucket, Key="none")[0] == "AccessDenied"
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    assert refused(stranger.get_object, Bucket=bucket, Key="none")[0] == "NoSuchKey"
    assert refused(s3.put_bucket_ownership_controls, Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})[0] == (
        "InvalidBucketAclWithObjectOwnership")
    assert refused(stranger.get_object, Bucket=bucket + "-none", Key="a")[0] == "NoSuchBucket"
    # With permissions of IAM it is the same.
    iam = server.client("iam")
    iam.create_user(UserName=bucket)
    key = iam.create_access_key(UserName=bucket)["AccessKey"]
    reader = server.client("s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    for actions, code in ((["s3:GetObject"], "AccessDenied"), (["s3:GetObject", "s3:ListBucket"], "NoSuchKey")):
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
        iam.put_user_policy(UserName=bucket, PolicyName="own", PolicyDocument=json.dumps(document))
        assert refused(reader.get_object, Bucket=bucket, Key="none")[0] == code
    assert refused(stranger.get_object, Bucket=bucket, Key="none") == DENIED


def test_acls_for_everyone_are_ignored_or_blocked(s3, stranger, bucket):
    set_block(s3, bucket)
    allow_acls(s3, bucket)
    s3.put_object(Bucket=bucket, Key="public", Body=b"p", ACL="public-read")
    set_block(s3, bucket, IgnorePublicAcls=True)
    assert refused(stranger.get_object, Bucket=bucket, Key="public") == DENIED
    set_block(s3, bucket, BlockPublicAcls=True)
    stranger.get_object(Bucket=bucket, Key="public")  # what is there stays
    for call, parameters in ((s3.put_object, {"Key": "b", "Body": b""}), (s3.put_object_acl, {"Key": "public"}), (s3.put_bucket_acl, {})):
        assert refused(call, Bucket=bucket, ACL="public-read", **parameters)[0] == "AccessDenied"
        call(Bucket=bucket, ACL="private", **parameters)
    assert refused(s3.create_bucket, Bucket=bucket + "-2", ACL="public-read", ObjectOwnership="ObjectWriter")[0] == (
        "InvalidBucketAclWithBlockPublicAccessError")


def test_a_presigned_link_is_its_signers(s3, stranger, server, bucket):
    import urllib.error
    import urllib.request

    link = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a"})
    assert urllib.request.urlopen(link).read() == b"a"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(link[:-4] + "0000")
    assert caught.value.code == 403


@pytest.mark.parametrize("mode", ["log", "off"])
def test_strangers_are_refused_however_iam_is_enforced(start_server, mode):
    with start_server(arguments=("--iam", mode)) as server:
        server.client("s3").create_bucket(Bucket="bucket")
        config = Config(signature_version=UNSIGNED, retries={"max_attempts": 0})
        stranger = boto3.client("s3", endpoint_url=server.endpoint, region_name="us-east-1", config=config)
        assert refused(stranger.put_object, Bucket="bucket", Key="a", Body=b"a") == DENIED
        assert refused(stranger.list_objects_v2, Bucket="bucket") == DENIED
