"""What buckets do with objects besides keeping them: locks, lifecycle rules, CORS, forms, clients' own keys."""
import base64
import datetime
import hashlib
import json
import os
import time

import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

MIB = 1 << 20
DAY = datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def s3(server):
    return server.client("s3")


@pytest.fixture
def bucket(s3, unique):
    s3.create_bucket(Bucket=unique)
    return unique


def refused(call, **parameters):
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return error.value.response["Error"]["Code"], error.value.response["ResponseMetadata"]["HTTPStatusCode"]


def body(response):
    return response["Body"].read()


# ---- keys that the client keeps (SSE-C)

def customer(key, prefix=""):
    """Parameters of a client's own key; botocore adds its MD5."""
    return {f"{prefix}SSECustomerAlgorithm": "AES256", f"{prefix}SSECustomerKey": key}


@pytest.mark.parametrize("size", [0, 100, 3 * MIB])
def test_a_client_keeps_the_key(s3, bucket, size):
    key, other, content = os.urandom(32), os.urandom(32), os.urandom(size)
    put = s3.put_object(Bucket=bucket, Key="k", Body=content, **customer(key))
    assert (put["SSECustomerAlgorithm"], put["SSECustomerKeyMD5"]) == ("AES256", base64.b64encode(hashlib.md5(key).digest()).decode())
    assert "ServerSideEncryption" not in put
    assert body(s3.get_object(Bucket=bucket, Key="k", **customer(key))) == content
    assert s3.head_object(Bucket=bucket, Key="k", **customer(key))["ContentLength"] == size
    assert refused(s3.get_object, Bucket=bucket, Key="k") == ("InvalidRequest", 400)
    assert refused(s3.head_object, Bucket=bucket, Key="k") == ("400", 400)
    assert refused(s3.get_object, Bucket=bucket, Key="k", **customer(other)) == ("AccessDenied", 403)
    # A copy under another key, and one that needs none.
    source = {"Bucket": bucket, "Key": "k"}
    assert refused(s3.copy_object, Bucket=bucket, Key="copy", CopySource=source)[0] == "InvalidRequest"
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source, **customer(key, "CopySource"), **customer(other))
    assert body(s3.get_object(Bucket=bucket, Key="copy", **customer(other))) == content
    s3.copy_object(Bucket=bucket, Key="plain", CopySource=source, **customer(key, "CopySource"))
    assert body(s3.get_object(Bucket=bucket, Key="plain")) == content
    assert refused(s3.get_object, Bucket=bucket, Key="plain", **customer(key)) == ("InvalidRequest", 400)


def test_parts_under_a_clients_key(s3, bucket):
    key, part = os.urandom(32), os.urandom(5 * MIB)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", **customer(key))["UploadId"]
    of_part = dict(Bucket=bucket, Key="k", UploadId=upload, Body=part)
    assert refused(s3.upload_part, PartNumber=1, **of_part) == ("InvalidRequest", 400)
    assert refused(s3.upload_part, PartNumber=1, **of_part, **customer(os.urandom(32))) == ("InvalidRequest", 400)
    parts = [{"PartNumber": number, "ETag": s3.upload_part(PartNumber=number, **of_part, **customer(key))["ETag"]} for number in (1, 2)]
    whole = dict(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts})
    assert refused(s3.complete_multipart_upload, **whole, **customer(os.urandom(32))) == ("InvalidRequest", 400)
    s3.complete_multipart_upload(**whole)
    assert body(s3.get_object(Bucket=bucket, Key="k", **customer(key))) == part * 2
    assert refused(s3.get_object, Bucket=bucket, Key="k") == ("InvalidRequest", 400)


# ---- Object Lock

@pytest.fixture
def locked(s3, unique):
    s3.create_bucket(Bucket=unique, ObjectLockEnabledForBucket=True)
    return unique


def soon(days=1):
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + days * DAY


def test_a_retained_version_stays(s3, locked):
    version = s3.put_object(Bucket=locked, Key="k", Body=b"x", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=soon())["VersionId"]
    head = s3.head_object(Bucket=locked, Key="k")
    assert head["ObjectLockMode"] == "GOVERNANCE" and head["ObjectLockRetainUntilDate"] > datetime.datetime.now(datetime.timezone.utc)
    assert s3.delete_object(Bucket=locked, Key="k")["DeleteMarker"] is True  # a marker hides it; the version stays
    assert refused(s3.delete_object, Bucket=locked, Key="k", VersionId=version) == ("AccessDenied", 403)
    many = s3.delete_objects(Bucket=locked, Delete={"Objects": [{"Key": "k", "VersionId": version}]})
    assert [error["Code"] for error in many["Errors"]] == ["AccessDenied"]
    shorter = {"Mode": "GOVERNANCE", "RetainUntilDate": soon() - DAY / 2}
    assert refused(s3.put_object_retention, Bucket=locked, Key="k", VersionId=version, Retention=shorter) == ("AccessDenied", 403)
    s3.put_object_retention(Bucket=locked, Key="k", VersionId=version, Retention=shorter, BypassGovernanceRetention=True)
    stronger = {"Mode": "COMPLIANCE", "RetainUntilDate": soon(2)}
    assert refused(s3.put_object_retention, Bucket=locked, Key="k", VersionId=version, Retention=stronger) == ("AccessDenied", 403)
    s3.put_object_retention(Bucket=locked, Key="k", VersionId=version, Retention=stronger, BypassGovernanceRetention=True)
    assert refused(s3.delete_object, Bucket=locked, Key="k", VersionId=version, BypassGovernanceRetention=True)[0] == "AccessDenied"


def test_a_legal_hold(s3, locked):
    version = s3.put_object(Bucket=locked, Key="k", Body=b"x")["VersionId"]
    assert refused(s3.get_object_legal_hold, Bucket=locked, Key="k") == ("NoSuchObjectLockConfiguration", 404)
    s3.put_object_legal_hold(Bucket=locked, Key="k", LegalHold={"Status": "ON"})
    assert refused(s3.delete_object, Bucket=locked, Key="k", VersionId=version) == ("AccessDenied", 403)
    s3.put_object_legal_hold(Bucket=locked, Key="k", LegalHold={"Status": "OFF"})
    assert s3.get_object_legal_hold(Bucket=locked, Key="k")["LegalHold"] == {"Status": "OFF"}
    s3.delete_object(Bucket=locked, Key="k", VersionId=version)
    s3.create_bucket(Bucket=f"{locked}-free")
    assert refused(s3.put_object_legal_hold, Bucket=f"{locked}-free", Key="k", LegalHold={"Status": "ON"}) == ("InvalidRequest", 400)


def test_the_default_retention_of_a_bucket(s3, locked):
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 3}}
    s3.put_object_lock_configuration(Bucket=locked, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule})
    assert s3.get_object_lock_configuration(Bucket=locked)["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled", "Rule": rule}
    s3.put_object(Bucket=locked, Key="k", Body=b"x")
    retention = s3.get_object_retention(Bucket=locked, Key="k")["Retention"]
    assert retention["Mode"] == "GOVERNANCE" and soon(2) < retention["RetainUntilDate"] < soon(4)
    assert refused(s3.put_bucket_versioning, Bucket=locked, VersioningConfiguration={"Status": "Suspended"}) == ("InvalidBucketState", 409)


# ---- lifecycle

def keys(s3, bucket):
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_objects_expire_by_the_clock(start_server):
    with start_server(clock="virtual") as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="bbb")
        for key in ("logs/a", "logs/b", "kept"):
            s3.put_object(Bucket="bbb", Key=key, Body=b"x")
        upload = s3.create_multipart_upload(Bucket="bbb", Key="logs/half")["UploadId"]
        s3.create_bucket(Bucket="versions")
        s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
        first = s3.put_object(Bucket="versions", Key="k", Body=b"1")["VersionId"]
        second = s3.put_object(Bucket="versions", Key="k", Body=b"2")["VersionId"]
        s3.put_bucket_lifecycle_configuration(Bucket="versions", LifecycleConfiguration={"Rules": [
            {"ID": "old", "Status": "Enabled", "Filter": {}, "NoncurrentVersionExpiration": {"NoncurrentDays": 2},
             "Transitions": [{"Days": 5, "StorageClass": "GLACIER"}]}]})
        s3.put_bucket_lifecycle_configuration(Bucket="bbb", LifecycleConfiguration={"Rules": [
            {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 3},
             "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}]})
        deadline = time.monotonic() + 30
        while keys(s3, "bbb") != ["kept"] or s3.head_object(Bucket="versions", Key="k").get("StorageClass") != "GLACIER":
            assert time.monotonic() < deadline, keys(s3, "bbb")
            time.sleep(0.05)
        assert refused(s3.list_parts, Bucket="bbb", Key="logs/half", UploadId=upload)[0] == "NoSuchUpload"
        versions = [entry["VersionId"] for entry in s3.list_object_versions(Bucket="versions")["Versions"]]
        assert versions == [second] and first not in versions


def test_the_expiration_is_told(s3, bucket):
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [
        {"ID": "a rule", "Status": "Enabled", "Filter": {"Prefix": "x"}, "Expiration": {"Days": 3}}]})
    put = s3.put_object(Bucket=bucket, Key="x1", Body=b"")
    assert put["Expiration"].startswith('expiry-date="') and put["Expiration"].endswith(' 00:00:00 GMT", rule-id="a%20rule"')
    assert s3.head_object(Bucket=bucket, Key="x1")["Expiration"] == put["Expiration"]
    assert "Expiration" not in s3.put_object(Bucket=bucket, Key="y1", Body=b"")
    rules = [{"Status": "Enabled", "Filter": {}, "Expiration": {"Days": 0}}]
    assert refused(s3.put_bucket_lifecycle_configuration, Bucket=bucket, LifecycleConfiguration={"Rules": rules}) == ("InvalidArgument", 400)


# ---- CORS

def test_a_preflight_is_answered(server, s3, bucket):
    url = f"{server.endpoint}/{bucket}/k"
    ask = lambda **headers: requests.options(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    assert ask(Origin="http://a.example", Access_Control_Request_Method="GET").status_code == 403
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [
        {"AllowedOrigins": ["http://*.example"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["x-amz-*"],
         "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 60}]})
    answer = ask(Origin="http://a.example", Access_Control_Request_Method="PUT", Access_Control_Request_Headers="x-amz-meta-a")
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "http://a.example"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, PUT"
    assert answer.headers["Access-Control-Allow-Headers"] == "x-amz-meta-a"
    assert (answer.headers["Access-Control-Expose-Headers"], answer.headers["Access-Control-Max-Age"]) == ("ETag", "60")
    assert ask(Origin="http://a.elsewhere", Access_Control_Request_Method="GET").status_code == 403
    assert ask(Origin="http://a.example", Access_Control_Request_Method="DELETE").status_code == 403
    assert ask(Origin="http://a.example", Access_Control_Request_Method="GET", Access_Control_Request_Headers="other").status_code == 403
    # The answer to the request itself tells it, too; and to no other origin.
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    signed = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    assert requests.get(signed, headers={"Origin": "http://a.example"}).headers["Access-Control-Allow-Origin"] == "http://a.example"
    assert "Access-Control-Allow-Origin" not in requests.get(signed, headers={"Origin": "http://a.elsewhere"}).headers


# ---- forms

def post(s3, bucket, key, content, fields=None, conditions=None, change=None, **more):
    form = s3.generate_presigned_post(bucket, key, Fields=fields, Conditions=conditions, **more)
    return requests.post(form["url"], data=form["fields"] | (change or {}), files={"file": ("photo.jpg", content)}, allow_redirects=False)


def test_a_form_uploads(s3, bucket):
    answer = post(s3, bucket, "in/${filename}", b"\xff\xd8 a photo\r\n--", fields={"x-amz-meta-who": "me", "Content-Type": "image/jpeg"},
                  conditions=[{"x-amz-meta-who": "me"}, ["starts-with", "$Content-Type", "image/"]])
    assert answer.status_code == 204, answer.text
    got = s3.get_object(Bucket=bucket, Key="in/photo.jpg")
    assert (body(got), got["ContentType"], got["Metadata"]) == (b"\xff\xd8 a photo\r\n--", "image/jpeg", {"who": "me"})
    answer = post(s3, bucket, "k", b"x", fields={"success_action_status": "201"}, conditions=[{"success_action_status": "201"}])
    assert answer.status_code == 201 and f"<Bucket>{bucket}</Bucket><Key>k</Key>" in answer.text
    answer = post(s3, bucket, "k", b"x" * (2 * MIB), fields={"success_action_redirect": "http://a.example/done"},
                  conditions=[{"success_action_redirect": "http://a.example/done"}])
    assert answer.status_code == 303 and answer.headers["Location"].startswith(f"http://a.example/done?bucket={bucket}&key=k&etag=")


@pytest.mark.parametrize("version", ["s3", "s3v4"])  # of the signature
def test_a_form_keeps_to_its_policy(server, bucket, version):
    s3 = server.client("s3", config=Config(signature_version=version))
    signature = "signature" if version == "s3" else "x-amz-signature"
    code = lambda answer: (answer.status_code, answer.text.split("<Code>")[1].split("</Code>")[0])
    assert code(post(s3, bucket, "k", b"x", change={"key": "other"})) == (403, "AccessDenied")
    assert code(post(s3, bucket, "k", b"x", change={"x-amz-meta-more": "1"})) == (403, "AccessDenied")
    assert code(post(s3, bucket, "k", b"12345", conditions=[["content-length-range", 1, 4]])) == (400, "EntityTooLarge")
    assert code(post(s3, bucket, "k", b"1", conditions=[["content-length-range", 2, 4]])) == (400, "EntityTooSmall")
    assert code(post(s3, bucket, "k", b"x", ExpiresIn=-5)) == (403, "AccessDenied")
    assert code(post(s3, bucket, "k", b"x", change={signature: "0" * 64})) == (403, "SignatureDoesNotMatch")
    unsigned = requests.post(s3.generate_presigned_post(bucket, "k")["url"], data={"key": "k"}, files={"file": b"x"})
    assert code(unsigned) == (403, "AccessDenied")


# ---- small print

def test_a_part_is_read_with_its_checksum(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")["UploadId"]
    parts = []
    for number, size in ((1, 5 * MIB), (2, 10)):
        made = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=os.urandom(size), ChecksumAlgorithm="CRC32")
        parts.append({"PartNumber": number, "ETag": made["ETag"], "ChecksumCRC32": made["ChecksumCRC32"]})
    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts}, ChecksumType="FULL_OBJECT")
    for part in parts:
        got = s3.get_object(Bucket=bucket, Key="k", PartNumber=part["PartNumber"], ChecksumMode="ENABLED")
        assert (got["ChecksumCRC32"], got["ChecksumType"], got["PartsCount"]) == (part["ChecksumCRC32"], "FULL_OBJECT", 2)
