"""A full disk refuses writes with an error, keeps reading, loses nothing that was acknowledged, and goes on once there is
room. On a small file system of its own: needs root and mount."""
import os
import signal
import subprocess
import time

import pytest
from botocore.exceptions import ClientError

GROUP = "/full"


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=120m", "tmpfs", folder], capture_output=True).returncode != 0:
        pytest.skip("a file system of its own needs root and mount")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder, leave):
    """Takes all space but `leave` bytes."""
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    with open(folder / "filler", "ab") as file:
        while free > leave:
            piece = min(free - leave, 1 << 20)
            try:
                file.write(b"x" * piece)
                file.flush()
            except OSError:
                return
            free -= piece


class Writer:
    """Writes log lines, and keeps those that were acknowledged."""

    def __init__(self, client):
        self.client = client
        self.number = 0
        self.acknowledged = []

    def write(self):
        self.number += 1
        event = {"timestamp": int(time.time() * 1000), "message": f"line {self.number}"}
        try:
            self.client.put_log_events(logGroupName=GROUP, logStreamName="s", logEvents=[event])
        except ClientError as error:
            return error.response["Error"]["Code"]
        self.acknowledged.append(event["message"])
        return None


def lines(client):
    pages = client.get_paginator("filter_log_events").paginate(logGroupName=GROUP)
    return [event["message"] for page in pages for event in page["events"]]


@pytest.mark.parametrize("leave", [0, 30 << 20], ids=["full", "below the reserve"])
def test_full_disk(start_server, small_disk, leave):
    with start_server(data=small_disk / "data", root_key=("AKIAFULL", "full"), role=False) as server:
        client = server.client("logs")
        client.create_log_group(logGroupName=GROUP)
        client.create_log_stream(logGroupName=GROUP, logStreamName="s")
        writer = Writer(client)
        assert writer.write() is None
        fill(small_disk, leave)
        answers = [writer.write() for _ in range(5)]
        assert answers[-1] == "ServiceUnavailableException", answers
        assert set(lines(client)) >= set(writer.acknowledged)  # reading works

        (small_disk / "filler").unlink()
        while writer.write() is not None:  # it notices by itself
            pass
        fill(small_disk, leave)
        for _ in range(5):
            writer.write()
        server.stop(signal.SIGKILL)
    (small_disk / "filler").unlink()
    with start_server(data=small_disk / "data", root_key=("AKIAFULL", "full"), role=False) as server:
        kept = lines(server.client("logs"))
        assert set(kept) >= set(writer.acknowledged)
        assert server.run("doctor").returncode == 0


def put(s3, key, size):
    """Puts an object of zeros; the error's code, or None."""
    try:
        s3.put_object(Bucket="full", Key=key, Body=bytes(size))
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def test_uploads_to_a_full_disk_leave_nothing_half_written(start_server, small_disk):
    with start_server(data=small_disk / "data", root_key=("AKIAFULL", "full"), role=False) as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="full")
        upload = s3.create_multipart_upload(Bucket="full", Key="parts")["UploadId"]
        part = s3.upload_part(Bucket="full", Key="parts", UploadId=upload, PartNumber=1, Body=bytes(5 << 20))["ETag"]
        kept = [f"k{n}" for n in range(20) if put(s3, f"k{n}", 100_000) is None]
        assert len(kept) == 20
        fill(small_disk, 0)
        refused = {put(s3, f"r{n}", size) for n, size in enumerate([10, 100_000, 10_000_000])}
        assert refused <= {"ServiceUnavailable", "InternalError", "SlowDown"} and None not in refused, refused
        with pytest.raises(ClientError):
            s3.upload_part(Bucket="full", Key="parts", UploadId=upload, PartNumber=2, Body=bytes(5 << 20))
        assert [one["Key"] for one in s3.list_objects_v2(Bucket="full")["Contents"]] == sorted(kept)
        assert s3.get_object(Bucket="full", Key="k7")["Body"].read() == bytes(100_000)
        assert os.listdir(server.data / "spool") == []

        (small_disk / "filler").unlink()
        while put(s3, "after", 100_000) is not None:  # it notices by itself
            pass
        done = {"Parts": [{"PartNumber": 1, "ETag": part}]}
        s3.complete_multipart_upload(Bucket="full", Key="parts", UploadId=upload, MultipartUpload=done)
        assert s3.head_object(Bucket="full", Key="parts")["ContentLength"] == 5 << 20
        found = {one["Key"]: one["Size"] for one in s3.list_objects_v2(Bucket="full")["Contents"]}
        assert found.keys() >= {*kept, "after", "parts"}
        # What was refused while it stood in the queue may have been done since, as after any 5xx answer; then it is whole.
        assert found.keys() <= {*kept, "after", "parts", "r0"} and found.get("r0", 10) == 10
        assert server.run("doctor").returncode == 0
