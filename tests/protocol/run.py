"""The CTest entry of the protocol vectors: fetches them, builds the runner when needed, runs it.

    run.py --build BUILD_FOLDER

Exits 77 (skipped) when the vectors cannot be fetched.
"""
import argparse
import pathlib
import subprocess
import sys

from fetch_vectors import SKIP, vectors_folder


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--runner", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    if vectors_folder() is None:
        print("skipped: botocore's protocol vectors are not in the cache and cannot be fetched")
        return SKIP
    built = subprocess.run(["cmake", "--build", str(arguments.build), "--target", "protocol_vectors"], check=False,
                           capture_output=True, text=True)
    if built.returncode != 0:
        print(built.stdout[-8000:], built.stderr[-4000:])
        return 1
    here = pathlib.Path(__file__).resolve().parent
    return subprocess.run([str(arguments.runner), str(arguments.runner.parent / "vectors" / "cases.json"),
                           str(here / "known_failures.txt")], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
