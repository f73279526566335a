"""Writes structs and tables for the vectors' own little models, with the generator of the real ones, and the cases.

    generate_vectors.py --out FOLDER

Each suite of a vector file is a service of its own (a namespace); a file becomes one translation unit.
"""
import argparse
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "codegen"))
from fetch_vectors import vectors_folder  # noqa: E402
from generate import files, write  # noqa: E402
from model import Service  # noqa: E402

PROTOCOLS = ("json", "json_1_0", "json_1_0-query-compatible", "query", "rest-json", "rest-xml")


def operations_of(suite, direction):
    """The suite's operations, and for each case its operation: cases may differ in their model."""
    operations, names = {}, []
    for case in suite["cases"]:
        given = dict(case["given"])
        given["errors"] = [error["shape"] for error in given.get("errors", [])]
        if suite["metadata"]["protocol"] == "query" and "output" in given:
            given["output"] = dict(given["output"], resultWrapper=given["name"] + "Result")
        name = given["name"]
        while name in operations and operations[name] != given:
            name += "Again"
        operations[name] = given
        names.append(name)
    return operations, names


def service_of(name, suite, operations):
    metadata = dict({"serviceFullName": name, "serviceId": name, "apiVersion": "2020-01-01"}, **suite["metadata"])
    model = {"metadata": metadata, "operations": operations, "shapes": suite.get("shapes", {}), "not_served": {}}
    return Service(name, model, {"validation_code": "ValidationException"}, {"all": list(operations)})


def case_text(case, service, operation, file):
    """What the runner needs of a case, as one JSON value."""
    kept = {key: case[key] for key in ("params", "serialized", "result", "response", "error", "errorCode", "errorMessage")
            if key in case}
    return dict(kept, id=case["id"], file=file, entry="%s/%s" % (service, operation))


def generate(vectors, out):
    cases, index = [], 0
    for direction in ("input", "output"):
        for protocol in PROTOCOLS:
            file = "%s/%s" % (direction, protocol)
            includes, entries = [], []
            for suite in json.loads((vectors / (file + ".json")).read_text()):
                name, index = "suite_%d" % index, index + 1
                operations, names = operations_of(suite, direction)
                for path, text in files([service_of(name, suite, operations)]):
                    write(out / path, text())
                includes.append('#include "models/%s/tables.cc"\n' % name)
                entries += ['    entry<aws::%s::%s>("%s/%s"),\n' % (name, operation, name, operation)
                            for operation in operations]
                cases += [case_text(case, name, operation, file)
                          for case, operation in zip(suite["cases"], names)]
            function = file.replace("/", "_").replace("-", "_")
            write(out / (function + ".cc"), "%s\n#include \"vectors.h\"\n\nnamespace penstock::vectors {\n\n"
                  "std::vector<Entry> %s() {\n  return {\n%s  };\n}\n\n}  // namespace penstock::vectors\n"
                  % ("".join(includes), function, "".join(entries)))
    write(out / "cases.json", json.dumps(cases, indent=0))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    generate(vectors_folder(), parser.parse_args().out)
