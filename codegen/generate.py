"""Writes C++ structs and constant tables from models/*.json; CMake runs it at build time, output in the build tree.

    generate.py --groups codegen/groups.json --models models --out build/generated [--list]

--list prints the files that a run would write, for CMake. Files whose content did not change are left untouched.
"""
import argparse
import pathlib

import model
from headers import header_text, service_header_text
from tables import Tables


def files(services):
    """(path, function giving its text) of every file."""
    for service in services:
        folder = "models/" + service.name
        yield folder + "/service.h", lambda s=service: service_header_text(s)
        for header in ["shapes", *service.groups]:
            yield "%s/%s.h" % (folder, header), lambda s=service, h=header: header_text(s, h)
        yield folder + "/tables.cc", lambda s=service: Tables(s).text()


def write(path, text):
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", type=pathlib.Path, required=True)
    parser.add_argument("--models", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    for path, text in files(model.load(arguments.models, arguments.groups)):
        if arguments.list:
            print(arguments.out / path)
        else:
            write(arguments.out / path, text())


if __name__ == "__main__":
    main()
