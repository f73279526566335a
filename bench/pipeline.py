"""Overhead of the pipeline: wall time of the census training pipeline over the sum of the same three scripts run by hand,
in one run.."""
import os
import pathlib
import statistics
import subprocess
import tarfile
import tempfile
import time

from conftest import ROOT, Server

RUNS = 3
SCRIPTS = ROOT / "examples/census/scripts"
PYTHON = pathlib.Path(os.environ.get("PENSTOCK_CACHE") or pathlib.Path.home() / ".cache/penstock") / "python/scikit-learn/bin/python"


def by_hand(raw, folder):
    """Seconds of preprocess, train and evaluate, one after the other, as a person would run them."""
    environment = os.environ | {"OMP_WAIT_POLICY": "passive"}

    def script(name, *arguments):
        subprocess.run([PYTHON, SCRIPTS / f"{name}.py", *arguments], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, env=environment)  # fmt: skip

    began = time.perf_counter()
    script("preprocess", "--mode", "train", "--raw", raw, "--output", folder)
    script("train", "--train", folder / "train", "--test", folder / "test", "--model-dir", folder / "model")
    with tarfile.open(folder / "model.tar.gz", "w:gz") as archive:
        archive.add(folder / "model/model.joblib", arcname="model.joblib")
    script("evaluate", "--model", folder / "model.tar.gz", "--test", folder / "test", "--output", folder / "evaluation")
    return time.perf_counter() - began


def by_pipeline(server, name):
    """Seconds from StartExecution to SUCCEEDED, by the execution's own dates."""
    run = server.run("run", ROOT / "examples/census/training.yaml", "--name", name)
    assert run.returncode == 0, run.stdout + run.stderr
    states = server.client("stepfunctions")
    machine = states.list_state_machines()["stateMachines"][0]["stateMachineArn"]
    execution = next(e for e in states.list_executions(stateMachineArn=machine)["executions"] if e["name"] == name)
    return (execution["stopDate"] - execution["startDate"]).total_seconds()


def main():
    raw = subprocess.run([PYTHON, ROOT / "examples/census/fetch_data.py"], check=True, capture_output=True, text=True).stdout.strip()
    hand, pipeline = [], []
    with tempfile.TemporaryDirectory() as text:
        folder = pathlib.Path(text)
        server = Server(folder / "data", role=False)
        for number in range(RUNS):
            hand.append(by_hand(raw, folder / f"hand-{number}"))
            pipeline.append(by_pipeline(server, f"bench-{number}"))
        server.stop()
    ratio = statistics.median(p / h for p, h in zip(pipeline, hand))
    print(f"census training: pipeline {statistics.median(pipeline):.2f} s, by hand {statistics.median(hand):.2f} s, "
          f"ratio {ratio:.3f} (median of {RUNS} pairs)")  # fmt: skip


if __name__ == "__main__":
    main()
