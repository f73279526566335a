"""penstock-kit drift, ROWS against ROWS of 20 mixed columns, beside scipy (Kolmogorov-Smirnov, Wasserstein, chi-square) and mlmax's PSI
over pandas, whole processes, in one run: CPU seconds and peak memory, reading included on both sides.

    drift.py [ROWS]     (1,000,000)
"""
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
REPEATS = 3

MAKE_DATA = """
import sys; sys.path.insert(0, sys.argv[1])
from bench_data_sets import mixed_frame
for name, seed in (("a", 7), ("b", 8)):
    rows = mixed_frame(int(sys.argv[2]), seed)
    rows.to_csv(f"{sys.argv[3]}/{name}.csv", index=False)
    try:
        rows.to_parquet(f"{sys.argv[3]}/{name}.parquet", index=False)
    except ImportError:
        pass
"""
# Texts with more than 100,000 different values (identifiers, notes) are left out on both sides.
READ = """
import sys, numpy as np, pandas as pd
from scipy.stats import chi2_contingency, ks_2samp, wasserstein_distance
a, b = pd.read_csv(sys.argv[1]), pd.read_csv(sys.argv[2])
numbers = [name for name in a.columns if a[name].dtype.kind in "if"]
texts = [name for name in a.columns if name not in numbers and not name.endswith(("joined", "seen_at")) and a[name].nunique() <= 100_000]
"""
SCIPY = READ + """
for name in numbers:
    x, y = a[name].dropna(), b[name].dropna()
    print(name, ks_2samp(x, y, method="auto").pvalue, wasserstein_distance(x, y))
for name in texts:
    counts = pd.concat([a[name].value_counts(), b[name].value_counts()], axis=1).fillna(0)
    print(name, chi2_contingency(counts.T)[1])
"""
PSI = READ + """
for name in numbers:
    x, y = a[name].dropna(), b[name].dropna()
    edges = np.linspace(x.min(), x.max(), 11)
    p, q = (np.maximum(np.histogram(values, edges)[0] / len(values), 1e-4) for values in (x, y))
    print(name, ((p - q) * np.log(p / q)).sum())
"""


def environment(lock):
    return pathlib.Path(subprocess.run([ROOT / "scripts/python_environment.sh", ROOT / lock], check=True, capture_output=True, text=True).stdout.strip())


def measure(command):
    """Least CPU seconds of some runs, and the largest peak memory in MB."""
    alone = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
    least, memory = float("inf"), 0
    for _ in range(REPEATS):
        process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, env=alone)
        _, status, usage = os.wait4(process.pid, 0)
        if os.waitstatus_to_exitcode(status) not in (0, 3):
            raise SystemExit(f"failed: {command[0]} {command[1]} ...")
        least, memory = min(least, usage.ru_utime + usage.ru_stime), max(memory, usage.ru_maxrss // 1024)
    return least, memory


def judge(goal, met, figures):
    """A goal and whether it was met, beside the figures that say so."""
    print(f"  {'met    ' if met else 'NOT MET'}  {goal:<58} {figures}")


def main():
    python = environment("runtimes/scikit-learn.txt") / "bin/python"
    kit = pathlib.Path(os.environ.get("PENSTOCK_BIN", ROOT / "build/penstock")).with_name("penstock-kit")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([python, "-c", MAKE_DATA, ROOT / "bench", str(ROWS), folder], check=True)
        a, b, saved = folder / "a.csv", folder / "b.csv", folder / "a.baseline"
        subprocess.run([kit, "drift", a, "--save-baseline", saved], check=True, stdout=subprocess.DEVNULL)
        print(f"{ROWS} rows against {ROWS}, 20 columns; the saved baseline has {saved.stat().st_size / 1e6:.0f} MB")
        peers = {"scipy: KS, Wasserstein, chi-square": [python, "-c", SCIPY, a, b], "numpy: PSI alone": [python, "-c", PSI, a, b]}
        ours = {"penstock-kit drift, all statistics": [kit, "drift", a, b], "the same with a saved baseline": [kit, "drift", saved, b],
                "reading the same alone: profile's reader": [kit, "drift", a, b, "--columns", "active"]}  # fmt: skip
        if (folder / "a.parquet").exists():
            ours["the same from Parquet"] = [kit, "drift", folder / "a.parquet", folder / "b.parquet"]
            ours["from Parquet with a saved baseline"] = [kit, "drift", saved, folder / "b.parquet"]
        figures = {}
        for what, command in (ours | peers).items():
            figures[what] = measure(command)
            print(f"{what:<44} {figures[what][0]:6.2f} s {figures[what][1]:5} MB")
        ratio = figures["scipy: KS, Wasserstein, chi-square"][0] / figures["penstock-kit drift, all statistics"][0]
        judge("all statistics: 6 times less CPU than scipy", ratio >= 6, f"{ratio:.1f} times")
        for what in ("the same with a saved baseline", "from Parquet with a saved baseline"):
            if what in figures:
                judge(f"{what}: at most 0.3 CPU s", figures[what][0] <= 0.3, f"{figures[what][0]:.2f} s")


main()
