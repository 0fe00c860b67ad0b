"""What every comparison needs: the program, the machine, child processes with their peak memory, tables."""

import argparse
import importlib.metadata
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MODEL_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"


def arguments(description):
    """A parser with the options that all comparisons share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--program", required=True, help="the lora-lab program")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    return parser


def default_model():
    """The default model's file, where ./lab put it."""
    if "LAB_MODEL" in os.environ:
        return pathlib.Path(os.environ["LAB_MODEL"])
    caches = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    folder = os.environ.get("LAB_CACHE") or pathlib.Path(caches) / "lora-lab"
    return pathlib.Path(folder) / MODEL_FILE


def run_measured(command, environment=None, stdin=None):
    """Runs a command to its end; returns its standard output and its peak resident bytes."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=err,
                                   stdin=stdin, env={**os.environ, **(environment or {})})
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, command))}: exit status {process.returncode}\n"
                               f"{out.read()[-1000:]}{err.read()[-2000:]}")
        return out.read(), usage.ru_maxrss * 1024


def run_json(command, environment=None):
    """Runs a command that prints one JSON object as its last line; adds `process_peak_bytes`."""
    text, peak = run_measured(command, environment)
    return {**json.loads(text.strip().splitlines()[-1]), "process_peak_bytes": peak}


def cpu_model():
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()


def has_unit(name):
    """Does the processor have these instructions, by their name in /proc/cpuinfo?"""
    with open("/proc/cpuinfo") as file:
        return name in next((line.split() for line in file if line.startswith("flags")), [])


def vector_units():
    return " ".join(filter(has_unit, ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16")))


def print_machine(threads, packages=()):
    """Says on what the numbers below were measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(f"machine   {cpu_model()}, {os.cpu_count()} CPUs ({vector_units()}), {memory:.0f} GiB, "
          f"{platform.system()} {platform.release()}")
    print(f"load      {os.getloadavg()[0]:.1f} before the start; {threads} threads each")
    versions = [f"python {platform.python_version()}"]
    versions += [f"{name} {importlib.metadata.version(name)}" for name in packages]
    print(f"versions  {', '.join(versions)}\n", flush=True)


def print_table(head, rows):
    """Columns as wide as their widest cell; the first is left-aligned."""
    cells = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    for number, row in enumerate(cells):
        first, *rest = (cell.ljust(w) if i == 0 else cell.rjust(w)
                        for i, (cell, w) in enumerate(zip(row, widths)))
        print("  ".join([first, *rest]))
        if number == 0:
            print("  ".join("-" * w for w in widths))
    sys.stdout.flush()


def megabytes(count):
    return f"{count / 1e6:.0f}"
