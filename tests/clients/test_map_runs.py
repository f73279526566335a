"""Map in distributed mode through boto3: items out of the state's input and out of S3, batches, results in S3, map runs."""
import gzip
import json
import time

import pytest
from botocore.exceptions import ClientError
from conftest import ROLE

ENDS = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}
GET = "arn:aws:states:::s3:getObject"
PASS = {"Type": "Pass", "End": True}
# An item {"fail": true} fails, any other is its own result.
FAILING = {
    "C": {"Type": "Choice", "Choices": [{"Variable": "$.fail", "BooleanEquals": True, "Next": "F"}], "Default": "P"},
    "F": {"Type": "Fail", "Error": "Bad", "Cause": "by order"},
    "P": PASS,
}


def distributed(states=None, start="P", kind="STANDARD", **fields):
    """A machine of one distributed Map."""
    processor = {"StartAt": start, "States": states or {"P": PASS}, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}}
    return {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": processor, "End": True} | fields}}


@pytest.fixture
def states(server):
    return server.client("stepfunctions")


@pytest.fixture
def s3(server):
    return server.client("s3")


@pytest.fixture
def bucket(s3, unique):
    name = f"b-{unique}".lower().replace("_", "-")[:60].rstrip("-")
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def start(states, unique):
    """Creates the machine and starts it; gives the execution's ARN."""

    def begin(definition, value=None):
        made = states.create_state_machine(name=unique, definition=json.dumps(definition), roleArn=ROLE)
        return states.start_execution(stateMachineArn=made["stateMachineArn"], input=json.dumps({} if value is None else value))["executionArn"]

    return begin


def until(check, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)
    return found


def finish(states, arn):
    return until(lambda: (found := states.describe_execution(executionArn=arn))["status"] in ENDS and found)


def output(states, arn):
    found = finish(states, arn)
    assert found["status"] == "SUCCEEDED", found
    return json.loads(found["output"])


def map_run(states, arn):
    (run,) = states.list_map_runs(executionArn=arn)["mapRuns"]
    return states.describe_map_run(mapRunArn=run["mapRunArn"])


def types(states, arn):
    return [event["type"] for event in states.get_execution_history(executionArn=arn, maxResults=1000)["events"]]


def children(states, run_arn, **options):
    pages = states.get_paginator("list_executions").paginate(mapRunArn=run_arn, **options)
    return [execution for page in pages for execution in page["executions"]]


def error(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_items_are_child_executions(states, start, unique):
    arn = start(distributed(Label="Each", MaxConcurrency=2, ItemSelector={"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value"}), ["a", "b", "c"])
    assert output(states, arn) == [{"i": 0, "v": "a"}, {"i": 1, "v": "b"}, {"i": 2, "v": "c"}]
    run = map_run(states, arn)
    assert run["status"] == "SUCCEEDED" and run["executionArn"] == arn and run["maxConcurrency"] == 2
    assert f":mapRun:{unique}/Each:" in run["mapRunArn"]
    assert run["itemCounts"] == run["executionCounts"]
    assert (run["itemCounts"]["succeeded"], run["itemCounts"]["total"], run["itemCounts"]["pending"]) == (3, 3, 0)
    found = children(states, run["mapRunArn"], maxResults=2)
    assert len(found) == 3 and {child["status"] for child in found} == {"SUCCEEDED"}
    child = states.describe_execution(executionArn=found[-1]["executionArn"])
    assert child["mapRunArn"] == run["mapRunArn"] and child["stateMachineArn"].endswith(f":stateMachine:{unique}/Each")
    assert f":execution:{unique}/Each:" in child["executionArn"] and json.loads(child["input"]) == {"i": 0, "v": "a"}
    assert found[-1]["itemCount"] == 1 and found[-1]["mapRunArn"] == run["mapRunArn"]
    assert types(states, child["executionArn"]) == ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    shown = states.describe_state_machine_for_execution(executionArn=child["executionArn"])
    assert shown["mapRunArn"] == run["mapRunArn"] and shown["label"] == "Each"
    parent = states.list_executions(stateMachineArn=states.describe_execution(executionArn=arn)["stateMachineArn"])["executions"]
    assert [execution["executionArn"] for execution in parent] == [arn]


def test_express_items_have_no_executions_to_list(states, start):
    arn = start(distributed(kind="EXPRESS"), [1, 2])
    assert output(states, arn) == [1, 2]
    run = map_run(states, arn)
    assert run["executionCounts"]["succeeded"] == 2
    assert error(states.list_executions, mapRunArn=run["mapRunArn"])[0] == "StateMachineTypeNotSupported"


READERS = {
    "csv": ("CSV", "a;b\n1;x\n2;\"y;z\"\n", {"CSVHeaderLocation": "FIRST_ROW", "CSVDelimiter": "SEMICOLON"}, [{"a": "1", "b": "x"}, {"a": "2", "b": "y;z"}]),
    "csv_given": ("CSV", "1,x\r\n2\r\n", {"CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a", "b"]}, [{"a": "1", "b": "x"}, {"a": "2", "b": ""}]),
    "csv_most": ("CSV", "a\n1\n2\n3\n", {"CSVHeaderLocation": "FIRST_ROW", "MaxItems": 2}, [{"a": "1"}, {"a": "2"}]),
    "json": ("JSON", '[1, {"two": [2, "]"]}, "3,4"]', {}, [1, {"two": [2, "]"]}, "3,4"]),
    "json_pointer": ("JSON", '{"x": [[9]], "in~side": {"list": [1, 2]}}', {"ItemsPointer": "/in~0side/list"}, [1, 2]),
    "csv_escapes": ("CSV", 'a,b\nC:\\\\x,"1\\,2"\n\\q\\",3\\,4\n', {"CSVHeaderLocation": "FIRST_ROW"}, [{"a": "C:\\x", "b": "1,2"}, {"a": 'q"', "b": "3,4"}]),
    "json_members": ("JSON", '{"x": {"k": 1, "l": [2]}}', {"ItemsPointer": "/x"}, [{"Key": "k", "Value": 1}, {"Key": "l", "Value": [2]}]),
    "json_no_members": ("JSON", '{"x": {}}', {"ItemsPointer": "/x"}, []),
    "json_lines": ("JSONL", '{"a": 1}\n\n{"a": 2}', {}, [{"a": 1}, {"a": 2}]),
    "empty": ("JSON", "[]", {}, []),
}


@pytest.mark.parametrize("name", READERS)
def test_items_come_from_an_object(states, s3, start, bucket, name):
    kind, text, config, expected = READERS[name]
    s3.put_object(Bucket=bucket, Key="in/file", Body=text.encode())
    reader = {"Resource": GET, "Parameters": {"Bucket.$": "$.bucket", "Key": "in/file"}, "ReaderConfig": {"InputType": kind} | config}
    assert output(states, start(distributed(ItemReader=reader), {"bucket": bucket})) == expected


@pytest.mark.parametrize(
    "text, cause",
    [(b"{}", "Attempting to map over non-iterable node."), (b"[1, 2", "cannot be read"), (None, "does not exist")],
)
def test_a_reader_that_fails_fails_the_run(states, s3, start, bucket, text, cause):
    if text is not None:
        s3.put_object(Bucket=bucket, Key="file", Body=text)
    reader = {"Resource": GET, "Parameters": {"Bucket": bucket, "Key": "file"}, "ReaderConfig": {"InputType": "JSON"}}
    arn = start(distributed(ItemReader=reader))
    found = finish(states, arn)
    assert found["error"] == "States.ItemReaderFailed" and cause in found["cause"]
    assert types(states, arn)[-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]
    assert map_run(states, arn)["status"] == "FAILED"


def test_items_are_listed_objects(states, s3, start, bucket):
    for key in ["x/1", "x/2", "y/3"]:
        s3.put_object(Bucket=bucket, Key=key, Body=b'[{"of": "' + key.encode() + b'"}]')
    reader = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": bucket, "Prefix": "x/", "MaxKeys": 1}}
    found = output(states, start(distributed(ItemReader=reader)))
    assert [item["Key"] for item in found] == ["x/1", "x/2"]
    assert {*found[0]} == {"Etag", "Key", "LastModified", "Size", "StorageClass"} and found[0]["Size"] == 15


def test_items_are_those_in_the_listed_objects(states, s3, start, bucket):
    for key in ["x/1", "x/2"]:
        s3.put_object(Bucket=bucket, Key=key, Body=b'[{"of": "' + key.encode() + b'"}]')
    reader = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": bucket, "Prefix": "x/"}, "ReaderConfig": {"InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN"}}
    selector = {"v.$": "$$.Map.Item.Value.of", "s.$": "$$.Map.Item.Source"}
    found = output(states, start(distributed(ItemReader=reader, ItemSelector=selector)))
    assert found == [{"v": f"x/{n}", "s": f"S3://{bucket}/x/{n}"} for n in (1, 2)]


def test_items_are_those_of_an_inventory(states, s3, start, bucket):
    s3.put_object(Bucket=bucket, Key="inv/data/1.csv.gz", Body=gzip.compress(b'"b","a%20key","12"\n'))
    s3.put_object(Bucket=bucket, Key="inv/data/2.csv.gz", Body=gzip.compress(b'"b","other","7"\n'))
    manifest = {"sourceBucket": "b", "destinationBucket": f"arn:aws:s3:::{bucket}", "fileFormat": "CSV", "fileSchema": "Bucket, Key, Size"}
    manifest["files"] = [{"key": f"inv/data/{n}.csv.gz", "size": 1, "MD5checksum": ""} for n in (1, 2)]
    s3.put_object(Bucket=bucket, Key="inv/manifest.json", Body=json.dumps(manifest).encode())
    reader = {"Resource": GET, "Parameters": {"Bucket": bucket, "Key": "inv/manifest.json"}, "ReaderConfig": {"ManifestType": "S3_INVENTORY"}}
    found = output(states, start(distributed(ItemReader=reader)))
    assert found == [{"Bucket": "b", "Key": "a key", "Size": "12"}, {"Bucket": "b", "Key": "other", "Size": "7"}]


def zstd(text):
    """Up to 255 bytes as a frame of one raw block (RFC 8878)."""
    return bytes.fromhex("28b52ffd20") + bytes([len(text)]) + (len(text) << 3 | 1).to_bytes(3, "little") + text


@pytest.mark.parametrize("name, pack", [("a.jsonl.gz", gzip.compress), ("a.jsonl.zstd", zstd), ("a.jsonl.zst", zstd)])
def test_a_compressed_object_is_read(states, s3, start, bucket, name, pack):
    s3.put_object(Bucket=bucket, Key=name, Body=pack(b'{"a": 1}\n{"a": 2}\n'))
    reader = {"Resource": GET, "Parameters": {"Bucket": bucket, "Key": name}, "ReaderConfig": {"InputType": "JSONL"}}
    assert output(states, start(distributed(ItemReader=reader))) == [{"a": 1}, {"a": 2}]


def test_an_object_that_is_not_compressed_as_named_fails_the_run(states, s3, start, bucket):
    s3.put_object(Bucket=bucket, Key="a.jsonl.gz", Body=gzip.compress(b"1\n" * 9)[:-9])
    reader = {"Resource": GET, "Parameters": {"Bucket": bucket, "Key": "a.jsonl.gz"}, "ReaderConfig": {"InputType": "JSONL"}}
    found = finish(states, start(distributed(ItemReader=reader)))
    assert found["error"] == "States.ItemReaderFailed" and "compressed file cannot be read" in found["cause"]


def test_items_are_those_an_athena_manifest_names(states, s3, start, bucket):
    s3.put_object(Bucket=bucket, Key="out/1.gz", Body=gzip.compress(b'{"a": 1}\n'))
    s3.put_object(Bucket=bucket, Key="out/2", Body=b'{"a": 2}\n{"a": 3}\n')
    s3.put_object(Bucket=bucket, Key="q-manifest.csv", Body=f"s3://{bucket}/out/1.gz\ns3://{bucket}/out/2\n")
    config = {"ManifestType": "ATHENA_DATA", "InputType": "JSONL"}
    reader = {"Resource": GET, "Parameters": {"Bucket": bucket, "Key": "q-manifest.csv"}, "ReaderConfig": config}
    selector = {"v.$": "$$.Map.Item.Value.a", "s.$": "$$.Map.Item.Source"}
    found = output(states, start(distributed(ItemReader=reader, ItemSelector=selector)))
    assert found == [{"v": v, "s": f"S3://{bucket}/out/{file}"} for v, file in [(1, "1.gz"), (2, "2"), (3, "2")]]


def test_items_are_the_members_of_an_object(states, start):
    pass_in = {"P": {"Type": "Pass", "Parameters": {"in.$": "$"}, "End": True}}
    value = {"servers": {"web": {"port": 80}, "db": None}}
    arn = start(distributed(pass_in, ItemsPath="$.servers"), value)
    assert output(states, arn) == [{"in": {"Key": "web", "Value": {"port": 80}}}, {"in": {"Key": "db", "Value": None}}]
    assert map_run(states, arn)["itemCounts"]["succeeded"] == 2


def test_members_are_told_by_the_context_object(states, start):
    selector = {"i.$": "$$.Map.Item.Index", "k.$": "$$.Map.Item.Key", "v.$": "$$.Map.Item.Value", "s.$": "$$.Map.Item.Source"}
    found = output(states, start(distributed(ItemSelector=selector), {"web": {"port": 80}, "db": 2}))
    assert found == [{"i": 0, "k": "web", "v": {"port": 80}, "s": "STATE_DATA"}, {"i": 1, "k": "db", "v": 2, "s": "STATE_DATA"}]


@pytest.mark.parametrize("items", ["{% $states.input %}", {"a": "{% $states.input.a %}", "b": 2}])
def test_members_of_a_jsonata_map(states, start, items):
    definition = distributed(QueryLanguage="JSONata", Items=items)
    assert output(states, start(definition, {"a": 1, "b": 2})) == [{"Key": "a", "Value": 1}, {"Key": "b", "Value": 2}]


def test_what_a_reader_cannot_be(states):
    def refused(resource, **config):
        reader = {"Resource": resource, "Parameters": {"Bucket": "b", "Key": "k"}, "ReaderConfig": config}
        return error(states.create_state_machine, name="refused", definition=json.dumps(distributed(ItemReader=reader)), roleArn=ROLE)[1]

    assert "These fields are required: [InputType]" in refused(GET, MaxItems=1)
    assert "These fields are required: [InputType]" in refused("arn:aws:states:::s3:listObjectsV2", Transformation="LOAD_AND_FLATTEN")
    assert "InputType cannot be specified" in refused(GET, InputType="CSV", CSVHeaderLocation="FIRST_ROW", ManifestType="S3_INVENTORY")
    assert "PARQUET files are not read" in refused(GET, InputType="PARQUET")


def test_items_are_batched(states, start):
    batcher = {"MaxItemsPerBatch": 3, "BatchInput": {"factor.$": "$.factor"}}
    arn = start(distributed(ItemsPath="$.items", ItemBatcher=batcher), {"items": list(range(7)), "factor": 2})
    assert output(states, arn) == [{"BatchInput": {"factor": 2}, "Items": part} for part in ([0, 1, 2], [3, 4, 5], [6])]
    run = map_run(states, arn)
    assert (run["itemCounts"]["total"], run["executionCounts"]["total"]) == (7, 3)
    assert [child["itemCount"] for child in children(states, run["mapRunArn"])] == [1, 3, 3]


@pytest.mark.parametrize("kind, text", [("JSON", "[1, 2, 3]"), ("JSONL", "1\n2\n3\n"), ("CSV", "1\n2\n3\n")])
def test_the_last_batch_of_a_file_may_be_smaller(states, s3, start, bucket, kind, text):
    s3.put_object(Bucket=bucket, Key="file", Body=text)
    config = {"InputType": kind, **({"CSVHeaderLocation": "GIVEN", "CSVHeaders": ["n"]} if kind == "CSV" else {})}
    reader = {"Resource": GET, "Parameters": {"Bucket": bucket, "Key": "file"}, "ReaderConfig": config}
    batches = output(states, start(distributed(ItemReader=reader, ItemBatcher={"MaxItemsPerBatch": 2})))
    assert [len(batch["Items"]) for batch in batches] == [2, 1]


def test_batches_are_bound_in_bytes(states, start):
    arn = start(distributed(ItemBatcher={"MaxInputBytesPerBatch": 60}), ["x" * 20] * 5)
    batches = output(states, arn)
    assert [len(batch["Items"]) for batch in batches] == [2, 2, 1]
    assert all(len(json.dumps(batch, separators=(",", ":"))) <= 60 for batch in batches)


def test_results_are_written(states, s3, start, bucket):
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": bucket, "Prefix": "out"}}
    arn = start(distributed(FAILING, "C", Label="L", ToleratedFailureCount=1, ResultWriter=writer), [{"fail": False, "n": 1}, {"fail": True}])
    found = output(states, arn)
    run = map_run(states, arn)
    key = f"out/{run['mapRunArn'].rsplit(':', 1)[1]}/manifest.json"
    assert found == {"MapRunArn": run["mapRunArn"], "ResultWriterDetails": {"Bucket": bucket, "Key": key}}
    manifest = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    assert manifest["DestinationBucket"] == bucket and manifest["MapRunArn"] == run["mapRunArn"]
    files = manifest["ResultFiles"]
    assert files["PENDING"] == [] and files["SUCCEEDED"][0]["Key"] == key.replace("manifest", "SUCCEEDED_0")
    (good,) = json.loads(s3.get_object(Bucket=bucket, Key=files["SUCCEEDED"][0]["Key"])["Body"].read())
    assert json.loads(good["Output"]) == {"fail": False, "n": 1} and good["Status"] == "SUCCEEDED"
    assert good["StateMachineArn"].endswith("/L") and good["InputDetails"] == {"Included": True}
    (bad,) = json.loads(s3.get_object(Bucket=bucket, Key=files["FAILED"][0]["Key"])["Body"].read())
    assert (bad["Error"], bad["Cause"], bad["Status"]) == ("Bad", "by order", "FAILED")
    assert s3.head_object(Bucket=bucket, Key=files["FAILED"][0]["Key"])["ContentLength"] == files["FAILED"][0]["Size"]
    assert run["itemCounts"]["resultsWritten"] == 2


def test_results_are_written_in_other_forms(states, s3, start, bucket):
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": bucket}, "WriterConfig": {"OutputType": "JSONL", "Transformation": "FLATTEN"}}
    found = output(states, start(distributed(ResultWriter=writer), [[1, 2], [3]]))
    key = found["ResultWriterDetails"]["Key"].replace("manifest.json", "SUCCEEDED_0.jsonl")
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"1\n2\n3\n"


def test_results_are_flattened_in_the_output(states, start):
    assert output(states, start(distributed(ResultWriter={"WriterConfig": {"Transformation": "FLATTEN"}}), [[1, 2], [3]])) == [1, 2, 3]


def test_a_writer_that_fails_fails_the_run(states, start):
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "no-such-bucket-here"}}
    found = finish(states, start(distributed(ResultWriter=writer), [1]))
    assert found["error"] == "States.ResultWriterFailed" and "does not exist" in found["cause"]


def test_outputs_larger_than_a_payload_fail_the_state(states, start):
    found = finish(states, start(distributed(ItemsPath="$.items", ItemSelector={"x.$": "$.text"}), {"items": [1, 2, 3], "text": "y" * 100_000}))
    assert found["error"] == "States.DataLimitExceeded"


def test_failures_beyond_the_tolerance_end_the_run(states, start):
    waiting = dict(FAILING, P={"Type": "Wait", "Seconds": 3600, "End": True})
    arn = start(distributed(waiting, "C", ToleratedFailurePercentage=25), [{"fail": n < 2} for n in range(4)])
    found = finish(states, arn)
    assert found["error"] == "States.ExceedToleratedFailureThreshold"
    assert found["cause"] == "The specified tolerated failure threshold was exceeded"
    run = map_run(states, arn)
    assert run["status"] == "FAILED" and run["toleratedFailurePercentage"] == 25
    assert run["itemCounts"]["failed"] == 2 and run["itemCounts"]["running"] == 0
    assert {child["status"] for child in children(states, run["mapRunArn"])} <= {"FAILED", "ABORTED"}


def test_a_stop_aborts_the_items(states, start):
    arn = start(distributed({"W": {"Type": "Wait", "Seconds": 3600, "End": True}}, "W", MaxConcurrency=2), [1, 2, 3])
    until(lambda: map_run(states, arn)["itemCounts"]["running"] == 2)
    counts = map_run(states, arn)["itemCounts"]
    assert (counts["pending"], counts["total"]) == (1, 3)
    states.stop_execution(executionArn=arn)
    assert types(states, arn)[-3:] == ["MapRunAborted", "MapStateAborted", "ExecutionAborted"]
    run = until(lambda: (run := map_run(states, arn))["itemCounts"]["aborted"] == 2 and run)
    assert run["status"] == "ABORTED" and run["stopDate"]


def test_a_running_map_run_can_be_changed(states, start):
    arn = start(distributed({"W": {"Type": "Wait", "Seconds": 3600, "End": True}}, "W", MaxConcurrency=1), [1, 2, 3])
    run = until(lambda: (run := map_run(states, arn))["itemCounts"]["running"] == 1 and run)["mapRunArn"]
    assert error(states.update_map_run, mapRunArn=run)[0] == "ValidationException"
    states.update_map_run(mapRunArn=run, maxConcurrency=3, toleratedFailureCount=2, toleratedFailurePercentage=50.0)
    until(lambda: map_run(states, arn)["itemCounts"]["running"] == 3)
    found = map_run(states, arn)
    assert (found["maxConcurrency"], found["toleratedFailureCount"], found["toleratedFailurePercentage"]) == (3, 2, 50.0)
    for child in children(states, run):
        states.stop_execution(executionArn=child["executionArn"])
    assert finish(states, arn)["status"] == "FAILED"
    assert error(states.update_map_run, mapRunArn=run, maxConcurrency=1)[0] == "ValidationException"


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_redrive_runs_only_what_did_not_end_well(states, s3, start, bucket, kind):
    """Each item reads an object of its own; the missing one is there before the redrive."""
    read = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:getObject", "Parameters": {"Bucket": bucket, "Key.$": "$"}, "OutputPath": "$.Body", "End": True}
    s3.put_object(Bucket=bucket, Key="one", Body=b"1")
    s3.put_object(Bucket=bucket, Key="three", Body=b"3")
    arn = start(distributed({"R": read}, "R", kind, MaxConcurrency=1), ["one", "two", "three"])
    assert finish(states, arn)["status"] == "FAILED"
    before = map_run(states, arn)
    counts = before["itemCounts"]
    assert (counts["succeeded"], counts["failed"], counts["pending"], counts["total"]) == (1, 1, 1, 3)
    if kind == "STANDARD":
        (bad,) = children(states, before["mapRunArn"], statusFilter="FAILED")
        assert states.describe_execution(executionArn=bad["executionArn"])["redriveStatus"] == "REDRIVABLE_BY_MAP_RUN"
        assert error(states.redrive_execution, executionArn=bad["executionArn"])[0] == "ExecutionNotRedrivable"
    s3.put_object(Bucket=bucket, Key="two", Body=b"2")
    states.redrive_execution(executionArn=arn)
    assert output(states, arn) == ["1", "2", "3"]
    run = map_run(states, arn)
    assert (run["status"], run["redriveCount"]) == ("SUCCEEDED", 1) and run["redriveDate"]
    assert (run["itemCounts"]["succeeded"], run["itemCounts"]["total"]) == (3, 3)
    assert "MapRunRedriven" in types(states, arn)
    if kind == "STANDARD":
        found = children(states, run["mapRunArn"])
        assert sorted(child["redriveCount"] for child in found) == [0, 0, 1]


def test_map_runs_nest(states, start):
    inner = distributed()["States"]["M"]
    assert output(states, start(distributed({"N": inner}, "N"), [[1], [2, 3]])) == [[1], [2, 3]]


def test_a_deleted_machine_takes_its_map_runs_along(states, start):
    arn = start(distributed(), [1])
    finish(states, arn)
    run = map_run(states, arn)["mapRunArn"]
    child = children(states, run)[0]["executionArn"]
    states.delete_state_machine(stateMachineArn=states.describe_execution(executionArn=arn)["stateMachineArn"])
    until(lambda: gone(states.describe_map_run, mapRunArn=run))
    assert error(states.describe_map_run, mapRunArn=run)[0] == "ResourceNotFound"
    assert error(states.describe_execution, executionArn=child)[0] == "ExecutionDoesNotExist"


def gone(call, **parameters):
    try:
        call(**parameters)
    except ClientError:
        return True
    return False
