"""The corpora between their text files in the tree and libFuzzer's folders.

    corpus.py unpack NAME FOLDER     corpus/NAME.txt to a file for each line
    corpus.py pack NAME FOLDER...    the folders' files to corpus/NAME.txt: the shortest first, no more than MAX_BYTES
    corpus.py show FILE              one input as a line: what to add to corpus/NAME.txt for a finding
"""
import hashlib
import pathlib
import re
import sys

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
MAX_BYTES = 60_000  # of a text file: a corpus is for coverage in seconds, not for completeness
INPUT_BYTES_MAX = 2_000


def escape(data):
    def piece(byte):
        if byte == 0x5C:
            return "\\\\"
        if byte in b"\n\r":
            return {10: "\\n", 13: "\\r"}[byte]
        return chr(byte) if 0x20 <= byte < 0x7F else "\\x%02x" % byte

    return "".join(map(piece, data))


def unescape(line):
    def piece(match):
        kind = match[1]
        return bytes([int(kind[1:], 16)]) if kind[0] == "x" else {"n": b"\n", "r": b"\r", "\\": b"\\"}[kind]

    parts = re.split(r"(\\(?:x[0-9a-f]{2}|.))", line)
    return b"".join(piece(re.match(r"\\(.*)", part)) if part.startswith("\\") else part.encode() for part in parts)


def read(name):
    path = CORPUS / f"{name}.txt"
    return [unescape(line) for line in path.read_text().splitlines()] if path.exists() else []


def unpack(name, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for data in read(name):
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def pack(name, *folders):
    """What is in the text file stays: findings are there. New inputs are added while there is room."""
    lines = [escape(data) for data in read(name)]
    size = sum(len(line) + 1 for line in lines)
    files = {path.read_bytes() for folder in folders for path in pathlib.Path(folder).iterdir() if path.is_file()}
    for data in sorted(files, key=lambda data: (len(data), data)):
        line = escape(data)
        if line in lines or len(data) > INPUT_BYTES_MAX or size + len(line) + 1 > MAX_BYTES:
            continue
        lines.append(line)
        size += len(line) + 1
    CORPUS.mkdir(exist_ok=True)
    (CORPUS / f"{name}.txt").write_text("".join(line + "\n" for line in lines))
    print(f"{name}: {len(lines)} inputs, {size} bytes")


def show(path):
    print(escape(pathlib.Path(path).read_bytes()))


if __name__ == "__main__":
    command, *rest = sys.argv[1:] or ["help"]
    if command not in ("unpack", "pack", "show"):
        sys.exit(__doc__)
    {"unpack": unpack, "pack": pack, "show": show}[command](*rest)
