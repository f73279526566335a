"""What is signed wrongly is refused, in the words of each family of services; what is signed rightly in any form is not."""
import base64
import datetime
import hashlib
import hmac
import http.client
import socket
import urllib.parse
import xml.etree.ElementTree as xml
import zlib
from unittest import mock

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from botocore.exceptions import ClientError

FAMILIES = {
    "json": ("stepfunctions", lambda client: client.list_state_machines()),
    "query": ("sts", lambda client: client.get_caller_identity()),
    "s3": ("s3", lambda client: client.list_objects_v2(Bucket="nowhere")),
}


def refusal(server, family, **credentials):
    service, call = FAMILIES[family]
    with pytest.raises(ClientError) as caught:
        call(server.client(service, **credentials))
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def send(server, method, path, headers, body=b""):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.endpoint).netloc, timeout=10)
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), dict(answer.getheaders())


def signed(server, service, method="POST", path="/", headers=None, body=b"", at=None, presign=None):
    """A request signed by botocore as if it was the time `at`."""
    credentials = botocore.credentials.Credentials(server.access_key, server.secret)
    request = botocore.awsrequest.AWSRequest(method=method, url=server.endpoint + path, headers=headers or {}, data=body)
    if presign:
        signer = botocore.auth.S3SigV4QueryAuth(credentials, service, "us-east-1", expires=presign)
    else:
        kind = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
        signer = kind(credentials, service, "us-east-1")
    at = at or datetime.datetime.now(datetime.timezone.utc)
    with mock.patch("botocore.auth.get_current_datetime", lambda *_, **__: at.replace(tzinfo=None)):
        signer.add_auth(request)
    target = request.url.removeprefix(server.endpoint)
    return method, target, dict(request.headers.items()), body


IDENTITY = b"Action=GetCallerIdentity&Version=2011-06-15"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"X-Amz-Target": "AWSStepFunctions.ListStateMachines", "Content-Type": "application/x-amz-json-1.0"}
TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"states.amazonaws.com"},'
    '"Action":"sts:AssumeRole"}]}'
)
MINUTES = datetime.timedelta(minutes=1)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


@pytest.mark.parametrize(
    "family, expected",
    [("json", ("InvalidSignatureException", 400)), ("query", ("SignatureDoesNotMatch", 403)), ("s3", ("SignatureDoesNotMatch", 403))],
)
def test_wrong_secret(server, family, expected):
    assert refusal(server, family, aws_secret_access_key="wrong") == expected


@pytest.mark.parametrize(
    "family, expected",
    [("json", ("UnrecognizedClientException", 400)), ("query", ("InvalidClientTokenId", 403)), ("s3", ("InvalidAccessKeyId", 403))],
)
def test_unknown_key(server, family, expected):
    assert refusal(server, family, aws_access_key_id="AKIAUNKNOWNUNKNOWN00") == expected


@pytest.mark.parametrize(
    "family, expected",
    [("json", ("UnrecognizedClientException", 400)), ("query", ("InvalidClientTokenId", 403)), ("s3", ("InvalidToken", 400))],
)
def test_invented_token(server, family, expected):
    assert refusal(server, family, aws_session_token="invented") == expected


def test_unsigned(server, unique):
    status, body, _ = send(server, "POST", "/", FORM, IDENTITY)
    assert (status, "MissingAuthenticationToken" in body) == (403, True)
    status, body, _ = send(server, "POST", "/", JSON, b"{}")
    assert (status, "MissingAuthenticationTokenException" in body) == (400, True)
    server.client("s3").create_bucket(Bucket=unique)
    for bucket, answer in {unique: (403, "AccessDenied"), unique + "-none": (404, "NoSuchBucket")}.items():
        status, body, _ = send(server, "GET", f"/{bucket}/key", {})
        assert (status, xml.fromstring(body).findtext("Code")) == answer


def test_changed_body(server):
    method, path, headers, _ = signed(server, "sts", headers=FORM, body=IDENTITY)
    assert send(server, method, path, headers, IDENTITY)[0] == 200
    status, body, _ = send(server, method, path, headers, IDENTITY.replace(b"CallerIdentity", b"SessionToken"))
    assert (status, "SignatureDoesNotMatch" in body) == (403, True)
    method, path, headers, _ = signed(server, "states", headers=JSON, body=b'{"maxResults": 1}')
    status, body, _ = send(server, method, path, headers, b'{"maxResults": 2}')
    assert (status, "InvalidSignatureException" in body) == (400, True)
    method, path, headers, _ = signed(server, "s3", "PUT", "/bucket/key", body=b"right")
    status, body, _ = send(server, method, path, headers, b"wrong")
    assert (status, xml.fromstring(body).findtext("Code")) == (400, "XAmzContentSHA256Mismatch")


def test_time_out_of_range(server):
    for minutes, words in ((-16, "Signature expired"), (16, "Signature not yet current")):
        status, body, _ = send(server, *signed(server, "states", headers=JSON, body=b"{}", at=now() + minutes * MINUTES))
        assert (status, "InvalidSignatureException" in body, words in body) == (400, True, True)
        status, body, _ = send(server, *signed(server, "s3", "GET", "/bucket/key", at=now() + minutes * MINUTES))
        assert (status, xml.fromstring(body).findtext("Code")) == (403, "RequestTimeTooSkewed")
    assert send(server, *signed(server, "sts", headers=FORM, body=IDENTITY, at=now() - 14 * MINUTES))[0] == 200


def test_presigned_url_ends(server):
    method, path, headers, _ = signed(server, "s3", "GET", "/bucket/key", at=now() - 20 * MINUTES, presign=600)
    status, body, _ = send(server, method, path, {})
    assert (status, xml.fromstring(body).findtext("Message")) == (403, "Request has expired")
    method, path, headers, _ = signed(server, "s3", "GET", "/bucket/key", at=now() - 20 * MINUTES, presign=3600)
    status, body, _ = send(server, method, path, {})
    assert (status, xml.fromstring(body).findtext("Code")) == (404, "NoSuchBucket")
    status, body, _ = send(server, method, path.replace("/key", "/other"), {})
    assert (status, xml.fromstring(body).findtext("Code")) == (403, "SignatureDoesNotMatch")


def test_boto3s_default_presigned_urls(server, unique):
    """They are of Signature Version 2."""
    s3 = server.client("s3")
    s3.create_bucket(Bucket=unique)
    put = s3.generate_presigned_url("put_object", Params={"Bucket": unique, "Key": "a b+é"})
    get = s3.generate_presigned_url("get_object", Params={"Bucket": unique, "Key": "a b+é", "ResponseContentType": "text/x"})
    assert "AWSAccessKeyId=" in put
    assert send(server, "PUT", put.removeprefix(server.endpoint), {}, b"content")[0] == 200
    status, body, headers = send(server, "GET", get.removeprefix(server.endpoint), {})
    assert (status, body, headers["Content-Type" if "Content-Type" in headers else "content-type"]) == (200, "content", "text/x")
    status, body, _ = send(server, "GET", get.removeprefix(server.endpoint).replace("a%20b", "other"), {})
    assert (status, xml.fromstring(body).findtext("Code")) == (403, "SignatureDoesNotMatch")
    ended = s3.generate_presigned_url("get_object", Params={"Bucket": unique, "Key": "k"}, ExpiresIn=-10)
    status, body, _ = send(server, "GET", ended.removeprefix(server.endpoint), {})
    assert (status, xml.fromstring(body).findtext("Message")) == (403, "Request has expired")


def test_clients_time_is_checked_by_real_time_under_a_virtual_clock(start_server):
    with start_server(clock="virtual") as server:
        assert server.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_expectation_is_answered_once(server):
    method, path, headers, _ = signed(server, "sts", headers=FORM | {"Expect": "100-continue"}, body=IDENTITY)
    host, port = urllib.parse.urlsplit(server.endpoint).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        headers |= {"Host": f"{host}:{port}", "Content-Length": str(len(IDENTITY)), "Connection": "close"}
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
        connection.sendall(head.encode())
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(IDENTITY)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and b"100 Continue" not in answer


def test_sigterm_ends_with_status_0_and_another_start_finds_the_same_key(start_server, tmp_path):
    with start_server(data=tmp_path / "data") as first:
        role = first.client("iam").create_role(RoleName="kept", AssumeRolePolicyDocument=TRUST)["Role"]
        assert first.stop() == 0
    with start_server(data=tmp_path / "data") as second:
        assert second.client("iam").get_role(RoleName="kept")["Role"]["RoleId"] == role["RoleId"]
    assert (tmp_path / "data" / "credentials.json").stat().st_mode & 0o777 == 0o600



def streamed(server, path, chunks, trailer=None, spoil=None):
    """A PUT in signed chunks (aws-chunked), as the Java and Rust SDKs send it; `spoil` changes the framed body."""
    kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if trailer else "")
    credentials = botocore.credentials.Credentials(server.access_key, server.secret)
    length = sum(map(len, chunks))
    headers = {"x-amz-content-sha256": kind, "x-amz-decoded-content-length": str(length), "Content-Encoding": "aws-chunked"}
    if trailer:
        headers["x-amz-trailer"] = trailer[0]
    request = botocore.awsrequest.AWSRequest(method="PUT", url=server.endpoint + path, headers=headers)
    signer = botocore.auth.S3SigV4Auth(credentials, "s3", "us-east-1")
    with mock.patch.object(signer, "payload", lambda _: kind), mock.patch.object(signer, "_should_sha256_sign_payload", lambda _: True):
        signer.add_auth(request)
    date, scope = request.headers["X-Amz-Date"], signer.credential_scope(request)
    key = ("AWS4" + server.secret).encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    previous = request.headers["Authorization"].rsplit("Signature=", 1)[1]
    empty = hashlib.sha256().hexdigest()
    body = b""
    for chunk in [*chunks, b""]:
        text = "\n".join(["AWS4-HMAC-SHA256-PAYLOAD", date, scope, previous, empty, hashlib.sha256(chunk).hexdigest()])
        previous = hmac.new(key, text.encode(), "sha256").hexdigest()
        body += f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + chunk + (b"\r\n" if chunk else b"")
    if trailer:
        line = f"{trailer[0]}:{trailer[1]}\n"
        text = "\n".join(["AWS4-HMAC-SHA256-TRAILER", date, scope, previous, hashlib.sha256(line.encode()).hexdigest()])
        signature = hmac.new(key, text.encode(), "sha256").hexdigest()
        body += f"{line.strip()}\r\nx-amz-trailer-signature:{signature}\r\n".encode()
    body += b"\r\n"
    return send(server, "PUT", path, dict(request.headers.items()), spoil(body) if spoil else body)


@pytest.mark.parametrize("size", [100, 3_000_000])
def test_signed_chunks(server, unique, size):
    s3 = server.client("s3")
    s3.create_bucket(Bucket=unique)
    chunks = [b"a" * size, b"b" * 5]
    content = b"".join(chunks)
    crc = base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()
    path = f"/{unique}/key"
    assert streamed(server, path, chunks)[0] == 200
    assert s3.get_object(Bucket=unique, Key="key")["Body"].read() == content
    turned = base64.b64encode(zlib.crc32(b"b" * 5 + b"a" * size).to_bytes(4, "big")).decode()
    assert streamed(server, path, chunks[::-1], ("x-amz-checksum-crc32", turned))[0] == 200
    for refused, code in [
        (streamed(server, path, chunks, spoil=lambda body: body.replace(b"bbbbb", b"bbbxb")), "SignatureDoesNotMatch"),
        (streamed(server, path, chunks, spoil=lambda body: body[: len(body) // 2]), "IncompleteBody"),
        (streamed(server, path, [b"c" * size], ("x-amz-checksum-crc32", crc)), "BadDigest"),
    ]:
        assert (refused[0] in (400, 403), xml.fromstring(refused[1]).findtext("Code")) == (True, code)
    assert s3.get_object(Bucket=unique, Key="key")["Body"].read() == b"b" * 5 + b"a" * size
    assert list((server.data / "spool").iterdir()) == []


def test_large_body_of_an_unknown_caller_is_not_kept(server, unique):
    s3 = server.client("s3", aws_secret_access_key="wrong")
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=unique, Key="k", Body=b"x" * 20_000_000)
    assert caught.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
    assert list((server.data / "spool").iterdir()) == []
