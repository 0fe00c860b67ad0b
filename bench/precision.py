"""The loss curves of one run in float32 and in bfloat16, side by side; they may be 1 % apart.

Run as `./lab bench precision`. Compared are the mean training losses of every 50 steps, which learn from
the same rows, and the held-out losses after them.
"""

import json
import pathlib
import statistics
import sys
import tempfile

from tools.common import ROOT, arguments, print_machine, print_table, run_json

TARGET = 1  # percent


def curve(options, precision):
    """The run's means by their last step, its held-out losses by step, and its tokens a second."""
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "log.jsonl"
        report = run_json([options.program, "train", "--data", options.data, "--out", pathlib.Path(folder) / "run", "--log", log,
                           "--steps", options.steps, "--eval-every", options.every, "--precision", precision,
                           "--threads", options.threads, "--json"])
        lines = [json.loads(line) for line in log.read_text().splitlines()]
    losses = {line["step"]: line["loss"] for line in lines if "loss" in line}
    held_out = {line["step"]: line["val_loss"] for line in lines if line.get("val_loss") is not None}
    ends = range(options.every, options.steps + 1, options.every)
    means = {end: statistics.mean(losses[step] for step in range(end - options.every + 1, end + 1)) for end in ends}
    return means, held_out, report["tokens_per_s"]


def main():
    parser = arguments(__doc__)
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "examples" / "workshop-handbook.md")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--every", type=int, default=50)
    options = parser.parse_args()
    print_machine(options.threads)
    (wide, wide_held, wide_speed), (narrow, narrow_held, narrow_speed) = curve(options, "f32"), curve(options, "bf16")
    worst, rows = 0, []
    for what, ours, theirs in (("trained on", narrow, wide), ("held out", narrow_held, wide_held)):
        for step in sorted(theirs):
            difference = 100 * (ours[step] / theirs[step] - 1)
            worst = max(worst, abs(difference))
            rows.append([what, step, f"{theirs[step]:.4f}", f"{ours[step]:.4f}", f"{difference:+.2f} %"])
    print_table(["loss", "after step", "float32", "bfloat16", "difference"], rows)
    print(f"\nspeed: {wide_speed:.0f} tok/s in float32, {narrow_speed:.0f} in bfloat16 ({narrow_speed / wide_speed:.2f}x)")
    print(f"largest difference {worst:.2f} %, target {TARGET} %")
    sys.exit(1 if worst > TARGET else 0)


if __name__ == "__main__":
    main()
