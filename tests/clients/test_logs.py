"""CloudWatch Logs through boto3: groups, streams, events both ways, filters, tags, and AWS's errors."""
import signal
import time

import pytest
from botocore.exceptions import ClientError

GROUP = "/penstock/test"


@pytest.fixture
def logs(server):
    client = server.client("logs")
    client.create_log_group(logGroupName=GROUP, tags={"team": "ml"})
    client.create_log_stream(logGroupName=GROUP, logStreamName="s")
    yield client
    client.delete_log_group(logGroupName=GROUP)


def now():
    return int(time.time() * 1000)


def put(logs, messages, stream="s", start=None):
    """Puts messages a millisecond apart; gives the time of the first."""
    start = start or now() - 60_000
    events = [{"timestamp": start + index, "message": message} for index, message in enumerate(messages)]
    logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=events)
    return start


def error(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def messages(answer):
    return [event["message"] for event in answer["events"]]


def test_groups(logs):
    assert error(logs.create_log_group, logGroupName=GROUP) == ("ResourceAlreadyExistsException", "The specified log group already exists")
    (group,) = logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]
    assert group["arn"].endswith(f":log-group:{GROUP}:*") and group["logGroupArn"].endswith(f":log-group:{GROUP}")
    assert abs(group["creationTime"] - now()) < 60_000
    assert "retentionInDays" not in group
    logs.put_retention_policy(logGroupName=GROUP, retentionInDays=7)
    assert logs.describe_log_groups(logGroupNamePattern="stock/te")["logGroups"][0]["retentionInDays"] == 7
    code, message = error(logs.put_retention_policy, logGroupName=GROUP, retentionInDays=4)
    assert code == "InvalidParameterException" and "Value '4' at 'retentionInDays'" in message
    logs.delete_retention_policy(logGroupName=GROUP)
    missing = ("ResourceNotFoundException", "The specified log group does not exist.")
    assert error(logs.delete_log_group, logGroupName="none") == missing
    assert error(logs.describe_log_streams, logGroupName="none") == missing
    assert error(logs.create_log_group, logGroupName="k", kmsKeyId="arn:aws:kms:us-east-1:1:key/x")[0] == "InvalidParameterException"


def test_group_pages(logs):
    names = [f"/page/{index:02}" for index in range(7)]
    for name in names:
        logs.create_log_group(logGroupName=name)
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/page/", PaginationConfig={"PageSize": 3})
    assert [[group["logGroupName"] for group in page["logGroups"]] for page in pages] == [names[:3], names[3:6], names[6:]]
    for name in names:
        logs.delete_log_group(logGroupName=name)


def test_streams(logs):
    assert error(logs.create_log_stream, logGroupName=GROUP, logStreamName="s") == (
        "ResourceAlreadyExistsException", "The specified log stream already exists")
    for name in ("a", "b", "c"):
        logs.create_log_stream(logGroupName=GROUP, logStreamName=name)
    start = now() - 1000
    put(logs, ["x"], "b", start)
    put(logs, ["x"], "a", start + 100)

    def names(**parameters):
        pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=GROUP, PaginationConfig={"PageSize": 3}, **parameters)
        return [stream["logStreamName"] for page in pages for stream in page["logStreams"]]

    assert names() == ["a", "b", "c", "s"]
    assert names(descending=True) == ["s", "c", "b", "a"]
    assert names(orderBy="LastEventTime", descending=True) == ["a", "b", "s", "c"]
    assert names(logStreamNamePrefix="b") == ["b"]
    assert error(logs.describe_log_streams, logGroupName=GROUP, orderBy="LastEventTime", logStreamNamePrefix="b") == (
        "InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.")
    (stream,) = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="b")["logStreams"]
    assert stream["firstEventTimestamp"] == stream["lastEventTimestamp"] == start
    assert stream["arn"].endswith(f":log-group:{GROUP}:log-stream:b")
    logs.delete_log_stream(logGroupName=GROUP, logStreamName="b")
    assert error(logs.delete_log_stream, logGroupName=GROUP, logStreamName="b")[1] == "The specified log stream does not exist."


def test_events_both_ways(logs):
    start = put(logs, [str(index) for index in range(10)])
    read = {"logGroupName": GROUP, "logStreamName": "s"}
    assert messages(logs.get_log_events(**read)) == [str(index) for index in range(10)]
    first = logs.get_log_events(**read, limit=4, startFromHead=True)
    assert messages(first) == ["0", "1", "2", "3"]
    assert first["events"][0]["timestamp"] == start
    second = logs.get_log_events(**read, limit=4, nextToken=first["nextForwardToken"])
    assert messages(second) == ["4", "5", "6", "7"]
    last = logs.get_log_events(**read, nextToken=second["nextForwardToken"])
    assert messages(last) == ["8", "9"]
    end = logs.get_log_events(**read, nextToken=last["nextForwardToken"])
    assert messages(end) == [] and end["nextForwardToken"] == last["nextForwardToken"]
    back = logs.get_log_events(**read, limit=3, nextToken=second["nextBackwardToken"])
    assert messages(back) == ["1", "2", "3"]
    assert messages(logs.get_log_events(**read, limit=2)) == ["8", "9"]  # the latest ones
    assert messages(logs.get_log_events(**read, startTime=start + 2, endTime=start + 4)) == ["2", "3"]
    assert first["nextForwardToken"].startswith("f/") and len(first["nextForwardToken"]) == 58
    put(logs, ["late"], start=start + 100)
    assert messages(logs.get_log_events(**read, nextToken=end["nextForwardToken"])) == ["late"]
    assert error(logs.get_log_events, **read, nextToken="f/1") == ("InvalidParameterException", "The specified nextToken is invalid.")
    assert error(logs.get_log_events, logGroupName=GROUP, logStreamName="none")[1] == "The specified log stream does not exist."
    arn = logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"][0]["logGroupArn"]
    assert messages(logs.get_log_events(logGroupIdentifier=arn, logStreamName="s", limit=1)) == ["late"]


def test_put_rejects_what_is_too_old_or_new(logs):
    day = 86_400_000
    write = {"logGroupName": GROUP, "logStreamName": "s"}
    answer = logs.put_log_events(**write, logEvents=[
        {"timestamp": now() - 20 * day, "message": "old"},
        {"timestamp": now(), "message": "fine"},
        {"timestamp": now() + 3 * 3_600_000, "message": "new"}])
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 2}
    assert messages(logs.get_log_events(**write)) == ["fine"]
    assert "rejectedLogEventsInfo" not in logs.put_log_events(**write, sequenceToken="any", logEvents=[{"timestamp": now(), "message": "x"}])
    assert error(logs.put_log_events, **write, logEvents=[{"timestamp": now(), "message": "b"}, {"timestamp": now() - 5, "message": "a"}]) == (
        "InvalidParameterException", "Log events in a single PutLogEvents request must be in chronological order.")
    code, message = error(logs.put_log_events, **write, logEvents=[{"timestamp": now(), "message": "x" * 600_000}] * 2)
    assert (code, message) == ("InvalidParameterException", "Upload too large: 1200052 bytes exceeds limit of 1048576")


def test_filter(logs):
    logs.create_log_stream(logGroupName=GROUP, logStreamName="t")
    start = put(logs, ["ERROR one", "INFO two", '{"level": "ERROR", "code": 503}'])
    put(logs, ["ERROR three", "WARN four"], "t", start + 1)

    def found(**parameters):
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=GROUP, PaginationConfig={"PageSize": 2}, **parameters)
        return [message for page in pages for message in messages(page)]

    assert found() == ["ERROR one", "INFO two", "ERROR three", '{"level": "ERROR", "code": 503}', "WARN four"]
    assert found(filterPattern="ERROR", logStreamNames=["t"]) == ["ERROR three"]
    assert found(filterPattern="?INFO ?WARN") == ["INFO two", "WARN four"]
    assert found(filterPattern="ERROR -one -level") == ["ERROR three"]
    assert found(filterPattern='{ $.level = "ERROR" && $.code >= 500 }') == ['{"level": "ERROR", "code": 503}']
    assert found(startTime=start + 2, endTime=start + 2) == ['{"level": "ERROR", "code": 503}', "WARN four"]
    assert found(logStreamNamePrefix="t") == ["ERROR three", "WARN four"]
    event = logs.filter_log_events(logGroupName=GROUP, filterPattern="four")["events"][0]
    assert event["logStreamName"] == "t" and event["timestamp"] == start + 2 and len(event["eventId"]) == 56
    assert error(logs.filter_log_events, logGroupName=GROUP, filterPattern="a.b") == (
        "InvalidParameterException", "Invalid character(s) in term 'a.b'")
    assert "not served" in error(logs.filter_log_events, logGroupName=GROUP, filterPattern="[a, b]")[1]


def test_long_streams_are_read_in_pages(logs):
    for batch in range(3):
        put(logs, [f"{batch}/{index} " + "x" * 90 for index in range(8_000)], start=now() - 600_000 + batch * 10_000)
    pages = list(logs.get_paginator("filter_log_events").paginate(logGroupName=GROUP))
    assert len(pages) > 2
    assert sum(len(page["events"]) for page in pages) == 24_000
    ids = [event["eventId"] for page in pages for event in page["events"]]
    assert ids == sorted(set(ids))


def test_tags(logs):
    arn = logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"][0]["logGroupArn"]
    logs.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
    logs.tag_log_group(logGroupName=GROUP, tags={"b": "3"})
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "ml", "a": "1", "b": "3"}
    logs.untag_resource(resourceArn=arn, tagKeys=["a"])
    logs.untag_log_group(logGroupName=GROUP, tags=["team"])
    assert logs.list_tags_log_group(logGroupName=GROUP)["tags"] == {"b": "3"}
    assert error(logs.tag_resource, resourceArn=arn, tags={str(index): "x" for index in range(50)})[0] == "TooManyTagsException"
    assert error(logs.list_tags_for_resource, resourceArn="arn:aws:logs:us-east-1:123456789012:log-group:none")[0] == "ResourceNotFoundException"


def test_lines_survive_a_kill(start_server, tmp_path):
    with start_server(data=tmp_path / "data") as server:
        client = server.client("logs")
        client.create_log_group(logGroupName=GROUP)
        client.create_log_stream(logGroupName=GROUP, logStreamName="s")
        start = put(client, ["kept"])
        server.stop(signal.SIGKILL)
    with start_server(data=tmp_path / "data") as server:
        answer = server.client("logs").get_log_events(logGroupName=GROUP, logStreamName="s")
        assert [(event["timestamp"], event["message"]) for event in answer["events"]] == [(start, "kept")]


def test_regions_have_their_own_groups(server, logs):
    there = server.client("logs", region_name="eu-west-1")
    assert there.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"] == []
    here = logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"][0]
    assert error(there.create_log_stream, logGroupName=GROUP, logStreamName="s")[0] == "ResourceNotFoundException"
    assert error(there.list_tags_for_resource, resourceArn=here["logGroupArn"])[0] == "ResourceNotFoundException"
    there.create_log_group(logGroupName=GROUP)
    try:
        there.create_log_stream(logGroupName=GROUP, logStreamName="s")
        put(there, ["there"])
        put(logs, ["here"])
        assert messages(there.filter_log_events(logGroupName=GROUP)) == ["there"]
        assert messages(logs.filter_log_events(logGroupName=GROUP)) == ["here"]
        assert there.describe_log_groups()["logGroups"][0]["logGroupArn"].split(":")[3] == "eu-west-1"
    finally:
        there.delete_log_group(logGroupName=GROUP)
