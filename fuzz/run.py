"""Runs the fuzz targets of build/fuzz, two at a time, and prints what they did.

Called by `./lab test fuzz [SECONDS]` and `./lab fuzz TARGET [SECONDS]`. Each target starts from the malformed and
the small good files that malformed_corpus writes, and from what earlier runs found worth keeping (build/fuzz/corpus).
Words of each format, which chance would hardly spell, are in fuzz/words.
A crash, a time-out, a leak or too much memory is a finding: its input lies in build/fuzz/findings/TARGET.
"""

import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MORE_SEEDS = {"chat_template": ROOT / "tests/data/templates"}
LIMITS = ["-rss_limit_mb=1024", "-malloc_limit_mb=128", "-timeout=10", "-max_len=16384", "-reload=0"]


def prepare(build):
    """Writes the seeds; returns their folder."""
    seeds = build / "seeds"
    subprocess.run([build / "tests/malformed/malformed_corpus", "--seeds", seeds], check=True, stdout=subprocess.DEVNULL)
    return seeds


def run(build, seeds, name, seconds, seed):
    corpus, findings = build / "corpus" / name, build / "findings" / name
    folders = [corpus, seeds / name, ROOT / "fuzz/regressions" / name]
    if name in MORE_SEEDS:
        folders.append(MORE_SEEDS[name])
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    command = [build / "fuzz" / f"{name}_fuzz", *LIMITS, f"-max_total_time={seconds}", f"-seed={seed}", f"-dict={ROOT}/fuzz/words/{name}.dict",
               f"-artifact_prefix={findings}/", "-print_final_stats=1", *[f for f in folders if f.is_dir()]]
    log = build / f"{name}.log"
    with log.open("w") as out:
        status = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, check=False).returncode
    text = log.read_text(errors="replace")
    covered = re.findall(r"cov: (\d+) ft: (\d+)", text)
    stats = dict(re.findall(r"stat::(\w+):\s+(\d+)", text))
    done = re.search(r"Done \d+ runs in (\d+) second", text)
    return {"target": name, "executions": int(stats.get("number_of_executed_units", 0)),
            "seconds": int(done[1]) if done else None, "edges": int(covered[-1][0]) if covered else 0,
            "features": int(covered[-1][1]) if covered else 0, "peak_mb": int(stats.get("peak_rss_mb", 0)),
            "status": status, "log": log}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/fuzz")
    parser.add_argument("--target", action="append", help="run this one only")
    parser.add_argument("--seconds", type=int, default=20, help="for each target (default 20)")
    parser.add_argument("--jobs", type=int, default=2, help="targets at a time (default 2)")
    parser.add_argument("--seed", type=int, default=1, help="of libFuzzer's random numbers (default 1)")
    options = parser.parse_args()
    build = options.build.resolve()
    names = sorted(path.stem.removesuffix("_fuzz") for path in (ROOT / "fuzz").glob("*_fuzz.cc"))
    if options.target:
        unknown = set(options.target) - set(names)
        if unknown:
            parser.error(f"there is no target {', '.join(unknown)}; there are {', '.join(names)}")
        names = options.target
    seeds = prepare(build)
    print(f"{len(names)} targets, {options.seconds} s each, -seed={options.seed}", flush=True)
    row = "{:<15} {:>11} {:>8} {:>7} {:>9} {:>8}  {}".format
    print(row("target", "executions", "seconds", "edges", "features", "peak MB", ""), flush=True)
    failed = False
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        waiting = [pool.submit(run, build, seeds, name, options.seconds, options.seed) for name in names]
        for one in (job.result() for job in waiting):
            bad = one["status"] != 0
            failed |= bad
            print(row(one["target"], one["executions"], one["seconds"] or "-", one["edges"], one["features"],
                      one["peak_mb"], f"FINDING, see {one['log']}" if bad else "ok"), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
