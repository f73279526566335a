"""S3 with signatures and payload hashes verified: durable PUT and GET of 4 KiB objects a second (wrk, 32 connections; probe:
fdatasync), and one object of 256 MiB up (probe: cp and fsync) and down (probe: the same bytes over loopback by sendfile).

    s3.py [SECONDS]     (per measurement of small objects; 5)
"""
import hashlib
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bench_machine import KEY, REGION, SECRET, Server, fdatasync_probe

CONNECTIONS, KEYS = 32, 2_000
SMALL = b"4 KiB of text " * 292 + b"!" * 8
LARGE_MIB, RUNS = 256, 3

# Sends requests that were signed beforehand, one after the other; the body is the same in all.
SCRIPT = """
local requests = {}
for line in io.lines("%(heads)s") do
  requests[#requests + 1] = line:gsub("\\\\n", "\\r\\n") .. %(body)s
end
local next = math.random(#requests)
function request()
  next = next %% #requests + 1
  return requests[next]
end
function done(summary, latency)
  io.write(string.format("RESULT %%d %%d %%d %%d\\n", summary.requests, summary.duration,
                         summary.errors.status + summary.errors.read + summary.errors.timeout, latency:percentile(99)))
end
"""


def head(port, method, path, body_hash, size):
    """A signed request's head, up to the empty line."""
    host = f"127.0.0.1:{port}"
    request = AWSRequest(method, f"http://{host}{path}", headers={"Host": host, "X-Amz-Content-SHA256": body_hash})
    signer = S3SigV4Auth(Credentials(KEY, SECRET), "s3", REGION)
    signer.payload = lambda _: body_hash
    signer.add_auth(request)
    lines = [f"{method} {path} HTTP/1.1"] + [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join(lines + [f"Content-Length: {size}", "", ""])


class S3Server(Server):
    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port))

    def call(self, method, path, file=None, body_hash=hashlib.sha256(b"").hexdigest()):
        """Sends a request, with a file as its body, and reads the answer away; its status and length."""
        size = os.fstat(file.fileno()).st_size if file else 0
        with self.connect() as connection:
            connection.sendall(head(self.port, method, path, body_hash, size).encode())
            if file:
                connection.sendfile(file)
            return read_answer(connection)


def read_answer(connection):
    buffer = bytearray(1 << 20)
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    answer, rest = received.split(b"\r\n\r\n", 1)
    length = int(re.search(rb"(?i)content-length: (\d+)", answer)[1])
    left = length - len(rest)
    while left > 0:
        left -= connection.recv_into(buffer)
    return int(answer.split(b" ")[1]), length


def wrk(server, folder, method, seconds):
    """Answers a second, the 99th percentile of their time in ms, and the server's CPU time for one in microseconds."""
    body = SMALL if method == "PUT" else b""
    digest = hashlib.sha256(body).hexdigest()
    heads = pathlib.Path(folder) / "heads"
    heads.write_text("".join(head(server.port, method, f"/bench/key-{number}", digest, len(body)).replace("\r\n", "\\n") + "\n"
                             for number in range(KEYS)))  # fmt: skip
    script = pathlib.Path(folder) / "wrk.lua"
    script.write_text(SCRIPT % {"heads": heads, "body": "[[" + body.decode() + "]]"})
    cpu = server.cpu_seconds()
    run = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), f"http://127.0.0.1:{server.port}"],
                         capture_output=True, text=True, check=True)  # fmt: skip
    requests, microseconds, errors, p99 = map(int, re.search(r"RESULT (\d+) (\d+) (\d+) (\d+)", run.stdout).groups())
    assert errors == 0 and requests > 0, run.stdout
    return requests / microseconds * 1e6, p99 / 1e3, (server.cpu_seconds() - cpu) / requests * 1e6


def small_objects(server, folder, seconds):
    syncs = fdatasync_probe(folder)
    for method in ("PUT", "GET"):
        rate, p99, cpu = wrk(server, folder, method, seconds)
        ratio = f", {rate / syncs:.2f} x the probe: {syncs:,.0f} fdatasync/s" if method == "PUT" else ""
        print(f"{method} 4 KiB, {CONNECTIONS} connections: {rate:,.0f}/s, p99 {p99:.1f} ms, {cpu:.0f} us of CPU each{ratio}")


def timed(call):
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def copy_and_sync(source, target):
    with open(source, "rb") as reading, open(target, "wb") as writing:
        while block := reading.read(1 << 20):
            writing.write(block)
        writing.flush()
        os.fsync(writing.fileno())
    os.remove(target)


def loopback_copy(path):
    """Sends the file from one thread to another over loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def send():
            with listener.accept()[0] as connection, open(path, "rb") as file:
                connection.sendfile(file)

        sender = threading.Thread(target=send)
        sender.start()
        with socket.create_connection(listener.getsockname()) as connection:
            buffer = bytearray(1 << 20)
            while connection.recv_into(buffer):
                pass
        sender.join()


def large_object(server, folder):
    source = folder + "/large"
    with open(source, "wb") as file:
        for _ in range(LARGE_MIB):
            file.write(os.urandom(1 << 20))
        os.fsync(file.fileno())
    with open(source, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()

    def up():
        with open(source, "rb") as file:
            assert server.call("PUT", "/bench/large", file, digest)[0] == 200

    def down():
        assert server.call("GET", "/bench/large") == (200, LARGE_MIB << 20)

    def report(what, probe_name, call, probe):
        times = [(timed(call), timed(probe)) for _ in range(RUNS)]
        ours, theirs = (statistics.median(column) for column in zip(*times))
        print(f"{LARGE_MIB} MiB {what}: {LARGE_MIB / ours:,.0f} MiB/s, {theirs / ours:.2f} of the probe "
              f"({probe_name}: {LARGE_MIB / theirs:,.0f} MiB/s)")

    report("up", "cp and fsync", up, lambda: copy_and_sync(source, folder + "/copy"))
    report("down", "loopback copy", down, lambda: loopback_copy(source))


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        server = S3Server(folder)
        try:
            assert server.call("PUT", "/bench")[0] == 200
            small_objects(server, folder, seconds)
            large_object(server, folder)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
