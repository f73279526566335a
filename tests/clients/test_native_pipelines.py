"""The pipelines of examples/census-native and examples/flights, whose every step is penstock-kit, by `penstock run` on the real
server over a small part of data."""
import csv
import datetime
import json
import pathlib
import random

import conftest
import pytest

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
BUCKET = "penstock-123456789012-us-east-1"

pytestmark = pytest.mark.skipif(
    not pathlib.Path(conftest.PENSTOCK).with_name("penstock-kit").exists(), reason="penstock-kit is not built"
)


def write_census(path, count=900):
    draw = random.Random(7)
    names = ["age", "education", "major industry code", "class of worker", "num persons worked for employer", "capital gains",
             "capital losses", "dividends from stocks", "sex", "race", "income"]  # fmt: skip
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(names)
        for number in range(count):
            age, gains = draw.randrange(91), draw.choice([0, 0, 0, 5013, 99999])
            over = age / 90 + gains / 99999 + draw.gauss(0, 0.2) > 0.8
            rows.writerow([age, draw.choice([" Children", " High school graduate"]), draw.choice([" Construction", " Education"]),
                           " Private", draw.randrange(7), gains, draw.choice([0, 0, 1902]), draw.choice([0, 0, number]),
                           draw.choice([" Female", " Male"]), " White", " 50000+." if over else " - 50000."])  # fmt: skip


def write_flights(folder, count=3000):
    draw = random.Random(3)
    header = ["month", "dep_delay", "arr_delay", "air_time", "distance", "hour", "carrier", "origin", "time_hour"]
    lines = []
    for number in range(count):
        moment = datetime.datetime(2013, 1, 1) + datetime.timedelta(hours=8760 * number // count)
        delay, distance = round(draw.expovariate(1 / 12) - 5), draw.choice([200, 760, 1400, 2475])
        lines.append([moment.month, delay, round(delay - 4 + draw.gauss(0, 8)), distance // 8, distance, moment.hour,
                      draw.choice(["UA", "B6", "DL"]), draw.choice(["EWR", "JFK", "LGA"]), moment.strftime("%Y-%m-%dT%H:00:00Z")])  # fmt: skip
    for name, chosen in [("flights.csv", lines), ("flights-january.csv", [line for line in lines if line[0] == 1])]:
        with (folder / name).open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(header)
            rows.writerows(chosen)


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "cache" / "data"
    folder.mkdir(parents=True)
    write_census(folder / "census-income.csv")
    write_flights(folder)
    return folder


def run(server, tmp_path, pipeline, name, *settings):
    environment = server.environment() | {"PENSTOCK_CACHE": str(tmp_path / "cache")}
    arguments = [f"--set={setting}" for setting in (f"OutputPrefix={name}", *settings)]
    return server.run("run", EXAMPLES / pipeline, "--name", name, *arguments, env=environment)


def output_of(server, name):
    return json.loads(server.run("describe", name, "--json", "output").stdout)["output"]


def read(server, uri, name):
    key = uri.removeprefix(f"s3://{BUCKET}/") + "/" + name
    return server.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()


def test_census_is_trained_and_inferred_natively(server, tmp_path, unique, data):
    done = run(server, tmp_path, "census-native/training.yaml", unique, "AccuracyMin=0.6", "AucMin=0.7")
    assert done.returncode == 0, done.stderr + done.stdout
    output = output_of(server, unique)
    evaluation = json.loads(read(server, output["EvaluationUri"], "evaluation.json"))
    assert output["Accuracy"] == evaluation["accuracy"] > 0.6 and output["Auc"] == evaluation["roc_auc"]
    metrics = server.run("sql", f"select name, round(value, 4) from metrics where job = 'census-train-{unique}' order by name").stdout
    assert f"{evaluation['roc_auc']:.4f}".rstrip("0") in metrics, metrics
    inferred = run(server, tmp_path, "census-native/inference.yaml", unique + "-i", f"ModelUri={output['ModelUri']}",
                   f"TransformerUri={output['TransformerUri']}/")  # fmt: skip
    assert inferred.returncode == 0, inferred.stderr + inferred.stdout
    folder = output_of(server, unique + "-i")["PredictionsUri"].rsplit("/", 1)[0]
    rows = [line.split(",") for line in read(server, folder, "predictions.csv").splitlines()]
    assert len(rows) > 850 and all(int(kind) == (float(probability) > 0.5) for kind, probability in rows)


def test_many_files_in_one_step_or_one_step_each(server, tmp_path, unique, data):
    assert run(server, tmp_path, "census-native/training.yaml", unique, "AccuracyMin=0.6", "AucMin=0.7").returncode == 0
    output = output_of(server, unique)
    model = [f"ModelUri={output['ModelUri']}", f"TransformerUri={output['TransformerUri']}/"]
    header, *rows = (data / "census-income.csv").read_text().splitlines()
    for number in range(3):
        part = "\n".join([header, *rows[number * 300 : (number + 1) * 300]]) + "\n"
        server.client("s3").put_object(Bucket=BUCKET, Key=f"{unique}/raw/part-{number}.csv", Body=part)
    each = run(server, tmp_path, "census-native/inference_by_file.yaml", unique + "-each", f"RawDataUri=s3://{BUCKET}/{unique}/raw/", *model)
    assert each.returncode == 0, each.stderr + each.stdout
    files = output_of(server, unique + "-each")
    assert [file["RawDataUri"] for file in files] == [f"s3://{BUCKET}/{unique}/raw/part-{number}.csv" for number in range(3)]
    apart = "".join(read(server, *file["PredictionsUri"].rsplit("/", 1)) for file in files)
    whole = run(server, tmp_path, "census-native/inference.yaml", unique + "-all", *model)
    assert whole.returncode == 0, whole.stderr + whole.stdout
    together = read(server, *output_of(server, unique + "-all")["PredictionsUri"].rsplit("/", 1))
    assert len(together.splitlines()) > 850 and set(together.splitlines()) == set(apart.splitlines())


def test_two_runs_are_compared(server, tmp_path, unique, data):
    names = [f"{unique}-{number}" for number in range(3)]
    for name, iterations in zip(names, (100, 100, 3)):
        assert run(server, tmp_path, "census-native/training.yaml", name, "AccuracyMin=0.6", "AucMin=0.7", f"MaxIterations={iterations}").returncode == 0
    same = server.run("compare", names[0], names[1])
    assert same.returncode == 0 and same.stdout.startswith("reproducible: "), same.stdout
    other = server.run("compare", names[0], names[2], "--json")
    found = json.loads(other.stdout)
    assert other.returncode == 3 and found["reproducible"] is None and set(found["differences"]) == {"parameter", "output", "metric"}
    assert found["differences"]["parameter"]["input MaxIterations"] == ["100", "3"]
    missing = server.run("compare", names[0], "nothing")
    assert missing.returncode == 1 and "no run has the name or ARN 'nothing'" in missing.stderr


def test_a_model_below_the_gate_fails_the_execution(server, tmp_path, unique, data):
    done = run(server, tmp_path, "census-native/training.yaml", unique, "AccuracyMin=0.6", "AucMin=0.99999")
    assert done.returncode == 1 and "QualityGate" in done.stdout + done.stderr


def test_flights_are_backtested_and_watched_month_by_month(server, tmp_path, unique, data):
    done = run(server, tmp_path, "flights/training.yaml", unique)
    assert done.returncode == 0, done.stderr + done.stdout
    output = output_of(server, unique)
    assert 5 < output["Mae"] < 14 and output["R2"] > 0.3
    backtest = json.loads(read(server, output["BacktestUri"], "backtest.json"))
    assert len(backtest["folds"]) == 5
    assert all(fold["train_to"] <= fold["test_from"] < fold["test_to"] for fold in backtest["folds"])
    drift = json.loads(read(server, output["DriftUri"], "drift.json"))
    assert not drift["columns"]["distance"]["drifted"] and len(drift["columns"]) == 7
    assert "<html" in read(server, output["DriftUri"], "drift.html")
