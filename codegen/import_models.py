"""Trims the AWS service models of a botocore install to the operations that codegen/groups.json names.

Run by hand when operations are added or botocore moves on; the output (models/*.json) is committed:

    python3 codegen/import_models.py --botocore .venv/lib/python3.11/site-packages/botocore

Only facts are kept: names, types, constraints, protocol metadata, errors. Documentation texts are not copied.
"""
import argparse
import gzip
import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent

SHAPE_KEYS = ("type", "required", "payload", "enum", "min", "max", "pattern", "sensitive", "flattened", "locationName",
              "timestampFormat", "streaming", "document", "union", "error", "exception", "fault", "xmlNamespace",
              "wrapper", "box", "event", "eventstream", "synthetic")
MEMBER_KEYS = ("shape", "locationName", "location", "queryName", "xmlNamespace", "xmlAttribute", "flattened",
               "streaming", "jsonvalue", "timestampFormat", "idempotencyToken", "eventpayload", "deprecated")
OPERATION_KEYS = ("http", "input", "output", "errors", "authtype", "httpChecksum", "endpoint")
METADATA_KEYS = ("apiVersion", "endpointPrefix", "jsonVersion", "protocol", "protocols", "serviceFullName", "serviceId",
                 "signingName", "targetPrefix", "xmlNamespace", "awsQueryCompatible")


def kept(source, keys):
    return {key: source[key] for key in keys if key in source}


def reference(source):
    """A use of a shape (an input, a member, a list's element), without its documentation."""
    return kept(source, MEMBER_KEYS + ("resultWrapper",))


def trimmed_shape(shape):
    result = kept(shape, SHAPE_KEYS)
    for part in ("member", "key", "value"):
        if part in shape:
            result[part] = reference(shape[part])
    if "members" in shape:
        result["members"] = {name: reference(member) for name, member in shape["members"].items()}
    return result


def used_shapes(shapes, roots):
    """Names of `roots` and of everything they hold, in the model's own order."""
    seen, todo = set(), list(roots)
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        shape = shapes[name]
        uses = list(shape.get("members", {}).values()) + [shape[p] for p in ("member", "key", "value") if p in shape]
        todo.extend(use["shape"] for use in uses)
    return [name for name in shapes if name in seen]


def trimmed_operation(operation):
    result = kept(operation, OPERATION_KEYS)
    for part in ("input", "output"):
        if part in result:
            result[part] = reference(result[part])
    if "errors" in result:
        result["errors"] = [error["shape"] for error in result["errors"]]
    return result


def route_of(operation, shapes):
    """METHOD URI, with the required members of the query string, so that routing can tell operations apart."""
    shape = shapes.get(operation.get("input", {}).get("shape"), {})
    members = [shape["members"][name] for name in shape.get("required", [])]
    names = [member["locationName"] for member in members if member.get("location") == "querystring"]
    path, _, query = operation["http"]["requestUri"].partition("?")
    query = "&".join(([query] if query else []) + names)
    return operation["http"]["method"] + " " + path + ("?" + query if query else "")


def trimmed_model(model, wanted):
    unknown = [name for name in wanted if name not in model["operations"]]
    if unknown:
        raise SystemExit("not in the model: " + ", ".join(unknown))
    operations = {name: trimmed_operation(model["operations"][name]) for name in wanted}
    roots = [shape for operation in operations.values() for shape in operation.get("errors", [])]
    roots += [operation[part]["shape"] for operation in operations.values() for part in ("input", "output")
              if part in operation]
    # S3's operations list few of the errors that its model declares; keep them all.
    roots += [name for name, shape in model["shapes"].items() if shape.get("exception")
              and model["metadata"]["endpointPrefix"] == "s3"]
    shapes = {name: trimmed_shape(model["shapes"][name]) for name in used_shapes(model["shapes"], roots)}
    rest = {name: route_of(operation, model["shapes"])
            for name, operation in model["operations"].items() if name not in wanted}
    return {"metadata": kept(model["metadata"], METADATA_KEYS), "operations": operations, "shapes": shapes,
            "not_served": rest}


def text_of(model):
    """JSON with one operation or shape a line: short, and readable in a diff."""
    def section(entries):
        lines = ["    %s: %s" % (json.dumps(name), json.dumps(entry)) for name, entry in entries.items()]
        return "{\n" + ",\n".join(lines) + "\n  }"
    parts = ['  "metadata": ' + json.dumps(model["metadata"])]
    parts += ['  "%s": %s' % (name, section(model[name])) for name in ("operations", "shapes", "not_served")]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--botocore", type=pathlib.Path, required=True, help="folder of the botocore package")
    arguments = parser.parse_args()
    services = json.loads((ROOT / "codegen/groups.json").read_text())
    for service, entry in services.items():
        source = arguments.botocore / "data" / entry["botocore"] / "service-2.json.gz"
        model = json.loads(gzip.decompress(source.read_bytes()))
        wanted = [name for group in entry["groups"].values() for name in group]
        (ROOT / "models" / (service + ".json")).write_text(text_of(trimmed_model(model, wanted)))
        print("%s: %d of %d operations" % (service, len(wanted), len(model["operations"])))


if __name__ == "__main__":
    main()
