"""Replays the recorded Step Functions cases against the real server and holds the list of known failures."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CORPUS = ROOT.parent / "shared" / "conformance" / "asl"
KNOWN_FAILURES = pathlib.Path(__file__).with_name("known_failures.txt")

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the recorded cases (../shared/conformance/asl) are not here")


def read_known_failures():
    lines = (line.split("#")[0].strip() for line in KNOWN_FAILURES.read_text().splitlines())
    return {line for line in lines if line}


@pytest.fixture(scope="module")
def results(start_server, tmp_path_factory):
    """Each case's outcome by id; of those that need Step Functions, S3 and CloudWatch Logs."""
    folder = tmp_path_factory.mktemp("conformance")
    with start_server(account="000000000000", root_key=("test", "test"), arguments=("--iam", "off"), role=False) as server:
        report = folder / "report.json"
        command = [sys.executable, str(CORPUS / "run.py"), "--endpoint", server.endpoint, "--cases", str(CORPUS / "cases"),
                   "--with", "s3,logs", "--json", str(report), "--threads", "16", "-q"]  # fmt: skip
        # The recordings' error texts are those of botocore's legacy retry mode (standard adds "(reached max retries: 0)").
        environment = {**os.environ, "AWS_RETRY_MODE": "legacy"}
        output = subprocess.run(command, capture_output=True, text=True, timeout=500, env=environment).stdout
        print(output)
        return json.loads(report.read_text())


@pytest.fixture(scope="module")
def needs():
    """Which services each case needs, by id."""
    cases = (json.loads(path.read_text()) for path in (CORPUS / "cases").rglob("*.json"))
    return {case["id"]: set(case["needs"]) for case in cases}


def test_every_case_that_is_not_a_known_failure_passes(results):
    failed = {name for name, result in results.items() if not result["pass"]}
    new = {name: results[name]["diff"] for name in failed - read_known_failures()}
    assert not new, f"{len(new)} cases fail that passed: {json.dumps(new, indent=1)[:4000]}"


def test_known_failures_only_shrink(results):
    passed = {name for name, result in results.items() if result["pass"]}
    mended = sorted(passed & read_known_failures())
    assert not mended, f"these cases pass now: take them off {KNOWN_FAILURES.name}: {mended}"


@pytest.mark.parametrize("with_others, count, floor", [(False, 446, 443), (True, 52, 50)])
def test_all_cases_ran(results, needs, with_others, count, floor):
    outcomes = [result["pass"] for name, result in results.items() if (needs[name] != {"stepfunctions"}) == with_others]
    print(f"conformance: {sum(outcomes)} of {len(outcomes)} cases {'with S3 and Logs' if with_others else 'of Step Functions alone'}")
    assert len(outcomes) >= count and sum(outcomes) >= floor
