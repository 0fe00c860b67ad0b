"""Shows that PEFT and llama.cpp load what LoRA Lab writes and compute the same logits from it.

Run as `./lab test peers`. Each row compares logits of the same token ids: the largest difference, as
a share of the largest logit. A row also fails if the adapter in it changes almost nothing.
"""

import json
import pathlib
import sys
import tempfile

import numpy as np
from tools.common import ROOT, arguments, default_model, print_machine, print_table, run_json
from tools.peer_models import Llama, load_transformers, peft_logits, transformers_logits
from safetensors.numpy import load_file, save_file
from tools.tiny_gguf import write_gguf
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoTokenizer

FAMILIES = ("llama", "llama-tied", "llama3-rope", "mistral", "qwen2", "qwen3")
FLOAT32 = 5e-5        # two float32 computations of the same network
FLOAT16 = 5e-3        # weights of a tiny random network rounded to float16, or llama.cpp's activations
Q8_0 = 1e-1           # the same to 8 bits
LEAST_EFFECT = 20     # times the tolerance: what an adapter must change at least to prove anything
CORPUS = "The harbour wakes before the town does, and the first boats go out in the dark. " * 40


class Checks:
    """Runs the program in a temporary folder and collects the rows of the table."""

    def __init__(self, program, threads, folder):
        self.program, self.threads, self.folder = program, threads, folder
        self.rows, self.failed = [], 0
        self.corpus = folder / "corpus.txt"
        self.corpus.write_text(CORPUS)

    def run(self, command, **options):
        words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)]
        return run_json([self.program, command, *words, "--json"])

    def train(self, name, model, **options):
        """A few steps that change the logits a lot; returns the run's folder."""
        out = self.folder / f"adapter-{name}"
        self.run("train", model=model, out=out, threads=self.threads,
                 **{"data": self.corpus, "steps": 6, "context": 32, "lr": 0.02, "warmup": 0, **options})
        return out

    def ours(self, model, ids, adapter=None, more=0):
        save_file({"input_ids": np.asarray(ids, np.int32)}, self.folder / "ids.safetensors")
        out = self.folder / "probe.safetensors"
        self.run("probe", model=model, ids=self.folder / "ids.safetensors", out=out, threads=self.threads,
                 **({"adapter": adapter} if adapter else {}), **({"continue": more} if more else {}))
        tensors = load_file(out)
        return (tensors["logits"], tensors["greedy"].tolist()) if more else tensors["logits"]

    def export(self, adapter, model, name):
        out = self.folder / f"{name}.gguf"
        self.run("export", adapter=adapter, model=model, format="gguf", out=out)
        return out

    def merge(self, model, adapter, dtype, name):
        out = self.folder / name
        self.run("merge", model=model, adapter=adapter, dtype=dtype, out=out, threads=self.threads)
        return out

    def row(self, check, measured, tolerance, ok):
        self.rows.append([check, measured, tolerance, "ok" if ok else "FAIL"])
        self.failed += not ok
        print(".", end="", flush=True, file=sys.stderr)

    def same(self, check, ours, theirs, tolerance, base=None):
        """`base`: logits without the adapter, to show that it does something."""
        size = np.abs(theirs).max()
        difference = np.abs(ours - theirs).max() / size
        shown, ok = f"{difference:.1e}", bool(difference <= tolerance)
        if base is not None:
            effect = np.abs(theirs - base).max() / size
            shown += f" of {effect:.1e}"
            ok = ok and effect > LEAST_EFFECT * FLOAT32
        self.row(check, shown, f"{tolerance:.0e}", ok)

    def refused(self, check, code, attempt):
        try:
            attempt()
            answer = "done"
        except RuntimeError as error:
            answer = code if f'"code":"{code}"' in str(error) else str(error)[-200:]
        self.row(check, answer, code, answer == code)


def with_tokenizer(source, folder):
    """A tiny model of the oracle with a tokenizer of single bytes, which training on text needs."""
    folder.mkdir()
    for file in source.iterdir():
        if file.name not in ("golden.safetensors", "config_v4.json"):
            (folder / file.name).symlink_to(file.resolve())
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(letters)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def is_tied(folder):
    return json.loads((folder / "config.json").read_text())["tie_word_embeddings"]


def check_tiny_families(checks, oracle):
    """Adapters and merged folders of every family and variant, in PEFT and transformers."""
    for family in FAMILIES:
        model = with_tokenizer(oracle / "tiny" / family, checks.folder / family)
        ids = load_file(oracle / "tiny" / family / "golden.safetensors")["input_ids"]
        peer = load_transformers(model)
        base = transformers_logits(peer, ids)
        kinds = {variant: {"variant": variant} for variant in ("lora", "rslora", "dora")}
        kinds["regex, rank 3"] = {"targets": r".*layers\.1\..*(q|down)_proj", "rank": 3, "alpha": 5}
        if not is_tied(model):
            kinds["embed_tokens, lm_head"] = {"targets": "embed_tokens,v_proj,lm_head"}
        for kind, options in kinds.items():
            adapter = checks.train(f"{family}-{kind[:5]}", model, **options)
            theirs = peft_logits(peer, adapter, ids)
            checks.same(f"PEFT: {family}, {kind}", checks.ours(model, ids, adapter), theirs, FLOAT32, base)
            merged = checks.merge(model, adapter, "f32", f"merged-{family}-{kind[:5]}")
            checks.same(f"transformers: {family}, {kind}, merged", transformers_logits(load_transformers(merged), ids),
                        theirs, FLOAT32, base)
            if kind == "lora" and family != "mistral":  # whose window llama.cpp does not know
                as_gguf = checks.merge(model, adapter, "f32", f"merged-{family}.gguf")
                checks.same(f"llama.cpp: {family}, {kind}, merged from the folder into GGUF", Llama(as_gguf, checks.threads).logits(ids),
                            theirs, FLOAT32, base)
        full = checks.train(f"{family}-full", model, variant="full", lr=0.003)
        theirs = transformers_logits(load_transformers(full), ids)
        checks.same(f"transformers: {family}, full", checks.ours(full, ids), theirs, FLOAT32, base)


def check_peft_adapters(checks, oracle):
    """Adapters that PEFT wrote, in ours, against the logits that PEFT gave."""
    for folder in sorted((oracle / "lora").iterdir()):
        family = folder.name.rsplit("_", 1)[0]
        if family in FAMILIES:
            golden = load_file(folder / "golden.safetensors")
            ours = checks.ours(oracle / "tiny" / family, golden["input_ids"], folder)
            checks.same(f"ours: PEFT's {folder.name}", ours, golden["logits"], FLOAT32)


def check_exported(checks, oracle):
    """Exported adapters of every family that llama.cpp has without sliding windows."""
    for family in ("llama", "llama-tied", "llama3-rope", "qwen2", "qwen3"):
        model = checks.folder / f"{family}.gguf"
        write_gguf(oracle / "tiny" / family, model)
        ids = load_file(oracle / "tiny" / family / "golden.safetensors")["input_ids"]
        base = Llama(model, checks.threads).logits(ids)
        checks.same(f"llama.cpp: {family}", checks.ours(model, ids), base, FLOAT32)
        kinds = {"lora": {}, "rslora": {"variant": "rslora", "rank": 4, "alpha": 9}}
        outer = {"targets": "embed_tokens,k_proj,lm_head"}
        if not is_tied(oracle / "tiny" / family):
            kinds["embed_tokens, lm_head"] = outer
        for kind, options in kinds.items():
            adapter = checks.train(f"gguf-{family}-{kind[:5]}", model, **options)
            ours = checks.ours(model, ids, adapter)
            exported = checks.export(adapter, model, f"export-{family}-{kind[:5]}")
            checks.same(f"llama.cpp: {family}, {kind}, exported", ours, Llama(model, checks.threads, exported).logits(ids), FLOAT32, base)
            checks.same(f"ours: {family}, {kind}, exported and read back", checks.ours(model, ids, exported), ours, FLOAT32, base)
        if is_tied(oracle / "tiny" / family):
            # llama.cpp aborts on such a file.
            checks.refused(f"ours: {family}, embed_tokens, lm_head, export refused", "unsupported",
                           lambda: checks.export(checks.train(f"gguf-{family}-tied", model, **outer), model, "tied"))


def check_merged_gguf(checks, oracle):
    """Merged GGUF files of every type: the same values for everyone, and near to base + adapter."""
    model = oracle / "gguf" / "llama-tied.F32.gguf"
    ids = load_file(oracle / "gguf" / "golden.safetensors")["input_ids"]
    base = checks.ours(model, ids)
    adapters = {"PEFT's lora": oracle / "lora" / "llama-tied_lora", "dora": checks.train("merge-dora", model, variant="dora")}
    for kind, adapter in adapters.items():
        want = checks.ours(model, ids, adapter)
        for dtype, tolerance in {"f32": FLOAT32, "f16": FLOAT16, "q8_0": Q8_0}.items():
            merged = checks.merge(model, adapter, dtype, f"merged-{kind[:4]}-{dtype}.gguf")
            ours = checks.ours(merged, ids)
            checks.same(f"ours: {kind}, merged, {dtype} to unmerged", ours, want, tolerance, base)
            checks.same(f"transformers: {kind}, merged, {dtype}", ours, transformers_logits(load_transformers(merged), ids), FLOAT32, base)
            checks.same(f"llama.cpp: {kind}, merged, {dtype}", ours, Llama(merged, checks.threads).logits(ids), tolerance, base)


def worst_regret(llama, prompt, continuation):
    """By how much llama.cpp would rather have had another token, at the worst place of our continuation."""
    rows = llama.logits([prompt + continuation[:-1]])[0][len(prompt) - 1:]
    return float(max(row.max() - row[token] for row, token in zip(rows, continuation)))


def check_written_tokenizer(checks, oracle, model):
    """The folder that a GGUF file is merged into, in transformers: its tokenizer encodes as the model's own."""
    adapter = checks.train("tokenizer", model, steps=1, context=64)
    theirs = AutoTokenizer.from_pretrained(checks.merge(model, adapter, "f16", "with-tokenizer"))
    cases = json.loads((oracle / "tokenizer" / "smollm2.json").read_text())
    same = sum(theirs.encode(case["text"], add_special_tokens=False) == case["ids"] for case in cases)
    checks.row("transformers: tokenizer of a merged folder", f"{same} of {len(cases)}", "all", same == len(cases))


def check_real_model(checks, oracle, model):
    """The default model with an adapter of each kind, in PEFT and in llama.cpp on its 4-bit weights."""
    prompt = json.loads((oracle / "smollm2" / "prompts.json").read_text())[0]["ids"]
    ids = [prompt]
    peer = load_transformers(model)
    base = transformers_logits(peer, ids)
    checks.same("transformers: SmolLM2", checks.ours(model, ids), base, FLOAT32)
    check_written_tokenizer(checks, oracle, model)
    for variant in ("lora", "rslora", "dora"):
        adapter = checks.train(f"smollm2-{variant}", model, variant=variant, steps=4, context=64, lr=0.002)
        theirs = peft_logits(peer, adapter, ids)
        logits, greedy = checks.ours(model, ids, adapter, more=24)
        checks.same(f"PEFT: SmolLM2, {variant}", logits, theirs, FLOAT32, base)
        if variant == "dora":
            merged = Llama(checks.merge(model, adapter, "f32", "smollm2-dora.gguf"), checks.threads)
            checks.same("llama.cpp: SmolLM2, dora, merged, f32", merged.logits(ids), theirs, FLOAT32, base)
            continue
        what = f"llama.cpp: SmolLM2 as Q4_1, {variant}, exported"
        llama = Llama(model, checks.threads, checks.export(adapter, model, f"smollm2-{variant}"))
        theirs_q = llama.logits(ids)
        correlation = np.corrcoef(logits.ravel(), theirs_q.ravel())[0, 1]
        checks.row(f"{what}: 1 - correlation", f"{1 - correlation:.1e}", "2e-03", correlation > 0.998)
        # llama.cpp rounds activations to 8 bits, so near ties may fall the other way: what it would rather
        # have said must lie within that rounding.
        regret, rounding = worst_regret(llama, prompt, greedy), float(np.std(logits - theirs_q))
        checks.row(f"{what}: worst of 24 greedy tokens", f"{regret:.2f}", f"{6 * rounding:.2f}", regret <= 6 * rounding)


def main():
    parser = arguments(__doc__)
    parser.add_argument("--oracle", type=pathlib.Path, default=ROOT.parent / "shared" / "oracle")
    parser.add_argument("--no-real", action="store_true", help="leave the default model out")
    options = parser.parse_args()
    if not options.oracle.is_dir():
        sys.exit(f"There is no folder {options.oracle}; name the golden data with --oracle.")
    print_machine(options.threads, ("torch", "transformers", "peft", "llama_cpp_python"))
    with tempfile.TemporaryDirectory() as folder:
        checks = Checks(options.program, options.threads, pathlib.Path(folder))
        check_peft_adapters(checks, options.oracle)
        check_tiny_families(checks, options.oracle)
        check_exported(checks, options.oracle)
        check_merged_gguf(checks, options.oracle)
        if not options.no_real:
            check_real_model(checks, options.oracle, default_model())
    print(file=sys.stderr)
    print_table(["check", "difference", "tolerance", ""], checks.rows)
    print(f"\n{len(checks.rows)} checks, {checks.failed} failed")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
