"""What `train` predicts before it runs against the run that follows: speed, time and peak memory.

Run as `./lab bench plan`. The measured time is that of the whole `train` process less that of a
`plan` process with the same settings, which loads, reads the corpus and calibrates likewise.
"""

import json
import pathlib
import statistics
import sys
import tempfile
import time

from tools.common import ROOT, arguments, megabytes, print_machine, print_table, run_json

TIME_TARGET, MEMORY_TARGET = 20, 5  # percent
SETTINGS = {
    "lora 8, 256 x 1": {"rank": 8, "context": 256, "batch": 1},
    "lora 8, 512 x 1": {"rank": 8, "context": 512, "batch": 1},
    "lora 8, 256 x 2": {"rank": 8, "context": 256, "batch": 2},
    "lora 64, 256 x 1": {"rank": 64, "context": 256, "batch": 1},
    "lora 64, 512 x 2": {"rank": 64, "context": 512, "batch": 2},
    "lora 8, 512 x 1, low memory": {"rank": 8, "context": 512, "batch": 1, "memory": "low"},
    "dora 8, 256 x 1": {"variant": "dora", "rank": 8, "context": 256, "batch": 1},
    "full, 256 x 1": {"variant": "full", "context": 256, "batch": 1, "lr": 1e-5},
}


def error(predicted, measured):
    return 100 * (predicted / measured - 1)


def timed(command):
    start = time.perf_counter()
    report = run_json(command)
    return report, time.perf_counter() - start


def compare(options, name):
    """One setting: predictions and measurements, as medians over the rounds."""
    words = [word for key, value in SETTINGS[name].items() for word in (f"--{key}", value)]
    words += ["--data", options.data, "--steps", options.steps, "--threads", options.threads, "--json"]
    runs = []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            _, plan_s = timed([options.program, "plan", *words])
            report, train_s = timed([options.program, "train", "--out", pathlib.Path(folder) / "run", *words])
            runs.append({**report, "measured_s": max(train_s - plan_s, 1e-3)})

    def median(field):
        return statistics.median(run[field] for run in runs)

    return {"setting": name,
            "predicted tok/s": median("predicted_tokens_per_s"), "tok/s": median("tokens_per_s"),
            "speed error": error(median("predicted_tokens_per_s"), median("tokens_per_s")),
            "predicted s": median("predicted_s"), "s": median("measured_s"),
            "time error": error(median("predicted_s"), median("measured_s")),
            "predicted bytes": median("predicted_peak_bytes"), "bytes": median("process_peak_bytes"),
            "memory error": error(median("predicted_peak_bytes"), median("process_peak_bytes"))}


def main():
    parser = arguments(__doc__)
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "examples" / "harbour-log.jsonl")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", choices=SETTINGS, action="append", help="a setting; may be given several times")
    parser.add_argument("--out", type=pathlib.Path, help="also write the rows as JSON")
    options = parser.parse_args()
    print_machine(options.threads)
    rows = [compare(options, name) for name in options.only or SETTINGS]
    if options.out:
        options.out.write_text(json.dumps(rows, indent=1))
    print_table(["setting", "predicted tok/s", "measured", "error", "predicted s", "measured", "error", "predicted MB", "measured", "error"],
                [[r["setting"], f"{r['predicted tok/s']:.0f}", f"{r['tok/s']:.0f}", f"{r['speed error']:+.0f} %",
                  f"{r['predicted s']:.1f}", f"{r['s']:.1f}", f"{r['time error']:+.0f} %",
                  megabytes(r["predicted bytes"]), megabytes(r["bytes"]), f"{r['memory error']:+.1f} %"] for r in rows])
    missed = [f"{r['setting']} ({what})" for r in rows
              for what, target in {"speed error": TIME_TARGET, "time error": TIME_TARGET, "memory error": MEMORY_TARGET}.items()
              if abs(r[what]) > target]
    print(f"\ntargets: {TIME_TARGET} % for speed and time, {MEMORY_TARGET} % for memory; missed: {', '.join(missed) or 'none'}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
