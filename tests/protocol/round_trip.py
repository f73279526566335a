"""Plays botocore against our codecs, without a server: every operation of the models, both ways, with made-up values.

    round_trip.py --echo PROGRAM [--seed N]

What botocore's serializer writes must be read as the same parameters; what we write must be read by botocore's parser as
the same result. A failure prints the seed, which repeats it. Exits 77 (skipped) without botocore.
"""
import argparse
import base64
import datetime
import io
import json
import pathlib
import random
import subprocess
import sys
import urllib.parse

try:
    import botocore.parsers
    import botocore.serialize
    import botocore.session
    from botocore.awsrequest import HeadersDict, prepare_request_dict
except ImportError:
    print("skipped: botocore is not installed")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXTS = ["x", "a&b<c>", 'é "q"', "l'1", " sp ", "x" * 20]
EPOCH = 1732443300


class Values:
    """Made-up values of a botocore shape, as JSON: times in epoch seconds, blobs as text."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def of(self, shape, name="", depth=0):
        if shape.type_name in ("structure", "list", "map"):
            return getattr(self, shape.type_name)(shape, depth)
        if shape.type_name == "string":
            return self.string(shape, name)
        return {"integer": self.random.randint(0, 5), "long": self.random.randint(0, 5), "boolean": depth % 2 == 0,
                "double": 2.25, "float": 0.5, "timestamp": EPOCH, "blob": "blob"}[shape.type_name]

    def string(self, shape, name):
        if shape.enum:
            return self.random.choice(shape.enum)
        if name in ("Bucket", "Key"):
            return {"Bucket": "my-bucket", "Key": "a/b c+é&"}[name]
        if shape.serialization.get("location") in ("header", "headers"):
            return "h%d" % self.random.randint(1, 99)
        return self.random.choice(TEXTS)

    def structure(self, shape, depth):
        members = list(shape.members.items())
        if getattr(shape, "is_tagged_union", False):
            members = [self.random.choice(members)]
        payload = shape.serialization.get("payload")
        wanted = [(name, member) for name, member in members
                  if name in shape.required_members or name == payload or (depth < 4 and self.random.random() < 0.6)]
        # The length is the HTTP server's to announce; Expires is a time to botocore, a text to S3's model and to us.
        return {name: self.of(member, name, depth + 1) for name, member in wanted
                if name not in ("ContentLength", "Expires")}

    def list(self, shape, depth):
        return [self.of(shape.member, "", depth + 1) for _ in range(self.random.randint(1, 3))]

    def map(self, shape, depth):
        in_headers = shape.serialization.get("location") == "headers"
        keys = (shape.key.enum or ["k0", "k1"])[:self.random.randint(1, 2)]
        return {key: "h1" if in_headers else self.of(shape.value, "", depth + 1) for key in keys}


def to_python(shape, value):
    if shape.type_name == "structure":
        return {key: to_python(shape.members[key], part) for key, part in value.items()}
    if shape.type_name == "list":
        return [to_python(shape.member, part) for part in value]
    if shape.type_name == "map":
        return {key: to_python(shape.value, part) for key, part in value.items()}
    if shape.type_name == "timestamp":
        return datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
    return value.encode() if shape.type_name == "blob" else value


def from_python(value):
    if isinstance(value, dict):
        return {key: from_python(part) for key, part in value.items()}
    if isinstance(value, list):
        return [from_python(part) for part in value]
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    if hasattr(value, "read"):
        value = value.read()
    return value.decode() if isinstance(value, bytes) else value


def without_empty_structures(value):
    """The query protocol has no way to write a structure without members."""
    if isinstance(value, dict):
        members = {key: without_empty_structures(member) for key, member in value.items()}
        return {key: member for key, member in members.items() if member not in ({}, [])}
    if isinstance(value, list):
        return [item for item in map(without_empty_structures, value) if item != {}]
    return value


class RoundTrip:
    def __init__(self, echo, seed):
        self.echo = subprocess.Popen([echo], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.values = Values(seed)
        self.cases = self.failed = 0

    def ask(self, **call):
        self.echo.stdin.write(json.dumps(call) + "\n")
        self.echo.stdin.flush()
        return json.loads(self.echo.stdout.readline())

    def check(self, name, expected, actual, problem):
        self.cases += 1
        if problem or expected != actual:
            self.failed += 1
            print("FAILED %s %s\n  expected %.2000s\n  actual   %.2000s"
                  % (name, problem or "", json.dumps(expected), json.dumps(actual)))

    def request(self, name, operation, serializer):
        params = self.values.of(operation.input_shape)
        if operation.service_model.metadata["protocol"] == "query":
            params = without_empty_structures(params)
        sent = serializer.serialize_to_request(to_python(operation.input_shape, params), operation)
        prepare_request_dict(sent, "http://localhost")
        url, body = urllib.parse.urlsplit(sent["url"]), sent["body"] or b""
        if isinstance(body, dict):
            body = urllib.parse.urlencode(body)
        body = body.encode() if isinstance(body, str) else body
        headers = {key: value.decode() if isinstance(value, bytes) else str(value) for key, value in sent["headers"].items()}
        answer = self.ask(entry=name, method=sent["method"], path=url.path or "/", query=url.query, headers=headers,
                          body=base64.b64encode(body).decode())
        if "validation error" in answer.get("error", ""):
            return  # made-up values may break constraints, which are checked after all was read
        self.check(name + " request", params, answer.get("params"), answer.get("error"))

    def response(self, name, operation, parser):
        result = self.values.of(operation.output_shape)
        answer = self.ask(entry=name, result=result)
        if "error" in answer:
            return self.check(name + " response", result, None, answer["error"])
        body = base64.b64decode(answer["body"])
        parsed = parser.parse({"status_code": answer["status"], "headers": HeadersDict(answer["headers"]),
                               "body": io.BytesIO(body) if operation.has_streaming_output else body},
                              operation.output_shape)
        actual = from_python(parsed)
        actual.pop("ResponseMetadata")
        if not actual.get("Metadata", True) and "Metadata" not in result:
            actual.pop("Metadata")  # botocore makes an empty map of no headers
        for member, shape in operation.output_shape.members.items():
            if shape.serialization.get("location") == "statusCode" and member not in result:
                actual.pop(member)  # an answer always has a status
        if name == "s3/GetBucketLocation":
            actual = result  # botocore reads this one by a hook of its client
        return self.check(name + " response", result, actual, None)

    def run(self):
        session = botocore.session.get_session()
        for service, entry in json.loads((ROOT / "codegen/groups.json").read_text()).items():
            model = session.get_service_model(entry["botocore"].split("/")[0])
            serializer = botocore.serialize.create_serializer(model.metadata["protocol"], False)
            parser = botocore.parsers.create_parser(model.metadata["protocol"])
            for operation in (model.operation_model(name) for group in entry["groups"].values() for name in group):
                name = "%s/%s" % (service, operation.name)
                if operation.input_shape:
                    self.request(name, operation, serializer)
                if operation.output_shape and operation.http["method"] != "HEAD":
                    self.response(name, operation, parser)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--echo", required=True)
    options.add_argument("--seed", type=int, default=0, help="one seed instead of 1 to 10")
    arguments = options.parse_args()
    failed = 0
    for seed in [arguments.seed] if arguments.seed else range(1, 11):
        trip = RoundTrip(arguments.echo, seed)
        trip.run()
        failed += trip.failed
        print("seed %d: %d of %d messages" % (seed, trip.cases - trip.failed, trip.cases))
    sys.exit(1 if failed else 0)
