"""Encryption at rest: objects of SSE-KMS on the disk, under ranges, parts and copies, with keys that are switched off."""
import http.client
import os
import shutil
import time
import urllib.parse
import uuid

import pytest
from botocore.exceptions import ClientError

from conftest import ROLE

MIB = 1 << 20
SECRET = b"the plain text of a secret, repeated so that it is found. "


@pytest.fixture(scope="module")
def s3(server):
    return server.client("s3")


@pytest.fixture
def bucket(s3, unique):
    s3.create_bucket(Bucket=unique)
    return unique


@pytest.fixture
def key(server):
    return server.client("kms").create_key()["KeyMetadata"]


def refused(call, **parameters):
    """Code and message of the error."""
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def body(response):
    return response["Body"].read()


def files_with(folder, text):
    """The files below the folder in which the text is found."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and path.stat().st_size and text in path.read_bytes():
            found.append(str(path.relative_to(folder)))
    return found


def test_the_plain_text_is_not_on_the_disk(start_server, tmp_path):
    marker = uuid.uuid4().hex.encode()
    with start_server(data=tmp_path / "data") as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="vault")
        for name, encryption in (("plain", {}), ("sealed", {"ServerSideEncryption": "aws:kms"})):
            for size in (100, 3 * MIB):
                content = (marker + b"-" + name.encode() + b" ") * (size // 40)
                s3.put_object(Bucket="vault", Key=f"{name}/{size}", Body=content, **encryption)
                assert body(s3.get_object(Bucket="vault", Key=f"{name}/{size}")) == content
        # Multipart, and a copy of what was plain.
        upload = s3.create_multipart_upload(Bucket="vault", Key="sealed/parts", ServerSideEncryption="aws:kms")["UploadId"]
        part = (marker + b"-sealed ") * (5 * MIB // 40 + 1)
        parts = [{"PartNumber": number, "ETag": s3.upload_part(Bucket="vault", Key="sealed/parts", UploadId=upload, PartNumber=number,
                                                               Body=part)["ETag"]} for number in (1, 2)]
        s3.complete_multipart_upload(Bucket="vault", Key="sealed/parts", UploadId=upload, MultipartUpload={"Parts": parts})
        assert body(s3.get_object(Bucket="vault", Key="sealed/parts")) == part * 2
    # The disk shows what is stored plainly, and nothing of what is encrypted.
    assert files_with(tmp_path / "data", marker + b"-plain")
    assert files_with(tmp_path / "data", marker + b"-sealed") == []
    with start_server(data=tmp_path / "data") as server:
        assert body(server.client("s3").get_object(Bucket="vault", Key="sealed/parts")) == part * 2


@pytest.mark.parametrize("asked_by", ["header", "bucket", "upload"])
def test_the_plain_text_is_not_on_the_disk_while_it_arrives(start_server, tmp_path, asked_by):
    marker = uuid.uuid4().hex.encode()
    content = marker * (8 * MIB // len(marker))
    with start_server(data=tmp_path / "data") as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="vault")
        encryption = {"ServerSideEncryption": "aws:kms"}
        place = {"Bucket": "vault", "Key": "large"}
        call, headers = "put_object", {}
        if asked_by == "bucket":
            rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
            s3.put_bucket_encryption(Bucket="vault", ServerSideEncryptionConfiguration={"Rules": [rule]})
        elif asked_by == "upload":
            call = "upload_part"
            place |= {"UploadId": s3.create_multipart_upload(**place, **encryption)["UploadId"], "PartNumber": 1}
        else:
            place |= encryption
            headers = {"x-amz-server-side-encryption": "aws:kms"}
        url = urllib.parse.urlsplit(s3.generate_presigned_url(call, Params=place))
        connection = http.client.HTTPConnection(url.netloc)
        connection.putrequest("PUT", f"{url.path}?{url.query}")
        for name, value in (headers | {"Content-Length": str(len(content))}).items():
            connection.putheader(name, value)
        connection.endheaders(content[: 6 * MIB])
        spool = tmp_path / "data" / "spool"
        deadline = time.monotonic() + 60
        while sum(path.stat().st_size for path in spool.iterdir()) < 4 * MIB:
            assert time.monotonic() < deadline
        assert files_with(tmp_path / "data", marker) == []
        connection.send(content[6 * MIB :])
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        assert files_with(tmp_path / "data", marker) == [] and list(spool.iterdir()) == []
        if asked_by == "upload":
            part = {"PartNumber": 1, "ETag": answer.headers["ETag"]}
            s3.complete_multipart_upload(Bucket="vault", Key="large", UploadId=place["UploadId"], MultipartUpload={"Parts": [part]})
        assert body(s3.get_object(Bucket="vault", Key="large")) == content
        assert files_with(tmp_path / "data", marker) == []


def test_sse_s3_is_encrypted_on_the_disk_when_it_is_asked_for(start_server, tmp_path):
    """By the object's header, its bucket's default, or for all objects by `serve --encrypt-at-rest`; no call of KMS reaches the key."""
    marker = uuid.uuid4().hex.encode()
    data = tmp_path / "data"

    def put(s3, bucket, name, **asked):
        for size in (100, 300_000):
            content = (marker + b"-" + name.encode() + b" ") * (size // 40)
            put = s3.put_object(Bucket=bucket, Key=f"{name}/{size}", Body=content, **asked)
            got = s3.get_object(Bucket=bucket, Key=f"{name}/{size}", Range="bytes=10-19")
            assert (put["ServerSideEncryption"], got["ServerSideEncryption"], body(got)) == ("AES256", "AES256", content[10:20])
        upload = s3.create_multipart_upload(Bucket=bucket, Key=f"{name}/parts", **asked)["UploadId"]
        part = s3.upload_part(Bucket=bucket, Key=f"{name}/parts", UploadId=upload, PartNumber=1, Body=marker + b"-" + name.encode())
        s3.complete_multipart_upload(Bucket=bucket, Key=f"{name}/parts", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})

    with start_server(data=data) as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="default")
        s3.create_bucket(Bucket="asking")
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        s3.put_bucket_encryption(Bucket="asking", ServerSideEncryptionConfiguration={"Rules": [rule]})
        put(s3, "default", "plain")
        put(s3, "default", "header", ServerSideEncryption="AES256")
        put(s3, "asking", "bucket")
        s3.copy_object(Bucket="default", Key="copied", CopySource="asking/bucket/100")
        assert server.client("kms").list_keys()["Keys"] == []
    with start_server(data=data, arguments=("--encrypt-at-rest",)) as server:
        put(server.client("s3"), "default", "all")
    assert files_with(data, marker + b"-plain")
    for name in ("header", "all"):
        assert files_with(data, marker + b"-" + name.encode()) == []
    with start_server(data=data) as server:  # read again, whoever asked; the copy is plain
        assert body(server.client("s3").get_object(Bucket="default", Key="all/parts")) == marker + b"-all"
        assert body(server.client("s3").get_object(Bucket="default", Key="copied")).startswith(marker + b"-bucket")


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 5 * MIB + 1])
def test_ranges_of_an_encrypted_object(s3, bucket, key, size):
    content = os.urandom(size)
    put = s3.put_object(Bucket=bucket, Key="k", Body=content, ServerSideEncryption="aws:kms", SSEKMSKeyId=key["KeyId"])
    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"]) == ("aws:kms", key["Arn"])
    assert body(s3.get_object(Bucket=bucket, Key="k")) == content
    for first, last in ((0, 0), (65_000, 66_000), (65_536, 65_536), (4 * MIB, 5 * MIB), (size - 1, size - 1)):
        if 0 <= first < size:
            got = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={first}-{last}")
            assert body(got) == content[first:last + 1]


def test_a_disabled_key_refuses(server, s3, bucket, key):
    kms = server.client("kms")
    write = dict(Bucket=bucket, Key="k", Body=SECRET, ServerSideEncryption="aws:kms", SSEKMSKeyId=key["Arn"])
    s3.put_object(**write)
    kms.disable_key(KeyId=key["KeyId"])
    assert refused(s3.get_object, Bucket=bucket, Key="k") == ("KMS.DisabledException", f"{key['Arn']} is disabled.")
    assert refused(s3.put_object, **write) == ("KMS.DisabledException", f"{key['Arn']} is disabled.")
    code, _ = refused(s3.copy_object, Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"})
    assert code == "KMS.DisabledException"
    kms.enable_key(KeyId=key["KeyId"])
    assert body(s3.get_object(Bucket=bucket, Key="k")) == SECRET
    kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    assert refused(s3.get_object, Bucket=bucket, Key="k") == ("KMS.KMSInvalidStateException", f"{key['Arn']} is pending deletion.")


def test_a_key_that_is_not_there(s3, bucket):
    missing = str(uuid.uuid4())
    code, message = refused(s3.put_object, Bucket=bucket, Key="k", Body=b"", ServerSideEncryption="aws:kms", SSEKMSKeyId=missing)
    assert code == "KMS.NotFoundException" and message.endswith(f"key/{missing}' does not exist")


def test_the_default_encryption_of_a_bucket(server, s3, bucket, key):
    server.client("kms").create_alias(AliasName=f"alias/{bucket}", TargetKeyId=key["KeyId"])
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": f"alias/{bucket}"}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert s3.put_object(Bucket=bucket, Key="k", Body=SECRET)["SSEKMSKeyId"] == key["Arn"]
    assert body(s3.get_object(Bucket=bucket, Key="k")) == SECRET
    # Copied to a bucket without one, it is plain again; and a copy of the copy needs no key.
    other = f"{bucket}-other"
    s3.create_bucket(Bucket=other)
    s3.copy_object(Bucket=other, Key="k", CopySource={"Bucket": bucket, "Key": "k"})
    server.client("kms").disable_key(KeyId=key["KeyId"])
    got = s3.get_object(Bucket=other, Key="k")
    assert (body(got), got["ServerSideEncryption"]) == (SECRET, "AES256")


def test_copies_of_parts(s3, bucket, key):
    content = os.urandom(6 * MIB)
    s3.put_object(Bucket=bucket, Key="from", Body=content, ServerSideEncryption="aws:kms", SSEKMSKeyId=key["Arn"])
    upload = s3.create_multipart_upload(Bucket=bucket, Key="to", ServerSideEncryption="aws:kms")["UploadId"]
    copied = s3.upload_part_copy(Bucket=bucket, Key="to", UploadId=upload, PartNumber=1, CopySource={"Bucket": bucket, "Key": "from"},
                                 CopySourceRange=f"bytes=100-{5 * MIB + 99}")["CopyPartResult"]
    last = s3.upload_part(Bucket=bucket, Key="to", UploadId=upload, PartNumber=2, Body=b"the end")
    s3.complete_multipart_upload(Bucket=bucket, Key="to", UploadId=upload, MultipartUpload={"Parts": [
        {"PartNumber": 1, "ETag": copied["ETag"]}, {"PartNumber": 2, "ETag": last["ETag"]}]})
    assert body(s3.get_object(Bucket=bucket, Key="to")) == content[100:5 * MIB + 100] + b"the end"
    assert body(s3.get_object(Bucket=bucket, Key="to", PartNumber=2)) == b"the end"


def test_the_doctor_needs_no_key(start_server, tmp_path):
    with start_server(data=tmp_path / "data") as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="vault")
        for size in (10, 2 * MIB):
            s3.put_object(Bucket="vault", Key=str(size), Body=os.urandom(size), ServerSideEncryption="aws:kms")
    os.remove(tmp_path / "data" / "kms-keys.json")
    whole = server.run("doctor", "--data", tmp_path / "data")
    assert (whole.returncode, "all is well" in whole.stdout) == (0, True), whole.stdout
    (file,) = [path for path in (tmp_path / "data" / "objects").glob("??/*") if path.stat().st_size > MIB]
    shutil.copy(file, tmp_path / "copy")
    os.remove(file)
    content = bytearray((tmp_path / "copy").read_bytes())
    content[MIB] ^= 1
    file.write_bytes(content)
    broken = server.run("doctor", "--data", tmp_path / "data")
    assert broken.returncode == 1 and "differs from its SHA-256" in broken.stdout


def run_job(server, name, bucket, script, **more):
    """A processing job with the objects below in/ at its end."""
    sagemaker = server.client("sagemaker")
    sagemaker.create_processing_job(
        ProcessingJobName=name, RoleArn=ROLE,
        AppSpecification={"ImageUri": "penstock/process", "ContainerEntrypoint": ["/bin/sh", "-c"], "ContainerArguments": [script]},
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
        ProcessingInputs=[{"InputName": "in", "S3Input": {
            "S3Uri": f"s3://{bucket}/in/", "LocalPath": "/opt/ml/processing/in", "S3DataType": "S3Prefix", "S3InputMode": "File"}}], **more)
    for _ in range(600):
        job = sagemaker.describe_processing_job(ProcessingJobName=name)
        if job["ProcessingJobStatus"] not in ("InProgress", "Stopping"):
            return job
        time.sleep(0.1)
    raise AssertionError("the job did not end")


def test_a_job_reads_and_writes_encrypted_objects(server, s3, bucket, key, unique):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["Arn"]}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    content = SECRET * (2 * MIB // len(SECRET))
    s3.put_object(Bucket=bucket, Key="in/large", Body=content)
    s3.put_object(Bucket=bucket, Key="in/small", Body=SECRET)
    other = server.client("kms").create_key()["KeyMetadata"]
    script = "cat /opt/ml/processing/in/* > /opt/ml/processing/out/all; cp /opt/ml/processing/in/small /opt/ml/processing/own/"
    outputs = [{"OutputName": name, "S3Output": {"S3Uri": f"s3://{bucket}/{name}/", "LocalPath": f"/opt/ml/processing/{name}",
                                                 "S3UploadMode": "EndOfJob"}} for name in ("out", "own")]
    job = run_job(server, unique, bucket, script, ProcessingOutputConfig={"KmsKeyId": other["KeyId"], "Outputs": outputs})
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    got = s3.get_object(Bucket=bucket, Key="out/all")
    assert body(got) == content + SECRET
    assert (got["ServerSideEncryption"], got["SSEKMSKeyId"]) == ("aws:kms", other["Arn"])
    # Without a key of its own, a job's output is encrypted as its bucket says.
    job = run_job(server, f"{unique}-2", bucket, script, ProcessingOutputConfig={"Outputs": outputs})
    assert s3.head_object(Bucket=bucket, Key="own/small")["SSEKMSKeyId"] == key["Arn"]
    server.client("kms").disable_key(KeyId=key["KeyId"])
    job = run_job(server, f"{unique}-3", bucket, "true")
    assert job["ProcessingJobStatus"] == "Failed" and "is disabled" in job["FailureReason"], job.get("FailureReason")
