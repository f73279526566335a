"""penstock-kit against a running server: data sets that lie in buckets, put there by boto3."""
import gzip
import json
import pathlib

import jsonschema

DOCS = pathlib.Path(__file__).resolve().parent.parent.parent / "docs"


def rows_of(server, address):
    done = server.run("profile", address, "--json", "-")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_profile_reads_objects_prefixes_and_globs(server, unique):
    s3 = server.client("s3")
    s3.create_bucket(Bucket=unique)
    s3.put_object(Bucket=unique, Key="data/a & b.csv", Body=b"x,y\n1,one\n2,two\n")
    s3.put_object(Bucket=unique, Key="data/b.csv.gz", Body=gzip.compress(b"x,y\n3,three\n"))
    s3.put_object(Bucket=unique, Key="data/_SUCCESS", Body=b"")
    s3.put_object(Bucket=unique, Key="database.csv", Body=b"z\n1\n")
    assert rows_of(server, f"s3://{unique}/data/a & b.csv")["rows"] == 2
    whole = rows_of(server, f"s3://{unique}/data/")
    assert whole["rows"] == 3 and whole["columns"]["x"]["max"] == 3
    assert rows_of(server, f"s3://{unique}/data")["rows"] == 3  # not database.csv
    assert rows_of(server, f"s3://{unique}/data/*.csv")["rows"] == 2


def test_a_large_object_comes_in_pieces(server, unique):
    s3 = server.client("s3")
    s3.create_bucket(Bucket=unique)
    rows = 3_000_000
    s3.put_object(Bucket=unique, Key="large.csv", Body=b"number\n" + b"123456789\n" * rows)
    result = rows_of(server, f"s3://{unique}/large.csv")
    assert result["rows"] == rows and result["columns"]["number"]["distinct"] == 1


def test_drift_reads_a_saved_baseline_from_a_bucket(server, unique, tmp_path):
    s3 = server.client("s3")
    s3.create_bucket(Bucket=unique)
    s3.put_object(Bucket=unique, Key="a.csv", Body=b"x,seen\n" + b"".join(b"%d.5,2024-01-01\n" % (i % 90) for i in range(400)))
    s3.put_object(Bucket=unique, Key="b.csv", Body=b"x,seen\n" + b"".join(b"%d.5,2024-01-01\n" % (i % 50) for i in range(400)))
    saved = tmp_path / "a.baseline"
    done = server.run("drift", f"s3://{unique}/a.csv", f"s3://{unique}/b.csv", "--save-baseline", str(saved), "--json", "-")
    assert done.returncode == 3, done.stderr
    s3.upload_file(str(saved), unique, "kept/a.baseline")
    again = server.run("drift", f"s3://{unique}/kept/a.baseline", f"s3://{unique}/b.csv", "--json", "-")
    assert again.returncode == 3, again.stderr
    one, other = json.loads(done.stdout), json.loads(again.stdout)
    assert one["columns"] == other["columns"] and one["skipped_columns"] == other["skipped_columns"] == {"seen": "times are not compared"}
    s3.put_object(Bucket=unique, Key="kept/not.baseline", Body=b"x\n1\n")
    refused = server.run("drift", f"s3://{unique}/kept/not.baseline", f"s3://{unique}/b.csv")
    assert refused.returncode == 1 and "not a whole baseline" in refused.stderr


def test_what_is_not_there_is_said(server, unique):
    done = server.run("profile", f"s3://{unique}/none.csv")
    assert done.returncode == 1 and "bucket does not exist" in done.stderr
    server.client("s3").create_bucket(Bucket=unique)
    done = server.run("profile", f"s3://{unique}/none.csv")
    assert done.returncode == 1 and f"s3://{unique}/none.csv: no object of that name" in done.stderr


def test_results_are_as_their_schemas_say(server, tmp_path):
    rows = [f"{i},{i * 0.5 if i % 7 else ''},{'ab'[i % 2]},2024-01-{1 + i % 28:02},{i % 3 == 0},,k{i}" for i in range(60)]
    (tmp_path / "base.csv").write_text("\n".join(["id,x,kind,day,flag,none,key", *rows]) + "\n")
    (tmp_path / "bad.csv").write_text("\n".join(["id,x,kind,day,flag,none,key", *rows, "61,-1,z,2031-01-01,maybe,,k1"]) + "\n")

    def result(schema, *arguments, status=0):
        done = server.run(*arguments, "--json", "-", cwd=tmp_path)
        assert done.returncode == status, done.stderr
        jsonschema.validate(json.loads(done.stdout), json.loads((DOCS / schema).read_text()))

    result("profile.schema.json", "profile", "base.csv", "--target", "kind")
    result("constraints.schema.json", "constraints", "suggest", "base.csv")
    result("violations.schema.json", "constraints", "check", "bad.csv", status=3)
    result("leakage.schema.json", "leakage", "base.csv", "bad.csv", "--time", "day", status=3)
    result("drift.schema.json", "drift", "base.csv", "bad.csv", "--time", "day", "--correction", "bonferroni", "--preset", "evidently", status=3)
    (tmp_path / "truth.csv").write_text("id,label\n" + "".join(f"{i},{'ab'[i % 3 == 0]}\n" for i in range(60)))
    quality = ["--time", "day", "--ground-truth", "truth.csv", "--id", "id", "--prediction", "kind"]
    result("drift.schema.json", "drift", "base.csv", "base.csv", *quality, "--preset", "nannyml", "--fail-on", "never")
