"""Gives the same safetensors files to LoRA Lab and to the reference library, and lists where they differ.

Run as `./lab test peers`. The files are the table of bad inputs, and random changes of small good files (always the
same ones). A file that only one of the two accepts must belong to a kind that DELIBERATE explains, else the check fails.
"""

import argparse
import collections
import json
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile

import safetensors

# What LoRA Lab refuses on purpose where the reference does not: a pattern of its sentence, and why.
DELIBERATE = {
    r"type '.*' is not supported": "F4, F6, F8 and complex types: LoRA Lab computes with none of them",
    r"beyond 64 bits": "an integer above 2^63 in a member that the format does not have: LoRA Lab's JSON has none",
}
GOOD = {"a": ("F32", [2, 3], 24), "b": ("BF16", [4], 8), "scalar": ("I64", [], 8), "none": ("U8", [0], 0)}
ALPHABET = b'0123456789{}[]",:.-+eE \n\\unlF32aB\x00\xff'


VALUES = ["F16", "F64", "BOOL", "F8_E4M3", "F4", "C64", "f32", "", None, True, 0, 1, -1, 3, 8, 24, 1.0, 2**53, 2**53 + 1, 2**63, 2**64,
          [], [0], [1], [6], [24], [0, 24], [24, 32], [2, 3, 1], [2**32, 2**32], [0, 2**62, 2**62], [[2], 3], {}, {"x": "y"}, {"x": 1}]


def good_header(metadata):
    header, end = ({"__metadata__": metadata} if metadata else {}), 0
    for name, (dtype, shape, size) in GOOD.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + size]}
        end += size
    return header


def file_of(header, data=40):
    text = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + bytes(data)


def other_values(rng, header):
    """The file with one or two values replaced, or a member added, in well-formed JSON."""
    header = json.loads(json.dumps(header))
    for _ in range(rng.randint(1, 2)):
        entry = header[rng.choice(list(header))]
        key = rng.choice(list(entry) or ["x"]) if isinstance(entry, dict) and rng.random() < 0.9 else "more"
        if isinstance(entry, dict):
            member = entry.get(key)
            if isinstance(member, list) and member and rng.random() < 0.7:
                member[rng.randrange(len(member))] = rng.choice(VALUES)
            else:
                entry[key] = rng.choice(VALUES)
        if rng.random() < 0.1:
            header[rng.choice(["", "e", "__metadata__"])] = rng.choice(VALUES)
    return file_of(header, rng.choice([40, 40, 40, 39, 41]))


def changed(rng, file):
    """Few changes of bytes: another byte, one more, one less, or two places exchanged; mostly in the header."""
    data = bytearray(file)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        at = rng.randrange(8, len(data) - 40) if rng.random() < 0.9 else rng.randrange(len(data))
        kind = rng.random()
        if kind < 0.5:
            data[at] = rng.choice(ALPHABET)
        elif kind < 0.7:
            data.insert(at, rng.choice(ALPHABET))
        elif kind < 0.9:
            del data[at]
        else:
            other = rng.randrange(8, len(data) - 40)
            data[at], data[other] = data[other], data[at]
    if rng.random() < 0.8:  # keep the length true, so that the change itself is judged
        header = len(data) - 40 - 8
        data[:8] = struct.pack("<Q", max(header, 0))
    return bytes(data)


def reference(path):
    """None if the library accepts the file, else its message."""
    try:
        safetensors.deserialize(path.read_bytes())
        return None
    except Exception as error:  # the library has one class for all, and panics come as another
        return str(error)


def ours(reader, paths):
    answer = subprocess.run([reader], input="".join(f"{path}\n" for path in paths), capture_output=True, text=True, check=True)
    return [None if line == "accepted" else line for line in answer.stdout.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tools", type=pathlib.Path, required=True, help="where malformed_corpus and read_safetensors are")
    parser.add_argument("--mutations", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        subprocess.run([options.tools / "malformed_corpus", root], check=True)
        paths = sorted((root / "safetensors").glob("*/*.safetensors"))
        table = len(paths)
        headers = [good_header(None), good_header({"format": "pt"})]
        for number in range(options.mutations):
            path = root / f"{number}.safetensors"
            header = rng.choice(headers)
            path.write_bytes(changed(rng, file_of(header)) if number % 2 else other_values(rng, header))
            paths.append(path)
        answers = ours(options.tools / "read_safetensors", paths)
        if len(answers) != len(paths):
            sys.exit(f"read_safetensors answered {len(answers)} of {len(paths)} files")
        both, neither, kinds, strange = 0, 0, collections.Counter(), []
        for path, our in zip(paths, answers):
            their = reference(path)
            both, neither = both + (our is None and their is None), neither + (our is not None and their is not None)
            if (our is None) == (their is None):
                continue
            reason = next((why for pattern, why in DELIBERATE.items() if our and re.search(pattern, our)), None)
            if reason:
                kinds[reason] += 1
            else:
                strange.append((path.relative_to(root), our or "accepted", their or "accepted", path.read_bytes()[:400]))
    print(f"safetensors {safetensors.__version__}: {table} files of the table and {options.mutations} changed ones "
          f"(seed {options.seed}); both accept {both}, both refuse {neither}")
    for reason, count in kinds.most_common():
        print(f"  {count:>6} refused by LoRA Lab alone: {reason}")
    for path, our, their, start in strange[:20]:
        print(f"  UNEXPLAINED {path}\n    LoRA Lab:  {our}\n    reference: {their}\n    {start}")
    print(f"{len(strange)} unexplained differences")
    sys.exit(1 if strange else 0)


if __name__ == "__main__":
    main()
