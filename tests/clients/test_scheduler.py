"""EventBridge Scheduler through boto3: schedules and groups, time zones, one-time schedules, restarts and a virtual clock."""
import datetime
import json
import signal
import time

import pytest
from botocore.exceptions import ClientError

from conftest import ROLE
from test_events import PASS, error, executions, make_machine

OFF = {"Mode": "OFF"}
UTC = datetime.timezone.utc


@pytest.fixture
def scheduler(server):
    return server.client("scheduler")


def starts(found):
    return [execution["startDate"].astimezone(UTC) for execution in found]


def test_schedule_life(server, scheduler, unique):
    machine = make_machine(server, unique)
    group = scheduler.create_schedule_group(Name=unique, Tags=[{"Key": "a", "Value": "b"}])["ScheduleGroupArn"]
    assert error(scheduler.create_schedule_group, Name=unique)[0] == "ConflictException"
    assert scheduler.list_tags_for_resource(ResourceArn=group)["Tags"] == [{"Key": "a", "Value": "b"}]
    scheduler.tag_resource(ResourceArn=group, Tags=[{"Key": "c", "Value": "d"}])
    scheduler.untag_resource(ResourceArn=group, TagKeys=["a"])
    assert scheduler.list_tags_for_resource(ResourceArn=group)["Tags"] == [{"Key": "c", "Value": "d"}]
    target = {"Arn": machine, "RoleArn": ROLE, "Input": '{"a": 1}', "RetryPolicy": {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 2}}
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    made = dict(Name="s", GroupName=unique, ScheduleExpression="cron(0 9 * * ? *)", ScheduleExpressionTimezone="Europe/Berlin", Target=target, FlexibleTimeWindow=window)
    arn = scheduler.create_schedule(**made)["ScheduleArn"]
    assert arn == f"arn:aws:scheduler:us-east-1:123456789012:schedule/{unique}/s"
    assert error(scheduler.create_schedule, **made)[0] == "ConflictException"
    got = scheduler.get_schedule(Name="s", GroupName=unique)
    assert {key: got[key] for key in made} == made
    assert (got["State"], got["ActionAfterCompletion"], got["Arn"]) == ("ENABLED", "NONE", arn)
    scheduler.update_schedule(**made | {"State": "DISABLED", "FlexibleTimeWindow": OFF})
    assert scheduler.get_schedule(Name="s", GroupName=unique)["State"] == "DISABLED"
    assert [s["Name"] for s in scheduler.list_schedules(GroupName=unique)["Schedules"]] == ["s"]
    assert scheduler.list_schedules(GroupName=unique, State="ENABLED")["Schedules"] == []
    assert unique in [g["Name"] for g in scheduler.list_schedule_groups(NamePrefix=unique)["ScheduleGroups"]]
    scheduler.delete_schedule_group(Name=unique)
    assert error(scheduler.get_schedule, Name="s", GroupName=unique)[0] == "ResourceNotFoundException"
    assert error(scheduler.get_schedule_group, Name=unique)[0] == "ResourceNotFoundException"


def test_refusals(scheduler, unique):
    target = {"Arn": "arn:aws:states:us-east-1:123456789012:stateMachine:m", "RoleArn": ROLE}

    def refused(**changes):
        return error(scheduler.create_schedule, **dict(Name=unique, ScheduleExpression="rate(1 hour)", Target=target, FlexibleTimeWindow=OFF) | changes)

    assert "Invalid Schedule Expression rate(2 hour)" in refused(ScheduleExpression="rate(2 hour)")[1]
    assert "Timezone Mars/Olympus" in refused(ScheduleExpressionTimezone="Mars/Olympus")[1]
    assert "does not serve the target arn:aws:sqs" in refused(Target={"Arn": "arn:aws:sqs:us-east-1:123456789012:q", "RoleArn": ROLE})[1]
    assert "docs/coverage.md" in refused(Target={"Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:createModelCard", "RoleArn": ROLE})[1]
    assert refused(GroupName="nowhere")[0] == "ResourceNotFoundException"
    assert refused(FlexibleTimeWindow={"Mode": "FLEXIBLE"})[0] == "ValidationException"


def test_a_rate_starts_at_once(server, scheduler, unique):
    machine = make_machine(server, unique)
    payload = '{"at": "<aws.scheduler.scheduled-time>", "by": "<aws.scheduler.schedule-arn>", "id": "<aws.scheduler.execution-id>"}'
    arn = scheduler.create_schedule(Name=unique, ScheduleExpression="rate(1 hour)", Target={"Arn": machine, "RoleArn": ROLE, "Input": payload}, FlexibleTimeWindow=OFF)["ScheduleArn"]
    (execution,) = executions(server, machine, 1)
    value = json.loads(execution["input"])
    assert (value["by"], value["id"]) == (arn, execution["name"])
    scheduler.delete_schedule(Name=unique)


def test_a_month_over_daylight_saving(start_server):
    """Nine in the morning in New York is 14:00 UTC until 2027-03-14, and 13:00 from then on."""
    with start_server(clock="virtual") as server:
        scheduler = server.client("scheduler")
        machine = make_machine(server, "m")
        now = datetime.datetime.now(UTC)
        year = now.year + 1
        begin = datetime.datetime(year, 3, 1, tzinfo=UTC)
        reach = (begin - now).days + 40
        assert reach > 0
        with start_server(clock="virtual", arguments=["--virtual-days", str(reach)]) as far:
            machine = make_machine(far, "m")
            far.client("scheduler").create_schedule(
                Name="s", ScheduleExpression="cron(0 9 * * ? *)", ScheduleExpressionTimezone="America/New_York", StartDate=begin, EndDate=begin + datetime.timedelta(days=31),
                Target={"Arn": machine, "RoleArn": ROLE}, FlexibleTimeWindow=OFF)
            found = executions(far, machine, 31, seconds=60)
        hours = [start.hour for start in starts(found)]
        first_sunday = 1 + (6 - begin.weekday()) % 7
        before = first_sunday + 7 - 1  # the clocks change on the second Sunday of March
        assert hours == [14] * before + [13] * (31 - before)
        # Without it, a schedule runs for a month after it was made.
        scheduler.create_schedule(Name="s", ScheduleExpression="cron(0 9 * * ? *)", Target={"Arn": make_machine(server, "n"), "RoleArn": ROLE}, FlexibleTimeWindow=OFF)
        assert len(executions(server, machine.replace(":m", ":n"), 31, seconds=60)) == 31


def test_one_time_and_universal_targets(start_server):
    with start_server(clock="virtual") as server:
        scheduler = server.client("scheduler")
        machine = make_machine(server, "m")
        at = (datetime.datetime.now(UTC) + datetime.timedelta(days=2)).strftime("at(%Y-%m-%dT%H:%M:%S)")
        once = dict(ScheduleExpression=at, FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 10}, ActionAfterCompletion="DELETE")
        scheduler.create_schedule(Name="kept", Target={"Arn": machine, "RoleArn": ROLE}, **once | {"ActionAfterCompletion": "NONE"})
        (first,) = executions(server, machine, 1)
        wanted = datetime.datetime.strptime(at, "at(%Y-%m-%dT%H:%M:%S)").replace(tzinfo=UTC)
        assert wanted <= first["startDate"].astimezone(UTC) < wanted + datetime.timedelta(minutes=10)
        assert [s["Name"] for s in scheduler.list_schedules()["Schedules"]] == ["kept"]
        call = {"Arn": "arn:aws:scheduler:::aws-sdk:sfn:startExecution", "RoleArn": ROLE, "Input": json.dumps({"StateMachineArn": machine, "Input": '{"u": 1}'})}
        later = first["startDate"].astimezone(UTC) + datetime.timedelta(days=2)
        scheduler.create_schedule(Name="gone", Target=call, **once | {"ScheduleExpression": later.strftime("at(%Y-%m-%dT%H:%M:%S)")})
        assert json.loads(executions(server, machine, 2)[1]["input"]) == {"u": 1}
        deadline = time.monotonic() + 30
        while [s["Name"] for s in scheduler.list_schedules()["Schedules"]] != ["kept"]:
            assert time.monotonic() < deadline


def test_runs_survive_kills(start_server, tmp_path):
    """A day of an hourly schedule under a virtual clock, killed again and again: each run once, none lost."""
    data = tmp_path / "data"
    virtual = dict(data=data, clock="virtual", arguments=["--virtual-days", "1"])
    with start_server(data=data) as server:
        machine = make_machine(server, "m", {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}})
        begin = datetime.datetime.now(UTC).replace(microsecond=0) + datetime.timedelta(minutes=50)
        target = {"Arn": machine, "RoleArn": ROLE, "Input": '{"at": "<aws.scheduler.scheduled-time>"}'}
        server.client("scheduler").create_schedule(Name="s", ScheduleExpression="rate(1 hour)", StartDate=begin, Target=target, FlexibleTimeWindow=OFF)
        server.stop(signal.SIGKILL)
    for _ in range(3):
        with start_server(**virtual) as server:
            server.stop(signal.SIGKILL)
    with start_server(**virtual) as server:
        # By the scheduled time: the virtual clock begins anew with each start, and a run under way at the kill starts then.
        times = sorted(json.loads(execution["input"])["at"] for execution in executions(server, machine, 24, seconds=60))
    assert times == [(begin + datetime.timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%M:%SZ") for hour in range(24)]


def test_a_missed_run_is_caught_up(start_server, tmp_path):
    """What fell due while the server was down runs when it is up again."""
    data = tmp_path / "data"
    with start_server(data=data) as server:
        machine = make_machine(server, "m")
        due = datetime.datetime.now(UTC).replace(microsecond=0) + datetime.timedelta(seconds=3)
        target = {"Arn": machine, "RoleArn": ROLE, "Input": '{"at": "<aws.scheduler.scheduled-time>"}'}
        server.client("scheduler").create_schedule(Name="s", ScheduleExpression=due.strftime("at(%Y-%m-%dT%H:%M:%S)"), Target=target, FlexibleTimeWindow=OFF)
        server.stop(signal.SIGKILL)
    while datetime.datetime.now(UTC) <= due:
        time.sleep(0.05)
    with start_server(data=data) as server:
        (execution,) = executions(server, machine, 1)
        assert json.loads(execution["input"])["at"] == due.strftime("%Y-%m-%dT%H:%M:%SZ")
        assert execution["startDate"] > due
