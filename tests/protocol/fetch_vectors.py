"""Gets botocore's source package, which holds the protocol test vectors of the AWS SDKs, into Penstock's cache.

The cache is $PENSTOCK_CACHE or ~/.cache/penstock. Prints the folder of the vectors; exits 77 (skip) with a message when
the package cannot be fetched. The digest is pinned: another file is refused.
"""
import hashlib
import os
import pathlib
import subprocess
import sys
import tarfile

VERSION = "1.44.5"
SHA256 = "a988f39e3a4484def0b8010f41128f71157da0515a4804fccce4739aa8f216da"
SKIP = 77


def cache_folder():
    return pathlib.Path(os.environ.get("PENSTOCK_CACHE") or pathlib.Path.home() / ".cache" / "penstock") / "vectors"


def fetched_package(folder):
    """Path of the source package, downloaded when it is not there yet; None when that fails."""
    package = folder / ("botocore-%s.tar.gz" % VERSION)
    if not package.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
                   "--dest", str(folder), "botocore==" + VERSION]
        try:
            result = subprocess.run(command, capture_output=True, text=True, timeout=300)
        except (OSError, subprocess.TimeoutExpired) as error:
            print("cannot fetch botocore's source package: %s" % error, file=sys.stderr)
            return None
        if result.returncode != 0 or not package.exists():
            print("cannot fetch botocore's source package:\n" + result.stderr, file=sys.stderr)
            return None
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    if digest != SHA256:
        package.unlink()
        sys.exit("%s has the digest %s, expected %s; it was removed, run again" % (package, digest, SHA256))
    return package


def vectors_folder():
    """Folder with `input` and `output`, extracted once; None when it cannot be had."""
    folder = cache_folder()
    target = folder / ("botocore-%s" % VERSION) / "tests" / "unit" / "protocols"
    if not (target / ".complete").exists():
        package = fetched_package(folder)
        if package is None:
            return None
        with tarfile.open(package) as archive:
            inside = "botocore-%s/tests/unit/protocols/" % VERSION
            archive.extractall(folder, [m for m in archive.getmembers() if m.isfile() and m.name.startswith(inside)])
        (target / ".complete").touch()
    return target


if __name__ == "__main__":
    found = vectors_folder()
    if found is None:
        sys.exit(SKIP)
    print(found)
