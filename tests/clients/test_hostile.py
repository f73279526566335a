"""Clients that mean harm, or are broken: whatever they send, the server answers or hangs up, keeps nothing of it, and goes on
serving the others."""
import concurrent.futures
import json
import os
import resource
import socket
import time
import urllib.parse

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ClientError

from conftest import REGION, ROLE

SECONDS_MAX = 30  # for any one call here, also of a build with sanitizers


def connect(server):
    url = urllib.parse.urlsplit(server.endpoint)
    return socket.create_connection((url.hostname, url.port), timeout=SECONDS_MAX)


def send_raw(server, request):
    """What the server answers to these bytes, which may be nothing, before it hangs up."""
    with connect(server) as client:
        answer = b""
        try:
            client.sendall(request)
            client.shutdown(socket.SHUT_WR)
            while piece := client.recv(65536):
                answer += piece
        except (ConnectionResetError, BrokenPipeError):
            pass
    return answer


def signed(server, service, body, path="/", method="POST", **headers):
    """The head and body of a signed request, as bytes."""
    request = AWSRequest(method, server.endpoint + path, headers=headers, data=body)
    credentials = boto3.Session(server.access_key, server.secret).get_credentials()
    if service == "s3":
        request.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
    SigV4Auth(credentials, service, REGION).add_auth(request)
    lines = [f"{method} {path} HTTP/1.1", f"Host: {urllib.parse.urlsplit(server.endpoint).netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode(), body


def call(server, service, body, **more):
    """Status and text of the answer to a signed request that no client library would make."""
    head, body = signed(server, service, body if isinstance(body, bytes) else body.encode(), **more)
    head_text, _, text = send_raw(server, head + body).partition(b"\r\n\r\n")
    return int(head_text.split(b" ")[1]), text.decode()


def target(operation):
    return {"X-Amz-Target": f"AWSStepFunctions.{operation}", "Content-Type": "application/x-amz-json-1.0"}


def is_well(server):
    started = time.monotonic()
    assert server.client("sts").get_caller_identity()["Account"]
    assert time.monotonic() - started < SECONDS_MAX


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\0" * 100_000,
        b"\xff\xfe" + b"G" * 1_000,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a" * 200_000,
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"h%d: v\r\n" % n for n in range(20_000)) + b"\r\n",
        b"GET /" + b"%41" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /%zz/%/%0 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551615\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\nabc",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;" + b"x" * 200_000 + b"\r\nabc\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, identity\r\n\r\nabc",
        b"PUT /b/k HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: AWS4-HMAC-SHA256 Credential=/////, SignedHeaders=;;;, Signature=\r\nConnection: close\r\n\r\n",
        b"GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=-9&X-Amz-Date=0&X-Amz-Credential=%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ],
    ids=lambda request: repr(request[:40] + request[-12:]),
)
def test_what_is_hardly_http(server, request_bytes):
    answer = send_raw(server, request_bytes)
    assert not answer or 400 <= int(answer.split(b" ")[1]) < 600 or answer.startswith(b"HTTP/1.1 100"), answer[:200]
    is_well(server)


def test_hundreds_of_connections_that_never_finish_a_request(server):
    clients = [connect(server) for _ in range(300)]
    for number, client in enumerate(clients):
        client.sendall([b"", b"GET / HT", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", b"\r\n\r\n"][number % 4])
    is_well(server)
    for client in clients:
        client.close()
    is_well(server)


@pytest.mark.parametrize("sent", [0, 1, 70_000, 9_000_000])
def test_an_upload_that_is_cut_off_leaves_nothing(server, unique, sent):
    s3 = server.client("s3")
    s3.create_bucket(Bucket=unique)
    head, body = signed(server, "s3", bytes(10_000_000), path=f"/{unique}/half", method="PUT")
    with connect(server) as client:
        client.sendall(head + body[:sent])
    assert s3.list_objects_v2(Bucket=unique)["KeyCount"] == 0
    deadline = time.monotonic() + SECONDS_MAX
    while os.listdir(server.data / "spool"):
        assert time.monotonic() < deadline, "what was received of it stays"
        time.sleep(0.02)
    s3.put_object(Bucket=unique, Key="half", Body=body)
    assert s3.head_object(Bucket=unique, Key="half")["ContentLength"] == len(body)


DEPTHS = [600, 100_000]


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("opening, closing", [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")], ids=["lists", "objects", "both"])
def test_deep_json(server, opening, closing, depth):
    text = opening * depth + "1" + closing * depth
    status, answer = call(server, "states", '{"name":"m","definition":%s}' % text, **target("CreateStateMachine"))
    assert status == 400, answer
    inner = json.dumps({"name": "m", "roleArn": ROLE, "definition": text})
    status, answer = call(server, "states", inner, **target("CreateStateMachine"))
    assert status == 400 and "InvalidDefinition" in answer, answer
    status, answer = call(server, "iam", urllib.parse.urlencode({"Action": "CreatePolicy", "Version": "2010-05-08", "PolicyName": "p", "PolicyDocument": text}),
                          **{"Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip
    assert status == 400, answer
    status, answer = call(server, "events", json.dumps({"EventPattern": text, "Event": "{}"}), **{"X-Amz-Target": "AWSEvents.TestEventPattern", "Content-Type": "application/x-amz-json-1.1"})  # fmt: skip
    assert status == 400, answer
    is_well(server)


LAUGHS = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{("&" + before + ";") * 10}">' for before, name in zip("abcdefghi", "bcdefghij")) + "]>"


@pytest.mark.parametrize(
    "body",
    [
        "<Tagging><TagSet><Tag>" * 50_000,
        "<a>" * 100_000 + "</a>" * 100_000,
        LAUGHS + "<Tagging><TagSet><Tag><Key>&j;</Key><Value>v</Value></Tag></TagSet></Tagging>",
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Tagging><TagSet><Tag><Key>&x;</Key><Value>&x;</Value></Tag></TagSet></Tagging>',
        "<Tagging>" + "<TagSet/>" * 100_000 + "</Tagging>",
        "<Tagging " + " ".join(f'a{n}="b"' for n in range(100_000)) + "/>",
        "<?xml",
        "\0",
    ],
    ids=["deep", "deep and closed", "billion laughs", "outside entity", "many", "attributes", "cut", "nul"],
)
def test_harmful_xml(server, unique, body):
    s3 = server.client("s3")
    s3.create_bucket(Bucket=unique)
    status, answer = call(server, "s3", body, path=f"/{unique}?tagging=", method="PUT")
    assert "root:" not in answer and "ha" * 100 not in answer
    if status < 400:  # taken as what it says: no entity was replaced
        assert all("root:" not in tag["Key"] and len(tag["Key"]) < 200 for tag in s3.get_bucket_tagging(Bucket=unique)["TagSet"])
    is_well(server)


YAML_LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join(['*' + before] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi"))


@pytest.mark.parametrize(
    "template",
    [
        "Resources: " + "[" * 20_000,
        "Resources: " + "{a: " * 10_000,
        "\n".join("  " * n + "a:" for n in range(1_500)),
        YAML_LAUGHS + "Resources: {R: {Type: 'AWS::S3::Bucket', Metadata: *i}}",
        "a: &a [*a]\nResources: *a",
        "Resources: {R: {Type: 'AWS::S3::Bucket', Properties: {BucketName: " + "!Sub " * 5_000 + "x}}}",
        '{"Resources":{"R":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":' + '{"Fn::Join":["",[' * 200 + '"x"' + "]]}" * 200 + "}}}}",
    ],
    ids=["lists", "objects", "blocks", "billion laughs", "itself", "tags", "functions"],
)
def test_harmful_templates(server, unique, template):
    cloudformation = server.client("cloudformation")
    started = time.monotonic()
    with pytest.raises(ClientError) as refused:
        cloudformation.create_stack(StackName=unique, TemplateBody=template[:51_200])
        cloudformation.get_waiter("stack_create_complete").wait(StackName=unique, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
        raise ClientError({"Error": {"Code": "ValidationError"}}, "it was made")  # what is harmless may be made
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert time.monotonic() - started < SECONDS_MAX
    is_well(server)


def test_a_million_entries(server, unique):
    million = 1_000_000
    status, answer = call(server, "states", '{"tags":[' + ",".join(["1"] * million) + '],"resourceArn":"x"}', **target("TagResource"))
    assert status == 400, answer
    status, answer = call(server, "iam", "Action=GetUser&Version=2010-05-08&" + "&".join(["a.1=b"] * million), **{"Content-Type": "application/x-www-form-urlencoded"})
    assert status in (400, 413), answer
    server.client("s3").create_bucket(Bucket=unique)
    deletes = "<Delete>" + "<Object><Key>k</Key></Object>" * 200_000 + "</Delete>"
    status, answer = call(server, "s3", deletes, path=f"/{unique}?delete=")
    assert status == 400, answer[:200]
    status, answer = call(server, "logs", json.dumps({"logGroupName": "g", "logStreamName": "s", "logEvents": [{}] * 200_000}), **{"X-Amz-Target": "Logs_20140328.PutLogEvents", "Content-Type": "application/x-amz-json-1.1"})  # fmt: skip
    assert status == 400, answer[:200]
    is_well(server)


def run_to_end(states, machine, **start):
    arn = states.start_execution(stateMachineArn=machine, **start)["executionArn"]
    deadline = time.monotonic() + 3 * SECONDS_MAX
    while (found := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def test_ten_thousand_states(server, unique):
    count = 10_000
    chain = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(count - 1)} | {f"S{count - 1}": {"Type": "Pass", "End": True}}
    states = server.client("stepfunctions")
    machine = states.create_state_machine(name=unique, roleArn=ROLE, definition=json.dumps({"StartAt": "S0", "States": chain}))["stateMachineArn"]
    assert run_to_end(states, machine)["status"] == "SUCCEEDED"
    nested = {"Type": "Pass", "End": True}
    for _ in range(150):
        nested = {"Type": "Parallel", "End": True, "Branches": [{"StartAt": "A", "States": {"A": nested}}]}
    text = json.dumps({"StartAt": "A", "States": {"A": nested}})
    status, answer = call(server, "states", json.dumps({"name": unique + "n", "roleArn": ROLE, "definition": text}), **target("CreateStateMachine"))
    assert status in (200, 400), answer
    is_well(server)


@pytest.mark.parametrize(
    "expression",
    [
        "($f := function($n) { $f($n + 1) }; $f(0))",
        "($f := function($n) { 1 + $f($n + 1) }; $f(0))",
        "$sum([1..10000000] ^ (<$))",
        "[1..10000000].[1..10000000]",
        "($s := function($t, $n) { $n = 0 ? $t : $s($t & $t, $n - 1) }; $s('ab', 60))",
        "$pad('', 1000000000)",
        "$match($pad('', 40, 'a') & 'b', /(a+)+$/)",
        "$reduce([1..100000], function($a, $b) { $append($a, $a) }, [1])",
        "(" * 5_000 + "1" + ")" * 5_000,
        "-" * 20_000 + "1",
        "$replace($pad('', 100000, 'x'), 'x', $pad('', 100000, 'y'))",
        "$map([1..3000], function($i) { $map([1..3000], function($j) { $i * $j }) })",
    ],
    ids=lambda expression: expression[:30],
)
def test_jsonata_that_explodes(server, unique, expression):
    definition = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "Output": "{% " + expression + " %}", "End": True}}}
    states = server.client("stepfunctions")
    started = time.monotonic()
    try:
        machine = states.create_state_machine(name=unique, roleArn=ROLE, definition=json.dumps(definition))["stateMachineArn"]
    except states.exceptions.InvalidDefinition:
        return is_well(server)
    with concurrent.futures.ThreadPoolExecutor() as pool:  # others are served meanwhile
        other = pool.submit(is_well, server)
        found = run_to_end(states, machine)
        other.result()
    if found["status"] != "SUCCEEDED":
        assert found["error"] in ("States.QueryEvaluationError", "States.DataLimitExceeded"), found
    assert time.monotonic() - started < SECONDS_MAX
    is_well(server)


def test_no_descriptors_left(start_server):
    with start_server() as server:
        few = len(os.listdir(f"/proc/{server.process.pid}/fd")) + 20
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (few, few))
        clients = [connect(server) for _ in range(60)]
        for client in clients:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        for client in clients:
            client.close()
        s3 = server.client("s3", config=Config(retries={"max_attempts": 5}, read_timeout=SECONDS_MAX))
        s3.create_bucket(Bucket="after")
        s3.put_object(Bucket="after", Key="k", Body=bytes(1_000_000))
        assert len(s3.get_object(Bucket="after", Key="k")["Body"].read()) == 1_000_000
        assert server.process.poll() is None
