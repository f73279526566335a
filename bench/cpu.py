"""Where the engine's CPU time goes, through HTTP with signatures verified and IAM enforced: microseconds of the server for one
StartExecution of machines of 1, 10 and 110 Pass states, so for a start and for each further state transition; and, where perf
is installed, the share of each part of the server. The figures do not depend on how busy the machine is, as rates do.

    cpu.py [SECONDS]     (per machine; 5)
"""
import collections
import re
import shutil
import subprocess
import sys
import tempfile

from bench_machine import Server
from engine import create_machine, make_role, wrk

SIZES = (1, 10, 110)
# A sample belongs to the first of these that a frame of its stack names, looked at from the innermost frame outwards.
PARTS = {
    "signature": r"sigv4|SigV4|signature|Signature|SHA256|sha256|HMAC|EVP_",
    "IAM": r"aws::authorization|access::",
    "store (SQLite, fdatasync)": r"sqlite3|Sqlite|store::|fdatasync|ext4|fsync|journal",
    "history encoding": r"encode_events|pipeline::pack|put_number|put_text|identity_of",
    "interpreter": r"pipeline::",
    "executions (timers, tables, queues)": r"execution::",
    "shapes (decode, validate, encode)": r"aws::json|aws::codec|aws::protocol|validation|aws::states|aws::decode|aws::encode|aws::Operation",
    "HTTP and sockets": r"server::|boost::|asio|tcp_|sock|epoll|inet_|skb",
    "JSON parser": r"parse_json|Reader::read",
    "waiting and waking (kernel)": r"futex|schedule|finish_task_switch|wake_up",
}  # fmt: skip


def part_of(stack):
    for frame in stack:
        for part, pattern in PARTS.items():
            if re.search(pattern, frame):
                return part
    return "other (kernel, allocator)"


def shares(data):
    """CPU time of each part, as shares of all samples."""
    text = subprocess.run(["perf", "script", "-i", data, "-F", "ip,sym"], capture_output=True, text=True, check=True).stdout
    stacks = [sample.splitlines() for sample in text.split("\n\n") if sample.strip()]
    counts = collections.Counter(part_of(stack) for stack in stacks)
    return [(part, count / len(stacks)) for part, count in counts.most_common()]


def measure(server, folder, machine_arn, seconds, data):
    recorder = None
    if shutil.which("perf"):
        command = ["perf", "record", "-F", "997", "--call-graph", "fp", "-o", data, "-p", str(server.process.pid), "--", "sleep", str(seconds)]
        recorder = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, cpu = wrk(server, folder, machine_arn, seconds)
    return cpu, recorder is not None and recorder.wait() == 0


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder:
        server = Server(folder)
        make_role(server.client("iam"))
        machines = {size: create_machine(server.client("stepfunctions"), size) for size in SIZES}
        wrk(server, folder, machines[1], 1)  # warm up
        cpu, profiled = {}, []
        for size in SIZES:
            cpu[size], good = measure(server, folder, machines[size], seconds, f"{folder}/{size}.data")
            profiled += [size] if good else []
        transition = (cpu[SIZES[-1]] - cpu[1]) / (SIZES[-1] - 1)
        print(f"CPU: {cpu[1]:.1f} us for a durable start of one Pass, {transition:.2f} us for each further transition "
              f"({', '.join(f'{size}: {cpu[size]:.1f} us' for size in SIZES)})")  # fmt: skip
        for size in profiled:
            print(f"where {cpu[size]:.1f} us of a start with {size} Pass states go:")
            for part, share in shares(f"{folder}/{size}.data"):
                print(f"  {share * cpu[size]:6.2f} us {share:6.1%}  {part}")
        server.stop()


if __name__ == "__main__":
    main()
