"""Training speed and memory: LoRA Lab against PyTorch + PEFT, on the same weights and tokens.

Run as `./lab bench train`. SmolLM2-135M, LoRA of rank 8 on all linear layers, one row a step. The
runs of a round follow one another, each in a process of its own; the table has medians over all
steps of all rounds after the warm-up. PyTorch has the weights dequantised from the same GGUF file.
"""

import json
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile

from tools.common import arguments, default_model, has_unit, megabytes, print_machine, print_table, run_json

WARM_UP = 2  # steps that are not counted
WORDS = "the a harbour boat water morning light wind rope stone sails over under and returns with from old quiet grey".split()
AVX2 = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2", "LAB_ISA": "avx2"}


def has_amx():
    return has_unit("amx_bf16")


def has_bf16():
    return has_unit("avx512_bf16")


def tokenize(program, line, *words):
    done = subprocess.run([program, "tokenize", *words], input=json.dumps(line), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def write_corpus(program, path, tokens, rows):
    """English words that fill `rows` rows of `tokens` tokens to the last, with the end token that training adds; their ids."""
    choose = random.Random(1)
    words = " ".join(choose.choice(WORDS) for _ in range(tokens * rows))
    ids = tokenize(program, {"text": words})["ids"][: tokens * rows - 1]
    path.write_text(tokenize(program, {"ids": ids}, "--decode")["text"])
    return ids


def save_model(folder):
    """The default model's weights in float32 for PyTorch; in a process of its own for its memory."""
    code = ("import pathlib, sys; from tools.peer_models import save_dequantised; "
            "save_dequantised(*map(pathlib.Path, sys.argv[1:]))")
    subprocess.run([sys.executable, "-c", code, default_model(), folder], check=True, cwd=pathlib.Path(__file__).parent)


def run_ours(options, work, precision, environment):
    log = work / "ours.jsonl"
    shutil.rmtree(work / "adapter", ignore_errors=True)
    report = run_json([options.program, "train", "--data", work / "corpus.txt", "--context", options.tokens, "--batch", 1,
                       "--rank", 8, "--alpha", 16, "--steps", options.steps, "--val-fraction", 0, "--eval-every", 0,
                       "--save-every", 0, "--threads", options.threads, "--precision", precision, "--out", work / "adapter",
                       "--log", log, "--json"], environment)
    steps = [json.loads(line) for line in log.read_text().splitlines()]
    steps = [step for step in steps if "loss" in step]
    if any(step["tokens"] != (i + 1) * options.tokens for i, step in enumerate(steps)):
        sys.exit("A row of ours was not full; the runs cannot be compared.")
    return {**report, "speeds": [step["tokens_per_s"] for step in steps], "losses": [step["loss"] for step in steps],
            "training_peak_bytes": report["process_peak_bytes"]}


def run_torch(options, work, dtype, environment):
    return run_json([sys.executable, pathlib.Path(__file__).with_name("tools") / "torch_train.py", "--model", work / "model",
                     "--ids", work / "ids.json", "--tokens", options.tokens, "--steps", options.steps,
                     "--threads", options.threads, "--dtype", dtype],
                    {**environment, "OMP_NUM_THREADS": str(options.threads)})


def summary(runs):
    return {"speed": statistics.median(speed for run in runs for speed in run["speeds"][WARM_UP:]),
            "peak": statistics.median(run["process_peak_bytes"] for run in runs),
            "training": statistics.median(run["training_peak_bytes"] for run in runs),
            "loss": statistics.mean(runs[0]["losses"])}


def main():
    parser = arguments(__doc__)
    parser.add_argument("--tokens", type=int, default=512, help="of a step")
    parser.add_argument("--steps", type=int, default=8, help=f"of a run, the first {WARM_UP} not counted")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--isa", choices=("best", "avx2"), default="best")
    parser.add_argument("--no-bf16", action="store_true", help="leave bfloat16 out")
    options = parser.parse_args()
    if options.steps <= WARM_UP:
        parser.error(f"--steps must be above {WARM_UP}")
    print_machine(options.threads, ("torch", "transformers", "peft"))
    environment = AVX2 if options.isa == "avx2" else {}
    ours_in_bf16 = not options.no_bf16 and options.isa == "best" and has_bf16()

    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "ids.json").write_text(json.dumps(write_corpus(options.program, work / "corpus.txt", options.tokens, options.steps + 2)))
        save_model(work / "model")
        contenders = {"LoRA Lab, float32": lambda: run_ours(options, work, "f32", environment),
                      "PyTorch + PEFT, float32": lambda: run_torch(options, work, "float32", environment)}
        if ours_in_bf16:
            contenders["LoRA Lab, bfloat16"] = lambda: run_ours(options, work, "bf16", environment)
        if not options.no_bf16:
            contenders["PyTorch + PEFT, bfloat16"] = lambda: run_torch(options, work, "bfloat16", environment)
        runs = {name: [] for name in contenders}
        for _ in range(options.rounds):
            for name, run in contenders.items():
                runs[name].append(run())

    results = {name: summary(of) for name, of in runs.items()}
    best = results["LoRA Lab, bfloat16" if ours_in_bf16 else "LoRA Lab, float32"]
    print(f"{options.tokens} tokens a step, {options.rounds} rounds of {options.steps - WARM_UP} counted steps, {options.isa} instructions\n")
    print_table(["", "tok/s", "float32 is", "our best is", "peak MB", "ours is", "after loading MB", "mean loss"],
                [[name, f"{r['speed']:.0f}", f"{results['LoRA Lab, float32']['speed'] / r['speed']:.2f} x", f"{best['speed'] / r['speed']:.2f} x",
                  megabytes(r["peak"]), f"{best['peak'] / r['peak']:.2f} x", megabytes(r["training"]), f"{r['loss']:.3f}"]
                 for name, r in results.items()])


if __name__ == "__main__":
    main()
