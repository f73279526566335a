"""S3 with real clients: boto3 and the AWS CLI, and a few requests by hand for what they do not send."""
import json
import base64
import binascii
import concurrent.futures
import datetime
import hashlib
import http.client
import os
import random
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

MIB = 1 << 20


@pytest.fixture(scope="module")
def s3(server):
    return server.client("s3")


@pytest.fixture
def bucket(s3, unique):
    s3.create_bucket(Bucket=unique)
    return unique


def code_of(call, **arguments):
    """The error code of a call that must fail, and its HTTP status."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def body_of(response):
    return response["Body"].read()


def keys_of(page):
    return [entry["Key"] for entry in page.get("Contents", [])]


def put_all(s3, bucket, keys):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=b"x"), keys))


# ---- buckets


def test_bucket_life(s3, unique):
    assert code_of(s3.head_bucket, Bucket=unique) == ("404", 404)
    assert s3.create_bucket(Bucket=unique)["Location"] == f"/{unique}"
    assert s3.create_bucket(Bucket=unique)["ResponseMetadata"]["HTTPStatusCode"] == 200  # us-east-1 forgives
    assert s3.head_bucket(Bucket=unique)["BucketRegion"] == "us-east-1"
    assert unique in [entry["Name"] for entry in s3.list_buckets()["Buckets"]]
    assert s3.get_bucket_location(Bucket=unique)["LocationConstraint"] is None
    s3.put_object(Bucket=unique, Key="k", Body=b"1")
    assert code_of(s3.delete_bucket, Bucket=unique) == ("BucketNotEmpty", 409)
    s3.delete_object(Bucket=unique, Key="k")
    s3.delete_bucket(Bucket=unique)
    assert code_of(s3.delete_bucket, Bucket=unique) == ("NoSuchBucket", 404)


def test_bucket_regions(server, unique):
    west = server.client("s3", region_name="eu-west-1")
    assert code_of(west.create_bucket, Bucket=unique) == ("IllegalLocationConstraintException", 400)
    configuration = {"LocationConstraint": "eu-west-1"}
    west.create_bucket(Bucket=unique, CreateBucketConfiguration=configuration)
    again = code_of(west.create_bucket, Bucket=unique, CreateBucketConfiguration=configuration)
    assert again == ("BucketAlreadyOwnedByYou", 409)
    assert west.get_bucket_location(Bucket=unique)["LocationConstraint"] == "eu-west-1"


def test_bucket_names(server):
    for name in ["ab", "Upper", "under_score", "a..b", "-ab", "192.168.1.1", "x" * 64, "xn--abc", "abc-s3alias"]:
        request = urllib.parse.quote(name)
        assert raw(server, "PUT", f"/{request}")[0:2] == (400, "InvalidBucketName"), name


def test_bucket_configuration(s3, bucket):
    absent = {
        s3.get_bucket_tagging: "NoSuchTagSet",
        s3.get_bucket_policy: "NoSuchBucketPolicy",
        s3.get_bucket_cors: "NoSuchCORSConfiguration",
        s3.get_bucket_lifecycle_configuration: "NoSuchLifecycleConfiguration",
        s3.get_bucket_website: "NoSuchWebsiteConfiguration",
        s3.get_bucket_replication: "ReplicationConfigurationNotFoundError",
        s3.get_object_lock_configuration: "ObjectLockConfigurationNotFoundError",
    }
    for call, code in absent.items():
        assert code_of(call, Bucket=bucket) == (code, 404)
    tags = [{"Key": "team", "Value": "ml ops"}]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags
    s3.delete_bucket_tagging(Bucket=bucket)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/secret/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == policy
    assert code_of(s3.put_bucket_policy, Bucket=bucket, Policy="no JSON") == ("MalformedPolicy", 400)
    rules = [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAgeSeconds": 5}]
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == rules
    lifecycle = [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 3}}]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": lifecycle})
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == lifecycle
    block = {"BlockPublicAcls": True, "IgnorePublicAcls": False, "BlockPublicPolicy": True, "RestrictPublicBuckets": False}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == block
    assert s3.get_bucket_acl(Bucket=bucket)["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert code_of(s3.put_bucket_acl, Bucket=bucket, ACL="public-read") == ("AccessControlListNotSupported", 400)
    ownership = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=ownership)
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"] == ownership
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    assert len(s3.get_bucket_acl(Bucket=bucket)["Grants"]) == 2


def test_expected_bucket_owner(s3, bucket):
    s3.head_bucket(Bucket=bucket, ExpectedBucketOwner="123456789012")
    assert code_of(s3.head_bucket, Bucket=bucket, ExpectedBucketOwner="210987654321")[1] == 403
    denied = code_of(s3.put_object, Bucket=bucket, Key="k", Body=b"", ExpectedBucketOwner="210987654321")
    assert denied == ("AccessDenied", 403)


# ---- objects


@pytest.mark.parametrize("key", ["plain", "a b/c+d", "é/ü=1&2", "dots/../x", "/leading", "end/", "a//b", "k" * 1024, "%41"])
def test_keys(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert body_of(s3.get_object(Bucket=bucket, Key=key)) == key.encode()
    assert keys_of(s3.list_objects_v2(Bucket=bucket)) == [key]
    assert keys_of(s3.list_objects(Bucket=bucket)) == [key]
    s3.delete_object(Bucket=bucket, Key=key)
    assert code_of(s3.get_object, Bucket=bucket, Key=key) == ("NoSuchKey", 404)


def test_key_too_long(s3, bucket):
    assert code_of(s3.put_object, Bucket=bucket, Key="k" * 1025, Body=b"") == ("KeyTooLongError", 400)


def test_headers_and_metadata(s3, bucket):
    sent = dict(CacheControl="no-cache", ContentDisposition="attachment", ContentEncoding="gzip", ContentLanguage="de",
                ContentType="text/csv", Metadata={"origin": "census", "case": "Kept"}, StorageClass="STANDARD_IA",
                Tagging="a=1&b=x%20y")
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"hello", **sent)
    assert put["ETag"] == '"5d41402abc4b2a76b9719d911017c592"'
    for got in (s3.get_object(Bucket=bucket, Key="k"), s3.head_object(Bucket=bucket, Key="k")):
        for name in ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Metadata",
                     "StorageClass"):
            assert got[name] == sent[name], name
        assert got["ContentLength"] == 5 and got["ETag"] == put["ETag"] and got["AcceptRanges"] == "bytes"
    assert s3.get_object(Bucket=bucket, Key="k")["TagCount"] == 2
    overridden = s3.get_object(Bucket=bucket, Key="k", ResponseContentType="text/plain", ResponseCacheControl="max-age=1")
    assert (overridden["ContentType"], overridden["CacheControl"]) == ("text/plain", "max-age=1")
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    assert s3.get_object(Bucket=bucket, Key="k")["ContentType"] == "binary/octet-stream"
    assert code_of(s3.put_object, Bucket=bucket, Key="k", Metadata={"m": "x" * 2048}) == ("MetadataTooLarge", 400)
    assert code_of(s3.put_object, Bucket=bucket, Key="k", StorageClass="COLD")[0] == "InvalidStorageClass"


@pytest.mark.parametrize("size", [1_000, 300_000])
def test_ranges(s3, bucket, size):
    data = os.urandom(size)
    s3.put_object(Bucket=bucket, Key="k", Body=data)
    for text, expected in [("bytes=0-0", data[:1]), ("bytes=10-19", data[10:20]), ("bytes=990-", data[990:]),
                           ("bytes=-5", data[-5:]), (f"bytes=0-{size + 5}", data), (f"bytes=-{size + 5}", data)]:
        got = s3.get_object(Bucket=bucket, Key="k", Range=text)
        assert body_of(got) == expected, text
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert got["ContentRange"].endswith(f"/{size}")
    assert body_of(s3.get_object(Bucket=bucket, Key="k", Range="lines=1-2")) == data
    assert s3.head_object(Bucket=bucket, Key="k", Range="bytes=1-3")["ContentLength"] == 3
    for text in (f"bytes={size}-", "bytes=-0"):
        assert code_of(s3.get_object, Bucket=bucket, Key="k", Range=text) == ("InvalidRange", 416)


def test_conditional_reads(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    later, earlier = modified + datetime.timedelta(hours=1), modified - datetime.timedelta(hours=1)
    ask = dict(Bucket=bucket, Key="k")
    for good in [dict(IfMatch=etag), dict(IfNoneMatch='"other"'), dict(IfModifiedSince=earlier),
                 dict(IfUnmodifiedSince=later), dict(IfMatch=etag, IfUnmodifiedSince=earlier)]:
        assert body_of(s3.get_object(**ask, **good)) == b"1"
    for bad in [dict(IfMatch='"other"'), dict(IfUnmodifiedSince=earlier)]:
        assert code_of(s3.get_object, **ask, **bad) == ("PreconditionFailed", 412)
        assert code_of(s3.head_object, **ask, **bad) == ("412", 412)
    for same in [dict(IfNoneMatch=etag), dict(IfModifiedSince=modified)]:
        assert code_of(s3.get_object, **ask, **same) == ("304", 304)


def test_conditional_writes(s3, bucket):
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")
    assert code_of(s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*") == ("PreconditionFailed", 412)
    s3.put_object(Bucket=bucket, Key="k", Body=b"3", IfMatch=first["ETag"])
    assert code_of(s3.put_object, Bucket=bucket, Key="k", Body=b"4", IfMatch=first["ETag"]) == ("PreconditionFailed", 412)
    assert code_of(s3.put_object, Bucket=bucket, Key="new", Body=b"", IfMatch='"x"') == ("NoSuchKey", 404)
    assert body_of(s3.get_object(Bucket=bucket, Key="k")) == b"3"
    assert code_of(s3.delete_object, Bucket=bucket, Key="k", IfMatch='"x"') == ("PreconditionFailed", 412)
    s3.delete_object(Bucket=bucket, Key="k", IfMatch=s3.head_object(Bucket=bucket, Key="k")["ETag"])


def test_only_one_of_many_creators_wins(server, bucket):
    def create(number):
        try:
            server.client("s3").put_object(Bucket=bucket, Key="lock", Body=str(number).encode(), IfNoneMatch="*")
            return number
        except ClientError as error:
            assert error.response["Error"]["Code"] == "PreconditionFailed"

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(create, range(16)) if number is not None]
    assert len(winners) == 1
    assert body_of(server.client("s3").get_object(Bucket=bucket, Key="lock")) == str(winners[0]).encode()


def test_encryption_headers(server, s3, bucket):
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"")["ServerSideEncryption"] == "AES256"
    kms = s3.put_object(Bucket=bucket, Key="k", Body=b"", ServerSideEncryption="aws:kms")
    assert kms["SSEKMSKeyId"].startswith("arn:aws:kms:us-east-1:123456789012:")
    key = server.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"", ServerSideEncryption="aws:kms", SSEKMSKeyId=key, BucketKeyEnabled=True)
    head = s3.head_object(Bucket=bucket, Key="k")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"], head["BucketKeyEnabled"]) == ("aws:kms", key, True)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"")["SSEKMSKeyId"] == key
    s3.delete_bucket_encryption(Bucket=bucket)
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"")["ServerSideEncryption"] == "AES256"
    both = dict(ServerSideEncryption="AES256", SSECustomerAlgorithm="AES256", SSECustomerKey="0" * 32)
    assert code_of(s3.put_object, Bucket=bucket, Key="k", Body=b"", **both) == ("InvalidArgument", 400)


CHECKSUMS = {
    "CRC32": lambda data: binascii.crc32(data).to_bytes(4, "big"),
    "SHA1": lambda data: hashlib.sha1(data).digest(),
    "SHA256": lambda data: hashlib.sha256(data).digest(),
}


@pytest.mark.parametrize("size", [11, 200_000])
@pytest.mark.parametrize("algorithm", CHECKSUMS)
def test_checksums(s3, bucket, algorithm, size):
    data = os.urandom(size)
    value = base64.b64encode(CHECKSUMS[algorithm](data)).decode()
    wrong = base64.b64encode(CHECKSUMS[algorithm](data + b"!")).decode()
    member = f"Checksum{algorithm}"
    assert code_of(s3.put_object, Bucket=bucket, Key="k", Body=data, **{member: wrong}) == ("BadDigest", 400)
    assert s3.put_object(Bucket=bucket, Key="k", Body=data, **{member: value})[member] == value
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert body_of(got) == data  # boto3 compares it too
    assert (got[member], got["ChecksumType"]) == (value, "FULL_OBJECT")
    assert s3.put_object(Bucket=bucket, Key="k", Body=data, ChecksumAlgorithm=algorithm)[member] == value
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Checksum", "ObjectSize", "ETag"])
    assert attributes["Checksum"][member] == value and attributes["ObjectSize"] == size
    assert attributes["ETag"] == hashlib.md5(data).hexdigest()


def test_default_checksum_is_crc64nvme(server, bucket):
    plain = server.client("s3", config=Config(request_checksum_calculation="when_required"))
    assert plain.put_object(Bucket=bucket, Key="k", Body=b"hello")["ChecksumCRC64NVME"] == "M3eFcAZSQlc="
    head = plain.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert head["ChecksumCRC64NVME"] == "M3eFcAZSQlc="


def test_content_md5(s3, bucket):
    right = base64.b64encode(hashlib.md5(b"hello").digest()).decode()
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello", ContentMD5=right)
    assert code_of(s3.put_object, Bucket=bucket, Key="k", Body=b"hellO", ContentMD5=right) == ("BadDigest", 400)
    assert code_of(s3.put_object, Bucket=bucket, Key="k", Body=b"hello", ContentMD5="abc")[0] == "InvalidDigest"


def test_delete_many(s3, bucket):
    put_all(s3, bucket, [f"k{i}" for i in range(20)])
    objects = [{"Key": f"k{i}"} for i in range(15)] + [{"Key": "absent"}]
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert len(deleted["Deleted"]) == 16 and "Errors" not in deleted
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k15"}], "Quiet": True})
    assert "Deleted" not in quiet
    assert keys_of(s3.list_objects_v2(Bucket=bucket)) == ["k16", "k17", "k18", "k19"]
    too_many = [{"Key": str(i)} for i in range(1001)]
    assert code_of(s3.delete_objects, Bucket=bucket, Delete={"Objects": too_many}) == ("MalformedXML", 400)


def test_object_tags(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"", Tagging="a=1")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "a", "Value": "1"}]
    tags = [{"Key": f"t{i}", "Value": "é"} for i in range(10)]
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": tags})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags
    more = tags + [{"Key": "t10", "Value": ""}]
    assert code_of(s3.put_object_tagging, Bucket=bucket, Key="k", Tagging={"TagSet": more})[0] == "BadRequest"
    twice = [tags[0], tags[0]]
    assert code_of(s3.put_object_tagging, Bucket=bucket, Key="k", Tagging={"TagSet": twice})[0] == "InvalidTag"
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []


# ---- copies


def test_copy(s3, bucket, unique):
    key = "a b/é+1"
    s3.put_object(Bucket=bucket, Key=key, Body=b"data", ContentType="text/csv", Metadata={"m": "1"}, Tagging="t=1")
    source = {"Bucket": bucket, "Key": key}
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)
    assert copied["CopyObjectResult"]["ETag"] == s3.head_object(Bucket=bucket, Key=key)["ETag"]
    got = s3.get_object(Bucket=bucket, Key="copy")
    assert (body_of(got), got["ContentType"], got["Metadata"], got["TagCount"]) == (b"data", "text/csv", {"m": "1"}, 1)
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source, MetadataDirective="REPLACE", Metadata={"n": "2"},
                   TaggingDirective="REPLACE", Tagging="")
    got = s3.head_object(Bucket=bucket, Key="copy")
    assert got["Metadata"] == {"n": "2"} and got["ContentType"] == "binary/octet-stream" and "TagCount" not in got
    assert code_of(s3.copy_object, Bucket=bucket, Key=key, CopySource=source) == ("InvalidRequest", 400)
    s3.copy_object(Bucket=bucket, Key=key, CopySource=source, MetadataDirective="REPLACE", Metadata={"self": "yes"})
    assert body_of(s3.get_object(Bucket=bucket, Key=key)) == b"data"
    refused = code_of(s3.copy_object, Bucket=bucket, Key="c", CopySource=source, CopySourceIfMatch='"x"')
    assert refused == ("PreconditionFailed", 412)
    absent = {"Bucket": bucket, "Key": "absent"}
    assert code_of(s3.copy_object, Bucket=bucket, Key="c", CopySource=absent) == ("NoSuchKey", 404)
    s3.delete_object(Bucket=bucket, Key=key)
    assert body_of(s3.get_object(Bucket=bucket, Key="copy")) == b"data"


# ---- listings


def test_list_with_delimiter_and_pages(s3, bucket):
    keys = sorted(f"{folder}/{i}" for folder in ("a", "b b", "c+") for i in range(5)) + ["top1", "top2"]
    put_all(s3, bucket, keys)
    for lister, token in (("list_objects_v2", None), ("list_objects", None)):
        pages = list(s3.get_paginator(lister).paginate(Bucket=bucket, PaginationConfig={"PageSize": 3}))
        assert [key for page in pages for key in keys_of(page)] == sorted(keys)
        pages = list(s3.get_paginator(lister).paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 2}))
        assert [key for page in pages for key in keys_of(page)] == ["top1", "top2"]
        prefixes = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]
        assert prefixes == ["a/", "b b/", "c+/"]
    page = s3.list_objects_v2(Bucket=bucket, Prefix="b b/", StartAfter="b b/2", FetchOwner=True, MaxKeys=1)
    assert keys_of(page) == ["b b/3"] and page["IsTruncated"] and page["KeyCount"] == 1
    assert page["Contents"][0]["Owner"]["ID"]
    assert keys_of(s3.list_objects_v2(Bucket=bucket, MaxKeys=0)) == []
    assert code_of(s3.list_objects_v2, Bucket="no-such-bucket-at-all") == ("NoSuchBucket", 404)


# ---- versions


def test_versions(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"null")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    second = s3.put_object(Bucket=bucket, Key="k", Body=b"2")["VersionId"]
    assert body_of(s3.get_object(Bucket=bucket, Key="k", VersionId=first)) == b"1"
    assert body_of(s3.get_object(Bucket=bucket, Key="k", VersionId="null")) == b"null"
    assert s3.get_object(Bucket=bucket, Key="k")["VersionId"] == second
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert marker["DeleteMarker"]
    assert code_of(s3.get_object, Bucket=bucket, Key="k") == ("NoSuchKey", 404)
    assert code_of(s3.get_object, Bucket=bucket, Key="k", VersionId=marker["VersionId"]) == ("MethodNotAllowed", 405)
    assert code_of(s3.get_object, Bucket=bucket, Key="k", VersionId="x" * 32) == ("NoSuchVersion", 404)
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 1})
    listed = [(v["VersionId"], v["IsLatest"]) for page in pages for v in page.get("Versions", [])]
    assert listed == [(second, False), (first, False), ("null", False)]
    s3.copy_object(Bucket=bucket, Key="old", CopySource={"Bucket": bucket, "Key": "k", "VersionId": first})
    assert body_of(s3.get_object(Bucket=bucket, Key="old")) == b"1"
    s3.delete_object(Bucket=bucket, Key="k", VersionId=marker["VersionId"])
    assert body_of(s3.get_object(Bucket=bucket, Key="k")) == b"2"
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert "VersionId" not in s3.put_object(Bucket=bucket, Key="k", Body=b"null again")
    assert body_of(s3.get_object(Bucket=bucket, Key="k", VersionId="null")) == b"null again"
    objects = [{"Key": "k", "VersionId": version} for version in (first, second, "null")]
    assert len(s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})["Deleted"]) == 3
    assert code_of(s3.get_object, Bucket=bucket, Key="k") == ("NoSuchKey", 404)


# ---- multipart uploads


def upload_parts(s3, bucket, key, datas, **options):
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key, **options)["UploadId"]
    parts = []
    for number, data in enumerate(datas, 1):
        answer = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=data,
                                **({"ChecksumAlgorithm": options["ChecksumAlgorithm"]} if "ChecksumAlgorithm" in options else {}))
        checksum = {name: value for name, value in answer.items() if name.startswith("Checksum")}
        parts.append({"PartNumber": number, "ETag": answer["ETag"], **checksum})
    return upload, parts


def test_multipart(s3, bucket):
    datas = [os.urandom(5 * MIB), os.urandom(5 * MIB + 1), b"end"]
    upload, parts = upload_parts(s3, bucket, "big", datas, Metadata={"m": "1"}, ContentType="a/b")
    assert [entry["Key"] for entry in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["big"]
    listed = s3.list_parts(Bucket=bucket, Key="big", UploadId=upload, MaxParts=2)
    assert [part["Size"] for part in listed["Parts"]] == [len(datas[0]), len(datas[1])] and listed["IsTruncated"]

    def complete(chosen):
        return dict(Bucket=bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": chosen})

    assert code_of(s3.complete_multipart_upload, **complete(parts[::-1])) == ("InvalidPartOrder", 400)
    assert code_of(s3.complete_multipart_upload, **complete([{**parts[0], "ETag": '"x"'}])) == ("InvalidPart", 400)
    assert code_of(s3.complete_multipart_upload, **complete([parts[2], {**parts[1], "PartNumber": 4}]))[0] == "InvalidPart"
    done = s3.complete_multipart_upload(**complete(parts))
    md5s = b"".join(hashlib.md5(data).digest() for data in datas)
    assert done["ETag"] == f'"{hashlib.md5(md5s).hexdigest()}-3"'
    assert s3.complete_multipart_upload(**complete(parts))["ETag"] == done["ETag"]  # asked again after a lost answer
    got = s3.get_object(Bucket=bucket, Key="big")
    assert body_of(got) == b"".join(datas) and got["Metadata"] == {"m": "1"} and got["ContentType"] == "a/b"
    part = s3.get_object(Bucket=bucket, Key="big", PartNumber=2)
    assert body_of(part) == datas[1] and part["PartsCount"] == 3
    assert s3.get_object_attributes(Bucket=bucket, Key="big", ObjectAttributes=["ObjectParts"])["ObjectParts"][
        "TotalPartsCount"] == 3
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_multipart_small_parts_and_abort(s3, bucket):
    upload, parts = upload_parts(s3, bucket, "big", [b"too", b"small"])
    ask = dict(Bucket=bucket, Key="big", UploadId=upload)
    assert code_of(s3.complete_multipart_upload, **ask, MultipartUpload={"Parts": parts}) == ("EntityTooSmall", 400)
    s3.abort_multipart_upload(**ask)
    assert code_of(s3.list_parts, **ask) == ("NoSuchUpload", 404)
    assert code_of(s3.abort_multipart_upload, **ask) == ("NoSuchUpload", 404)
    assert code_of(s3.upload_part, **ask, PartNumber=10_001, Body=b"") == ("InvalidArgument", 400)


@pytest.mark.parametrize("algorithm, kind", [("CRC32", "COMPOSITE"), ("SHA256", "COMPOSITE"), ("CRC32", "FULL_OBJECT")])
def test_multipart_checksums(s3, bucket, algorithm, kind):
    datas = [os.urandom(5 * MIB), b"end"]
    upload, parts = upload_parts(s3, bucket, "big", datas, ChecksumAlgorithm=algorithm, ChecksumType=kind)
    done = s3.complete_multipart_upload(Bucket=bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": parts})
    compute = CHECKSUMS[algorithm]
    if kind == "FULL_OBJECT":
        expected = base64.b64encode(compute(b"".join(datas))).decode()
    else:
        expected = base64.b64encode(compute(b"".join(map(compute, datas)))).decode() + "-2"
    head = s3.head_object(Bucket=bucket, Key="big", ChecksumMode="ENABLED")
    for answer in (done, head):
        assert (answer[f"Checksum{algorithm}"], answer["ChecksumType"]) == (expected, kind)
    refused = code_of(s3.create_multipart_upload, Bucket=bucket, Key="k", ChecksumAlgorithm="SHA256",
                      ChecksumType="FULL_OBJECT")
    assert refused == ("InvalidRequest", 400)


def test_upload_part_copy_and_conditional_completion(s3, bucket):
    data = os.urandom(6 * MIB)
    s3.put_object(Bucket=bucket, Key="source", Body=data)
    source = {"Bucket": bucket, "Key": "source"}
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
    ask = dict(Bucket=bucket, Key="big", UploadId=upload)
    whole = s3.upload_part_copy(**ask, PartNumber=1, CopySource=source)["CopyPartResult"]
    part = s3.upload_part_copy(**ask, PartNumber=2, CopySource=source, CopySourceRange="bytes=10-19")["CopyPartResult"]
    assert whole["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
    assert part["ETag"] == f'"{hashlib.md5(data[10:20]).hexdigest()}"'
    beyond = f"bytes=0-{len(data)}"
    assert code_of(s3.upload_part_copy, **ask, PartNumber=3, CopySource=source, CopySourceRange=beyond)[0] == "InvalidRange"
    parts = {"Parts": [{"PartNumber": 1, "ETag": whole["ETag"]}, {"PartNumber": 2, "ETag": part["ETag"]}]}
    s3.put_object(Bucket=bucket, Key="big", Body=b"there already")
    refused = code_of(s3.complete_multipart_upload, **ask, MultipartUpload=parts, IfNoneMatch="*")
    assert refused == ("PreconditionFailed", 412)
    s3.complete_multipart_upload(**ask, MultipartUpload=parts)
    assert body_of(s3.get_object(Bucket=bucket, Key="big")) == data + data[10:20]


def test_upload_and_download_of_files(s3, bucket, tmp_path):
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(os.urandom(24 * MIB))
    s3.upload_file(str(source), bucket, "big", Config=TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB))
    assert s3.head_object(Bucket=bucket, Key="big")["ETag"].endswith('-3"')
    s3.download_file(bucket, "big", str(target))
    assert source.read_bytes() == target.read_bytes()


def test_objects_survive_a_kill(start_server, tmp_path):
    data = tmp_path / "data"
    large = os.urandom(3 * MIB)
    with start_server(data=data) as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="kept")
        s3.put_object(Bucket="kept", Key="small", Body=b"small")
        s3.put_object(Bucket="kept", Key="large", Body=large)
        server.stop(signal.SIGKILL)
    with start_server(data=data) as server:
        s3 = server.client("s3")
        assert body_of(s3.get_object(Bucket="kept", Key="small")) == b"small"
        assert body_of(s3.get_object(Bucket="kept", Key="large")) == large


def put_until_it_dies(server, number, acknowledged):
    """Puts objects of all kinds and notes what the server said it has."""
    s3 = server.client("s3")
    for count in range(10_000):
        key = f"{number}/{count % 7}"  # overwritten again and again
        data = f"{number} {count} ".encode() * (1 if count % 3 else 20_000)
        try:
            if count % 5 == 4:
                upload, parts = upload_parts(s3, "kept", key, [data])
                s3.complete_multipart_upload(Bucket="kept", Key=key, UploadId=upload, MultipartUpload={"Parts": parts})
            else:
                s3.put_object(Bucket="kept", Key=key, Body=data)
        except (ClientError, BotoCoreError):
            acknowledged[key] = (acknowledged.get(key, [b""])[-1:]) + [data]  # either may be there
            return
        acknowledged[key] = [data]


def test_acknowledged_objects_survive_kills_under_load(start_server, tmp_path):
    data, acknowledged, chance = tmp_path / "data", {}, random.Random(5)
    for _ in range(6):
        with start_server(data=data) as server, concurrent.futures.ThreadPoolExecutor(4) as pool:
            server.client("s3").create_bucket(Bucket="kept")
            writers = [pool.submit(put_until_it_dies, server, number, acknowledged) for number in range(4)]
            concurrent.futures.wait(writers, timeout=chance.uniform(0.3, 1.5))
            server.stop(signal.SIGKILL)
    with start_server(data=data) as server:
        s3 = server.client("s3")
        for key, possible in acknowledged.items():
            got = body_of(s3.get_object(Bucket="kept", Key=key)) if possible[0] else None
            assert got is None or got in possible, key
        doctor = server.run("doctor", "--data", data)
        assert doctor.returncode == 0, doctor.stdout + doctor.stderr


# ---- the wire


def raw(server, method, path, headers=None, body=b"", host=None, payload_hash=None):
    """A hand-made signed request: (status, error code or body, headers)."""
    address = urllib.parse.urlsplit(server.endpoint)
    credentials = botocore.credentials.Credentials(server.access_key, server.secret)
    url = f"http://{host or address.netloc}{path}"
    request = botocore.awsrequest.AWSRequest(method, url, headers=dict(headers or {}), data=body)
    if payload_hash:
        request.headers["X-Amz-Content-SHA256"] = payload_hash
    signer = botocore.auth.S3SigV4Auth(credentials, "s3", "us-east-1")
    if payload_hash:
        signer.payload = lambda _request: payload_hash
    signer.add_auth(request)
    connection = http.client.HTTPConnection(address.hostname, address.port)
    connection.request(method, path, body=body, headers={**dict(request.headers), "Host": host or address.netloc})
    answer = connection.getresponse()
    content = answer.read()
    code = content.split(b"<Code>")[1].split(b"</Code>")[0].decode() if b"<Code>" in content else content
    return answer.status, code, answer.headers


def test_unsigned_chunked_body_with_trailer(server, s3, bucket):
    data = b"hello, trailer" * 1000
    checksum = base64.b64encode(binascii.crc32(data).to_bytes(4, "big")).decode()
    for key, trailer, expected in [("good", checksum, 200), ("bad", "AAAAAA==", 400)]:
        body = f"{len(data):x}\r\n".encode() + data + f"\r\n0\r\nx-amz-checksum-crc32:{trailer}\r\n\r\n".encode()
        headers = {"Content-Encoding": "aws-chunked", "X-Amz-Decoded-Content-Length": str(len(data)),
                   "X-Amz-Trailer": "x-amz-checksum-crc32", "X-Amz-Sdk-Checksum-Algorithm": "CRC32"}
        status, _, _ = raw(server, "PUT", f"/{bucket}/{key}", headers, body, payload_hash="STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        assert status == expected
    got = s3.get_object(Bucket=bucket, Key="good", ChecksumMode="ENABLED")
    assert body_of(got) == data and got["ChecksumCRC32"] == checksum and "ContentEncoding" not in got
    assert code_of(s3.get_object, Bucket=bucket, Key="bad") == ("NoSuchKey", 404)


def test_virtual_host_style(server, s3, bucket):
    port = urllib.parse.urlsplit(server.endpoint).port
    host = f"{bucket}.s3.localhost:{port}"
    assert raw(server, "PUT", "/a/b", body=b"by host", host=host)[0] == 200
    assert body_of(s3.get_object(Bucket=bucket, Key="a/b")) == b"by host"
    status, content, _ = raw(server, "GET", "/?list-type=2", host=host)
    assert status == 200 and b"<Key>a/b</Key>" in content


def test_presigned_urls(server, s3, bucket):
    signer = server.client("s3", config=Config(signature_version="s3v4"))
    put = signer.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "a b"}, ExpiresIn=60)
    with urllib.request.urlopen(urllib.request.Request(put, data=b"presigned", method="PUT")) as answer:
        assert answer.status == 200
    get = signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b"}, ExpiresIn=60)
    with urllib.request.urlopen(get) as answer:
        assert answer.read() == b"presigned"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(get.replace("X-Amz-Signature=", "X-Amz-Signature=0"))
    assert caught.value.code == 403


def test_refusals(server, s3, bucket):
    wrong = server.client("s3", aws_secret_access_key="wrong")
    assert code_of(wrong.list_buckets) == ("SignatureDoesNotMatch", 403)
    unknown = server.client("s3", aws_access_key_id="AKIAUNKNOWN")
    assert code_of(unknown.list_buckets) == ("InvalidAccessKeyId", 403)
    not_served = code_of(s3.put_bucket_website, Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "i"}})
    assert not_served == ("NotImplemented", 501)
    assert raw(server, "PUT", f"/{bucket}/k", body=b"x", payload_hash="0" * 64)[0] == 400


def cli(server, *arguments, **options):
    aws = os.path.join(os.path.dirname(sys.executable), "aws")
    done = subprocess.run([aws, *arguments], env=server.environment(), capture_output=True, text=True, timeout=120, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_aws_cli(server, bucket, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "sub folder").mkdir(parents=True)
    (source / "a.txt").write_text("a")
    (source / "sub folder" / "é+b.bin").write_bytes(os.urandom(9 * MIB))
    for file in source.rglob("*"):  # S3 tells whole seconds: a file of this very second would look newer than its object
        os.utime(file, (1_700_000_000, 1_700_000_000))
    cli(server, "s3", "sync", str(source), f"s3://{bucket}/data")
    assert "é+b.bin" in cli(server, "s3", "ls", f"s3://{bucket}/data/", "--recursive")
    assert "PRE sub folder/" in cli(server, "s3", "ls", f"s3://{bucket}/data/")
    cli(server, "s3", "cp", f"s3://{bucket}/data", str(target), "--recursive")
    assert (target / "sub folder" / "é+b.bin").read_bytes() == (source / "sub folder" / "é+b.bin").read_bytes()
    assert cli(server, "s3", "sync", str(source), f"s3://{bucket}/data") == ""
    cli(server, "s3", "mv", f"s3://{bucket}/data/a.txt", f"s3://{bucket}/moved.txt")
    assert cli(server, "s3", "cp", f"s3://{bucket}/moved.txt", "-") == "a"
    cli(server, "s3", "rm", f"s3://{bucket}", "--recursive")
    assert cli(server, "s3", "ls", f"s3://{bucket}") == ""
    cli(server, "s3", "rb", f"s3://{bucket}")


# ---- times


def test_times_of_listings_are_those_of_the_objects(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    modified = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    assert s3.list_objects_v2(Bucket=bucket)["Contents"][0]["LastModified"] == modified
    assert s3.list_objects(Bucket=bucket)["Contents"][0]["LastModified"] == modified
    assert s3.list_object_versions(Bucket=bucket)["Versions"][0]["LastModified"] == modified
    assert s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/k")["CopyObjectResult"]["LastModified"].microsecond == 0
