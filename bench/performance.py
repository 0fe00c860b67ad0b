"""The table of docs/performance.md: training and inference beside PyTorch + PEFT and llama.cpp, with what each should reach.

Run as `./lab bench performance`; takes some ten minutes. The contenders of a round follow one another, each in a
process of its own; ratios are of medians over all rounds.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import infer
import train
from tools.common import ROOT, arguments, cpu_model, default_model, print_machine, print_table, run_json, vector_units


def medians(rounds, contenders):
    """Runs all contenders in turns; each one's medians."""
    runs = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            runs[name].append(run())
            print(".", end="", flush=True, file=sys.stderr)
    return runs


def training(options, work, tokens, environment, dtypes):
    """Steps a second and peaks by contender, `dtypes` for ours and for PyTorch."""
    shape = argparse.Namespace(**{**vars(options), "tokens": tokens})
    (work / "ids.json").write_text(json.dumps(train.write_corpus(options.program, work / "corpus.txt", tokens, options.steps + 2)))
    contenders = {}
    for dtype in dtypes:
        ours = {"float32": "f32", "bfloat16": "bf16"}[dtype]
        if dtype == "float32" or train.has_bf16():
            contenders["ours", dtype] = lambda ours=ours: train.run_ours(shape, work, ours, environment)
        contenders["theirs", dtype] = lambda dtype=dtype: train.run_torch(shape, work, dtype, environment)
    return {name: train.summary(runs) for name, runs in medians(options.rounds, contenders).items()}


def best(results, side):
    return max((r for (who, _), r in results.items() if who == side), key=lambda r: r["speed"])


def scaling(options, work):
    """Training speed at all threads over that at one."""
    def at(threads):
        one = argparse.Namespace(**{**vars(options), "tokens": 512, "threads": threads})
        return lambda: train.run_ours(one, work, "f32", {})
    train.write_corpus(options.program, work / "corpus.txt", 512, options.steps + 2)
    runs = medians(options.rounds, {1: at(1), options.threads: at(options.threads)})
    return {threads: train.summary(of)["speed"] for threads, of in runs.items()}


def other_types(options, work):
    """The default model in other types: llama.cpp may be faster with one of them."""
    adapter = work / "one-step"
    run_json([options.program, "train", "--data", work / "corpus.txt", "--steps", 1, "--context", 64, "--out", adapter, "--json"])
    files = {}
    for dtype in ("f32", "f16", "bf16", "q8_0"):
        files[dtype.upper()] = work / f"{dtype}.gguf"
        run_json([options.program, "merge", "--adapter", adapter, "--dtype", dtype, "--out", work / f"{dtype}.gguf", "--json"])
    files["Q4_0"] = work / "q4_0.gguf"
    subprocess.run([sys.executable, pathlib.Path(__file__).with_name("tools") / "llama_quantize.py", "--model", files["F32"], "--out", files["Q4_0"]],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return files


def inference(options, work):
    shape = argparse.Namespace(**{**vars(options), "prefill": 512, "decode": 64})
    text, ids = infer.prompt_of(options.program, shape.prefill)
    (work / "prompt.json").write_text(json.dumps(ids))
    contenders = {"ours, float32": lambda: infer.run_ours(shape, text, "f32")}
    if train.has_bf16():
        contenders["ours, bfloat16"] = lambda: infer.run_ours(shape, text, "bf16")
    contenders |= {"Q4_1": lambda: infer.run_llama(shape, work / "prompt.json")}
    files = other_types(options, work)
    contenders |= {"ours, Q4_0": lambda: infer.run_ours(shape, text, "f32", files["Q4_0"])}
    for dtype, file in files.items():
        contenders[dtype] = lambda file=file: infer.run_llama(shape, work / "prompt.json", file)
    runs = medians(options.rounds, contenders)

    def median(name, field):
        return statistics.median(run[field] for run in runs[name])

    return {name: {field: median(name, f"{field}_tokens_per_s") for field in ("prefill", "decode")} for name in runs}


def rows_of(options, work):
    """what, ours, theirs, ratio, must, goal; a ratio of memory should be small."""
    train.save_model(work / "model")
    short = training(options, work, 512, {}, ("float32", "bfloat16"))
    avx2 = training(options, work, 512, train.AVX2, ("float32",))
    long = training(options, work, 2048, {}, ("float32", "bfloat16"))
    speed = scaling(options, work)
    answers = inference(options, work)
    ours, peer = (max((name for name in answers if name.startswith("ours") == mine), key=lambda name: answers[name]["prefill"]) for mine in (True, False))
    few, many = min(speed), max(speed)
    amx = ", with AMX" if train.has_amx() else "; with AMX not measurable here"

    def row(what, ours, theirs, must, goal, unit="tok/s"):
        return {"what": what, "ours": ours, "theirs": theirs, "ratio": ours / theirs, "must": must, "goal": goal, "unit": unit}

    def training_row(what, results, dtype, must, goal):
        if dtype is None:
            return row(what, best(results, "ours")["speed"], best(results, "theirs")["speed"], must, goal)
        return row(what, results["ours", dtype]["speed"], results["theirs", dtype]["speed"], must, goal)

    return [training_row("LoRA training, float32, PyTorch + PEFT float32", short, "float32", 1.6, 1.9),
            training_row("the same, both held to AVX2", avx2, "float32", 1.4, 1.7),
            training_row(f"LoRA training, best precision of each{amx}", short, None, 2.5, 3.5),
            training_row("the same at 2,048 tokens", long, None, 3, 5),
            row("peak memory, float32", short["ours", "float32"]["peak"] / 1e6, short["theirs", "float32"]["peak"] / 1e6, 1 / 4, 1 / 6, "MB"),
            row(f"prefill of 512 tokens, {ours}; llama.cpp's best ({peer})", answers[ours]["prefill"], answers[peer]["prefill"], 1.5, 4),
            row("decode, llama.cpp on the same Q4_1 file", answers["ours, float32"]["decode"], answers["Q4_1"]["decode"], 1.45, 1.7),
            row("decode, llama.cpp on the same Q4_0 file", answers["ours, Q4_0"]["decode"], answers["Q4_0"]["decode"], 1.0, 1.15),
            row(f"training, {many} threads over {few}", speed[many], speed[few], 1.85, 1.95)]


def verdict(row):
    better = (lambda a, b: a <= b) if row["unit"] == "MB" else (lambda a, b: a >= b)
    return "goal reached" if better(row["ratio"], row["goal"]) else "reached" if better(row["ratio"], row["must"]) else "missed"


def cells(row):
    return [row["what"], f"{row['ours']:.0f} {row['unit']}", f"{row['theirs']:.0f} {row['unit']}", f"{row['ratio']:.2f} x",
            f"{row['must']:.2f} x", f"{row['goal']:.2f} x", verdict(row)]


HEAD = ["", "LoRA Lab", "the other", "ratio", "must", "goal", ""]


def markdown(options, rows):
    lines = ["# Performance", "",
             "SmolLM2-135M-Instruct from its Q4_1 file; training with rank 8 on all linear layers, 512 tokens a step unless said otherwise.",
             f"Made by `./lab bench performance` on {cpu_model()} ({vector_units()}), {options.threads} threads, medians of",
             f"{options.rounds} rounds in which the programs take turns. A row that was missed says so.", "",
             "| " + " | ".join(HEAD) + " |", "|---" + "|---:" * (len(HEAD) - 2) + "|---|"]
    return "\n".join(lines + ["| " + " | ".join(cells(row)) + " |" for row in rows]) + "\n"


def main():
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=6, help=f"of a training run, the first {train.WARM_UP} not counted")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs" / "performance.md")
    options = parser.parse_args()
    print_machine(options.threads, ("torch", "transformers", "peft", "llama_cpp_python"))
    with tempfile.TemporaryDirectory() as folder:
        rows = rows_of(options, pathlib.Path(folder))
    print(file=sys.stderr)
    print_table(HEAD, [cells(row) for row in rows])
    options.out.write_text(markdown(options, rows))
    print(f"\n{default_model().name}; written to {options.out}")
    sys.exit(1 if any(verdict(row) == "missed" for row in rows) else 0)


if __name__ == "__main__":
    main()
