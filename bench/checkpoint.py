"""What checkpoints cost at the default interval, as a share of the run.

Run as `./lab bench checkpoint`. Both times are measured inside the same run: in its steps, and in
saving, which writes adapter and checkpoint and waits until the disk has them.
"""

import pathlib
import sys
import tempfile

from tools.common import ROOT, arguments, print_machine, print_table, run_json

TARGET = 1.0  # percent


def main():
    parser = arguments(__doc__)
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "examples" / "harbour-log.jsonl")
    parser.add_argument("--steps", type=int, default=200)
    options = parser.parse_args()
    print_machine(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "run"
        report = run_json([options.program, "train", "--data", options.data, "--steps", options.steps, "--threads", options.threads,
                           "--out", out, "--json"])
        size = (out / "checkpoint.safetensors").stat().st_size
    share = 100 * report["saving_s"] / (report["steps_s"] + report["saving_s"])
    print_table(["steps", "in steps, s", "saving, s", "checkpoint, MB", "share"],
                [[str(report["steps"]), f"{report['steps_s']:.1f}", f"{report['saving_s']:.2f}", f"{size / 1e6:.1f}", f"{share:.2f} %"]])
    print(f"\ntarget: at most {TARGET} % of the run")
    sys.exit(0 if share <= TARGET else 1)


if __name__ == "__main__":
    main()
