"""Process start to the first answered request (signed STS call), and idle memory. Probe: start of `python3 -c pass`."""
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bench_machine import PENSTOCK, free_port

RUNS = 15


def signed_request(port):
    """The bytes of a signed GetCallerIdentity, made before the clock starts."""
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest("POST", f"http://127.0.0.1:{port}/", data=body,
                         headers={"Content-Type": "application/x-www-form-urlencoded", "Host": f"127.0.0.1:{port}"})  # fmt: skip
    SigV4Auth(Credentials("bench", "bench-secret"), "sts", "us-east-1").add_auth(request)
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    return f"POST / HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def resident_mib(pid):
    with open(f"/proc/{pid}/smaps_rollup") as text:
        return next(int(line.split()[1]) for line in text if line.startswith("Pss:")) / 1024


def start_once(folder):
    port = free_port()
    request = signed_request(port)
    began = time.perf_counter()
    server = subprocess.Popen([PENSTOCK, "serve", "--port", str(port), "--data", folder, "--root-key", "bench:bench-secret"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # fmt: skip
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(request)
                answer = connection.recv(65536)
            break
        except ConnectionRefusedError:
            assert server.poll() is None, "the server ended"
    elapsed = time.perf_counter() - began
    assert b" 200 " in answer.split(b"\r\n")[0], answer
    memory = resident_mib(server.pid)
    server.terminate()
    server.wait()
    return elapsed, memory


def probe():
    began = time.perf_counter()
    subprocess.run([sys.executable, "-S", "-c", "pass"], check=True)
    return time.perf_counter() - began


def main():
    with tempfile.TemporaryDirectory() as folder:
        first, _ = start_once(folder + "/new")
        results = [start_once(folder + "/old") for _ in range(RUNS)]
    probes = [probe() for _ in range(RUNS)]
    starts = [elapsed for elapsed, _ in results]
    print(f"start to first answer: p50 {statistics.median(starts) * 1e3:.1f} ms, max {max(starts) * 1e3:.1f} ms "
          f"(first start of a new data directory {first * 1e3:.1f} ms; probe: python3 -S -c pass {statistics.median(probes) * 1e3:.1f} ms)")  # fmt: skip
    print(f"idle memory: {statistics.median(memory for _, memory in results):.1f} MiB PSS")


if __name__ == "__main__":
    main()
