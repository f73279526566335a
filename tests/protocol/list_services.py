"""Writes a table of all operations of the real models, for echo.cc.

    list_services.py --groups codegen/groups.json --out FILE
"""
import argparse
import json
import pathlib

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    services = {name: entry["groups"] for name, entry in json.loads(arguments.groups.read_text()).items()}
    text = "".join('#include "models/%s/%s.h"\n' % (service, group) for service in services for group in services[service])
    text += '#include "vectors.h"\n\nnamespace penstock::vectors {\n\nstd::vector<Entry> services() {\n  return {\n'
    text += "".join('    entry<aws::%s::%s>("%s/%s"),\n' % (service, operation, service, operation)
                    for service, groups in services.items() for group in groups.values() for operation in group)
    text += "  };\n}\n\n}  // namespace penstock::vectors\n"
    if not arguments.out.exists() or arguments.out.read_text() != text:
        arguments.out.write_text(text)
