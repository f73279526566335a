"""What ceph/s3-tests says of Penstock is what known_failures.txt says: a list that can only shrink.

    S3_TESTS=/path/of/a/checkout pytest tests/ceph

Its buckets begin as AWS made them when the suite was written (old_buckets.py).
"""
import collections
import configparser
import os
import pathlib
import subprocess
import sys
import xml.etree.ElementTree

import pytest

KNOWN = pathlib.Path(__file__).resolve().parent / "known_failures.txt"  # "NAME REASON"; "@MARKER REASON": not run
FILES = ("s3tests/functional/test_s3.py", "s3tests/functional/test_headers.py")
ALT_POLICY = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:ListAllMyBuckets", "s3:CreateBucket",
                "s3:PutBucketPublicAccessBlock"], "Resource": "*"}]}"""


def read_known():
    """(markers that are not run, tests that are known to fail), each with its reason."""
    markers, failures = {}, {}
    for line in KNOWN.read_text().splitlines():
        if line and not line.startswith("#"):
            name, reason = line.split(" ", 1)
            (markers if name.startswith("@") else failures)[name] = reason
    return {name[1:]: reason for name, reason in markers.items()}, failures


def make_alt(server):
    """Another user of the account, who may do nothing to what is the first one's."""
    iam = server.client("iam")
    user = iam.create_user(UserName="alt")["User"]
    iam.put_user_policy(UserName="alt", PolicyName="own", PolicyDocument=ALT_POLICY)
    key = iam.create_access_key(UserName="alt")["AccessKey"]
    return {"user_id": user["Arn"], "display_name": "alt", "email": "alt@example.com", "access_key": key["AccessKeyId"],
            "secret_key": key["SecretAccessKey"]}


def write_configuration(server, path):
    """The file that s3-tests reads. Penstock has one account: its root, and a user of it who is not the owner of anything."""
    owner = server.client("s3").list_buckets()["Owner"]
    main = {"user_id": owner["ID"], "display_name": owner.get("DisplayName", ""), "email": "main@example.com",
            "access_key": server.access_key, "secret_key": server.secret}
    alt = make_alt(server)
    host, port = server.endpoint.removeprefix("http://").split(":")
    config = configparser.RawConfigParser()
    config["DEFAULT"] = {"host": host, "port": port, "is_secure": "False"}
    config["fixtures"] = {"bucket prefix": "ceph-{random}-"}
    keys = [server.client("kms").create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
    for section, user in (("s3 main", main), ("s3 alt", alt), ("s3 tenant", alt), ("iam", alt), ("iam root", main), ("iam alt root", alt)):
        config[section] = user
    config["s3 main"].update({"kms_keyid": keys[0], "kms_keyid2": keys[1]})
    config["s3 tenant"]["tenant"] = ""
    with open(path, "w") as file:
        config.write(file)


@pytest.fixture(scope="session")
def outcomes(start_server, tmp_path_factory):
    """Test name -> "passed", "failed" or "skipped", of all that are run."""
    checkout = os.environ.get("S3_TESTS")
    if not checkout:
        pytest.skip("S3_TESTS names no checkout of ceph/s3-tests")
    folder = tmp_path_factory.mktemp("ceph")
    markers, _ = read_known()
    with start_server() as server:
        write_configuration(server, folder / "s3tests.conf")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "old_buckets", "--tb=no", f"--junitxml={folder / 'report.xml'}",
                   "-m", " and ".join(f"not {marker}" for marker in sorted(markers)), *FILES]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        subprocess.run(command, cwd=checkout, env=environment | {"S3TEST_CONF": str(folder / "s3tests.conf"), "PYTHONPATH": str(KNOWN.parent)}, stdout=subprocess.DEVNULL)
    found = {}
    for case in xml.etree.ElementTree.parse(folder / "report.xml").getroot().iter("testcase"):
        kinds = {child.tag for child in case}
        found[case.get("name")] = "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
    return found


def test_every_failure_is_known(outcomes):
    _, known = read_known()
    unknown = sorted(name for name, outcome in outcomes.items() if outcome == "failed" and name not in known)
    counts = collections.Counter(outcomes.values())
    print(f"ceph/s3-tests: {dict(counts)}")
    assert not unknown, f"{len(unknown)} tests fail that known_failures.txt does not name: {unknown}"


def test_no_known_failure_passes(outcomes):
    _, known = read_known()
    fixed = sorted(name for name in known if outcomes.get(name) == "passed")
    gone = sorted(name for name in known if name not in outcomes)
    assert not fixed, f"these pass now; take them off known_failures.txt: {fixed}"
    assert not gone, f"these are no tests of the checkout; take them off known_failures.txt: {gone}"
