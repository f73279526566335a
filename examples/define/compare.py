"""The definitions that census_pipelines prints are those of examples/census: compare.py PROGRAM FOLDER."""
import json
import pathlib
import subprocess
import sys

program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
different = []
for name in ("training", "inference"):
    printed = json.loads(subprocess.run([program, name], check=True, capture_output=True, text=True).stdout)
    written = json.loads((folder / f"{name}.asl.json").read_text())
    if list(printed["States"]) != list(written["States"]) or printed != written:
        different.append(name)
        print(f"{name}: differs\n--- {program}\n{json.dumps(printed, indent=1, sort_keys=True)}\n--- {folder}\n{json.dumps(written, indent=1, sort_keys=True)}")
    template = json.loads(subprocess.run([program, name, "cloudformation"], check=True, capture_output=True, text=True).stdout)
    if template["Resources"]["Pipeline"]["Properties"]["Definition"] != written:
        different.append(f"{name} in the template")
sys.exit(f"not identical: {', '.join(different)}" if different else 0)
