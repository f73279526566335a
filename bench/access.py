"""What deciding by policies costs: the same signed requests of a user with policies, with `--iam enforce` and with `--iam off`
in turns (wrk, 64 connections): durable starts, gets and puts of small objects; and process start to the first answer with
2,000 roles. Probe: the other mode.

    access.py [SECONDS]     (per measurement; 3)
"""
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bench_machine import REGION, Server

ACCOUNT = "123456789012"
ROUNDS = 3
PASS = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*"} | one for one in statements]})


def prepare(server):
    """A user with policies as people have them; its credentials."""
    iam, s3 = server.client("iam"), server.client("s3")
    trust = {"Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole", "Effect": "Allow"}
    role = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))["Role"]["Arn"]
    server.client("stepfunctions").create_state_machine(name="pass", definition=PASS, roleArn=role)
    s3.create_bucket(Bucket="bench")
    s3.put_object(Bucket="bench", Key="a/small", Body=b"x" * 4096)
    iam.create_user(UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="start", PolicyDocument=document(
        {"Action": "states:*", "Resource": f"arn:aws:states:*:{ACCOUNT}:*"}, {"Effect": "Deny", "Action": "states:Delete*"}))
    iam.put_user_policy(UserName="ann", PolicyName="objects", PolicyDocument=document(
        {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::bench/a/*"},
        {"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::bench", "Condition": {"StringLike": {"s3:prefix": "${aws:username}/*"}}},
        {"Effect": "Deny", "Action": "s3:*", "Condition": {"NotIpAddress": {"aws:SourceIp": ["127.0.0.0/8", "10.0.0.0/8"]}}}))
    iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def requests(server, credentials):
    """One signed request of each kind, sent over and over."""
    host = {"Host": f"127.0.0.1:{server.port}"}
    start = AWSRequest("POST", server.endpoint + "/", data=json.dumps({"stateMachineArn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:pass"}).encode(),
                       headers=host | {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AWSStepFunctions.StartExecution"})  # fmt: skip
    SigV4Auth(credentials, "states", REGION).add_auth(start)
    get = AWSRequest("GET", server.endpoint + "/bench/a/small", headers=host)
    put = AWSRequest("PUT", server.endpoint + "/bench/a/other", data=b"x" * 4096, headers=host)
    for request in (get, put):
        S3SigV4Auth(credentials, "s3", REGION).add_auth(request)
    return {"starts": start, "gets of 4 KiB": get, "puts of 4 KiB": put}


def wrk(server, folder, request, seconds):
    """Answers a second, and the server's CPU time for one in microseconds."""
    headers = "".join(f'wrk.headers["{name}"] = "{value}"\n' for name, value in request.headers.items())
    body = (request.data or b"").decode()
    script = pathlib.Path(folder) / "request.lua"
    script.write_text(f'wrk.method = "{request.method}"\nwrk.body = [==[{body}]==]\n{headers}')
    path = request.url.removeprefix(server.endpoint)
    before = server.cpu_seconds()
    output = subprocess.run(["wrk", "-t2", "-c64", f"-d{seconds}s", "-s", str(script), server.endpoint + path], capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in output and "Socket errors" not in output, output
    count = int(re.search(r"(\d+) requests in", output)[1])
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1]), (server.cpu_seconds() - before) / count * 1e6


def start_time(folder, mode):
    began = time.perf_counter()
    server = Server(folder, arguments=("--iam", mode))
    elapsed = (time.perf_counter() - began) * 1000
    server.stop()
    return elapsed


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    modes = ("off", "enforce")
    rates = {}
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder:
        server = Server(folder)
        credentials = prepare(server)
        server.stop()
        for _ in range(ROUNDS):
            for mode in modes:
                server = Server(folder, arguments=("--iam", mode))
                for name, request in requests(server, credentials).items():
                    rates.setdefault((name, mode), []).append(wrk(server, folder, request, seconds))
                server.stop()
        for name in dict.fromkeys(name for name, _ in rates):
            (off, off_cpu), (on, on_cpu) = (tuple(map(statistics.median, zip(*rates[name, mode]))) for mode in modes)
            print(f"{name}: {on:8.0f}/s with enforce, {off:8.0f}/s with off = {on / off:.2f}; CPU {on_cpu:.1f} and {off_cpu:.1f} us each = {on_cpu / off_cpu:.2f}")
        server = Server(folder)
        iam = server.client("iam")
        for number in range(2000):
            iam.create_role(RoleName=f"r{number}", AssumeRolePolicyDocument=document({"Principal": "*", "Action": "sts:AssumeRole"}).replace('"Resource": "*", ', ""))
        server.stop()
        starts = {mode: [] for mode in modes}
        for _ in range(10):
            for mode in modes:
                starts[mode].append(start_time(folder, mode))
        on, off = statistics.median(starts["enforce"]), statistics.median(starts["off"])
        print(f"start with 2,000 roles: {on:.1f} ms with enforce, {off:.1f} ms with off = {on / off:.2f}")


if __name__ == "__main__":
    main()
