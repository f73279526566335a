"""The cross-validation pipeline of examples/census, run by `penstock run` on the real server over a small part of data."""
import json
import pathlib

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "census"


def write_rows(path, count=600):
    """Rows that keep every assumption, without any package of the runtime; the target depends on age and gains."""
    import random

    draw = random.Random(7)
    names = ["age", "education", "major industry code", "class of worker", "num persons worked for employer", "capital gains",
             "capital losses", "dividends from stocks", "income"]  # fmt: skip
    lines = [",".join(names)]
    for number in range(count):
        age, gains = draw.randrange(91), draw.choice([0, 0, 0, 5013, 99999])
        over = age / 90 + gains / 99999 + draw.gauss(0, 0.2) > 0.8
        lines.append(f"{age}, {draw.choice(['Children', 'High school graduate'])}, {draw.choice(['Construction', 'Education'])}, Private,"
                     f"{draw.randrange(7)},{gains},{draw.choice([0, 0, 1902])},{draw.choice([0, 0, number])},{' 50000+.' if over else ' - 50000.'}")  # fmt: skip
    path.write_text("\n".join(lines) + "\n")


def test_each_fold_is_a_job_and_the_scores_are_aggregated(server, tmp_path, unique):
    data = tmp_path / "cache" / "data"
    data.mkdir(parents=True)
    write_rows(data / "census-income.csv")
    environment = server.environment() | {"PENSTOCK_CACHE": str(tmp_path / "cache")}
    run = server.run("run", EXAMPLE / "cross_validation.yaml", "--name", unique, "--set", "Folds=3", "--set", f"OutputPrefix={unique}", env=environment)
    assert run.returncode == 0, run.stderr + run.stdout
    output = json.loads(server.run("describe", unique, "--json", "output").stdout)["output"]
    scores = [fold["Accuracy"] for fold in output["Folds"]]
    assert len(scores) == 3 and all(0.5 < score < 1 for score in scores)
    assert abs(output["Accuracy"]["Mean"] - sum(scores) / 3) < 1e-12
    assert output["Accuracy"]["Min"] == min(scores) and output["Accuracy"]["Max"] == max(scores)
    # The metrics of every fold are in the database, and so are its parameters.
    rows = server.run("sql", f"select job, name, value from metrics where job like '%census-fold-%-{unique}' order by job, name")
    assert rows.returncode == 0, rows.stderr
    assert rows.stdout.count("validation:accuracy") == 3 and rows.stdout.count("validation:auc") == 3, rows.stdout
    folds = server.client("s3").get_object(Bucket="penstock-123456789012-us-east-1", Key=f"{unique}/{unique}/folds/assignment.csv")
    assignment = [int(line) for line in folds["Body"].read().split()]
    assert sorted(set(assignment)) == [0, 1, 2] and max(map(assignment.count, range(3))) - min(map(assignment.count, range(3))) <= 1
