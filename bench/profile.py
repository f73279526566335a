"""`penstock profile` (exact, with correlations, from CSV) on 1M x 20 mixed columns: CPU seconds and memory beside raw reads by pyarrow, DuckDB's SUMMARIZE
(approximate distinct counts and quantiles) and ydata-profiling's minimal report, each in a process of its own, telemetry off.

    profile.py [ROWS]     (1000000; peers are left out above 1000000)
"""
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
KIT = pathlib.Path(os.environ["PENSTOCK_BIN"]).with_name("penstock-kit")
CACHE = pathlib.Path(os.environ.get("PENSTOCK_CACHE") or pathlib.Path.home() / ".cache/penstock")
RUNS = 3
QUIET = {"YDATA_PROFILING_NO_ANALYTICS": "True", "DO_NOT_TRACK": "1", "OMP_WAIT_POLICY": "passive"}

READ = """
import resource, sys
import pyarrow.csv
before = resource.getrusage(resource.RUSAGE_SELF)
pyarrow.csv.read_csv(sys.argv[1], read_options=pyarrow.csv.ReadOptions(use_threads=False))
after = resource.getrusage(resource.RUSAGE_SELF)
print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
"""
SUMMARIZE = "import duckdb, sys; duckdb.execute('SET threads=1'); duckdb.execute(f\"SUMMARIZE SELECT * FROM read_csv('{sys.argv[1]}')\").fetchall()"
MINIMAL = """
import sys
import pandas
from ydata_profiling import ProfileReport
ProfileReport(pandas.read_csv(sys.argv[1]), minimal=True, progress_bar=False).to_html()
"""


def peers():
    script = ROOT / "scripts/python_environment.sh"
    made = subprocess.run([script, ROOT / "bench/peers/data.txt"], check=True, capture_output=True, text=True)
    return made.stdout.strip() + "/bin/python"


def run(*command):
    """CPU seconds, the largest memory in MB and the output of one process."""
    child = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ | QUIET)
    output = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{command[0]} failed: exit status {child.returncode}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, output.decode()


def show(name, seconds, memory, base=None):
    ratio = f"   {seconds / base:5.1f} times the raw read" if base else ""
    print(f"{name:<58} {seconds:7.2f} CPU s {memory:7.0f} MB{ratio}")


def judge(goal, met, figures):
    """A goal and whether it was met, beside the figures that say so."""
    print(f"  {'met    ' if met else 'NOT MET'}  {goal:<58} {figures}")


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    python = peers()
    made = subprocess.run([python, ROOT / "bench/bench_data_sets.py", str(rows), CACHE / "bench"], check=True, capture_output=True, text=True)
    csv = made.stdout.split()[0]
    reads, profiles = [], []
    for _ in range(RUNS):  # in turn, so that both meet the same load
        if rows <= 1_000_000:
            reads.append((float(run(python, "-c", READ, csv)[2]), 0))
        profiles.append(run(KIT, "profile", csv, "--json", "/dev/stdout")[:2])
    base = statistics.median(seconds for seconds, _ in reads) if reads else None
    if base:
        print(f"{'pyarrow: raw read of the CSV, one thread, imports left out':<58} {base:7.2f} CPU s")
    seconds, memory = map(statistics.median, zip(*profiles))
    show("penstock profile: exact, with correlations", seconds, memory, base)
    bound = 250 if rows <= 1_000_000 else 500
    if rows > 1_000_000:
        judge(f"memory of the profile: at most {bound} MB", memory <= bound, f"{memory:.0f} MB")
        return
    duckdb, duckdb_memory = map(statistics.median, zip(*(run(python, "-c", SUMMARIZE, csv)[:2] for _ in range(RUNS))))
    show("DuckDB SUMMARIZE: approximate", duckdb, duckdb_memory, base)
    ydata, ydata_memory, _ = run(python, "-c", MINIMAL, csv)
    show("ydata-profiling minimal", ydata, ydata_memory, base)
    judge("profile: at most 2 times the raw read", seconds <= 2 * base, f"{seconds:.2f} of {2 * base:.2f} CPU s")
    judge("profile: 2 times less than DuckDB's approximate SUMMARIZE", 2 * seconds <= duckdb, f"{duckdb / seconds:.1f} times")
    judge("profile: 15 times less than ydata-profiling minimal", 15 * seconds <= ydata, f"{ydata / seconds:.1f} times")
    judge(f"memory of the profile: at most {bound} MB", memory <= bound, f"{memory:.0f} MB")


if __name__ == "__main__":
    main()
