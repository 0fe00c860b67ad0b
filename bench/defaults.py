"""The study behind the defaults of `train`: held-out losses of short runs, written to docs/defaults.md.

Run as `./lab bench defaults`. Each run's result is kept in the work folder, so that a study which was
stopped goes on where it was. Only what the table's first column says differs from the defaults.
"""

import json
import pathlib
import platform
import sys

from tools.common import ROOT, arguments, cpu_model, print_machine, print_table, run_json

CORPORA = {"harbour-log": "harbour-log.jsonl", "workshop-handbook": "workshop-handbook.md"}
BASE = {"rank": 8, "alpha": 16, "schedule": "cosine", "warmup": 10}
STUDY = [
    {"lr": "2e-4"},
    {"lr": "5e-4"},
    {"lr": "1e-3"},
    {"lr": "2e-3"},
    {"lr": "4e-3"},
    {"lr": "1e-3", "alpha": 32},
    {"lr": "2e-3", "schedule": "linear"},
    {"lr": "2e-3", "schedule": "constant"},
    {"lr": "2e-3", "rank": 4, "alpha": 8},
    {"lr": "2e-3", "rank": 16, "alpha": 32},
    {"lr": "1e-3", "seed": 2},
    {"lr": "2e-3", "seed": 2},
    {"lr": "4e-3", "seed": 2},
]


def label(settings):
    return ", ".join(f"{name} {value}" for name, value in settings.items())


def run(options, corpus, settings):
    """The losses of one run, from the work folder if it is there already."""
    words = {"steps": options.steps, "context": options.context, "seed": options.seed, "eval-every": 0, "save-every": 0,
             **BASE, **settings}
    name = "_".join([corpus, *(f"{key}-{value}" for key, value in words.items())])
    kept = options.work / f"{name}.json"
    if kept.exists():
        return json.loads(kept.read_text())
    command = [options.program, "train", "--data", ROOT / "examples" / CORPORA[corpus], "--out", options.work / "adapter",
               "--threads", options.threads, "--overwrite", "--json"]
    command += [word for key, value in words.items() for word in (f"--{key}", value)]
    print(f"{corpus}: {label(settings)} ...", end=" ", flush=True, file=sys.stderr)
    report = run_json(command)
    print(f"{report['val_loss_first']:.4f} -> {report['val_loss_last']:.4f}", file=sys.stderr)
    kept.write_text(json.dumps(report))
    return report


def cells(report, best):
    after = f"{report['val_loss_last']:.4f}"
    change = 100 * (report["val_loss_last"] / report["val_loss_first"] - 1)
    return [f"{report['val_loss_first']:.4f}", f"**{after}**" if report["val_loss_last"] == best else after, f"{change:+.1f} %"]


def table(study, results):
    """Rows of strings, the first the heading; the best loss of a corpus is bold."""
    head = ["settings"]
    best = {}
    for corpus in CORPORA:
        head += [f"{corpus}: before", "after", "change"]
        best[corpus] = min(results[corpus, label(settings)]["val_loss_last"] for settings in study)
    rows = [[label(settings)] + [cell for corpus in CORPORA for cell in cells(results[corpus, label(settings)], best[corpus])]
            for settings in study]
    return [head, *rows]


def markdown(options, rows):
    lines = [
        "# The study behind the defaults",
        "",
        f"Held-out loss before and after {options.steps} steps of one row of {options.context} tokens on SmolLM2-135M-Instruct,",
        "on the two corpora of `examples/`. Where a row does not say otherwise: LoRA on all linear layers with rank",
        f"{BASE['rank']}, alpha {BASE['alpha']}, schedule {BASE['schedule']}, {BASE['warmup']} steps of warm-up, AdamW without weight decay. A tenth of each",
        "corpus is held out. Bold: the lowest loss of a corpus.",
        "",
        f"Made by `./lab bench defaults --steps {options.steps} --context {options.context} --seed {options.seed}` on {cpu_model()}, {options.threads} threads,",
        f"{platform.system()}.",
        "",
        "| " + " | ".join(rows[0]) + " |",
        "|---" + "|---:" * (len(rows[0]) - 1) + "|",
    ]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows[1:]]) + "\n"


def main():
    parser = arguments(__doc__)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--context", type=int, default=256)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=len(STUDY), help="only the first so many settings")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "defaults", help="where results are kept")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs" / "defaults.md")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    print_machine(options.threads)
    study = STUDY[:options.first]
    results = {(corpus, label(settings)): run(options, corpus, settings) for settings in study for corpus in CORPORA}
    rows = table(study, results)
    options.out.write_text(markdown(options, rows))
    print_table(rows[0], rows[1:])
    print(f"\nwritten to {options.out}")


if __name__ == "__main__":
    main()
