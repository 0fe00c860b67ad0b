"""Inference speed: LoRA Lab against llama.cpp on the same GGUF file, and the time to chat's first token.

Run as `./lab bench infer`. Each contender of a round runs in a process of its own; the table has
medians over the rounds.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from tools.common import arguments, default_model, megabytes, print_machine, print_table, run_json

STORY = ("The keeper of the light wrote down every ship that passed, the hour, the wind and the colour of the sea. "
         "His daughter read the book aloud in winter, when no ship came. ") * 64
FIRST_TOKEN_LIMIT_S = 1.5


def prompt_of(program, count):
    """A text of exactly `count` tokens, and their ids."""
    def ask(line, *words):
        done = subprocess.run([program, "tokenize", *words], input=json.dumps(line), capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    ids = ask({"text": STORY})["ids"][:count]
    text = ask({"ids": ids}, "--decode")["text"]
    if ask({"text": text})["ids"] != ids:
        sys.exit("The prompt does not keep its length; take another --prefill.")
    return text, ids


def run_ours(options, text, precision="auto", model=None):
    report = run_json([options.program, "generate", "--model", model or default_model(), "--prompt", text, "--max-tokens", options.decode, "--temperature", 0,
                       "--precision", precision, "--threads", options.threads, "--json"])
    if report["prefill_tokens"] != options.prefill or report["decode_tokens"] != options.decode:
        sys.exit(f"Ours stopped early: {report['prefill_tokens']} + {report['decode_tokens']} tokens.")
    return report


def run_llama(options, ids_file, model=None):
    return run_json([sys.executable, pathlib.Path(__file__).with_name("tools") / "llama_infer.py", "--model", model or default_model(),
                     "--ids", ids_file, "--decode", options.decode, "--threads", options.threads])


def first_token_s(program, threads):
    """From the start of the process to the first byte of chat's answer."""
    start = time.perf_counter()
    with subprocess.Popen([program, "chat", "--max-tokens", "4", "--threads", str(threads)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as chat:
        chat.stdin.write(b"Hello!\n")
        chat.stdin.close()
        if not chat.stdout.read(1).strip():
            sys.exit("chat gave no answer.")
        seconds = time.perf_counter() - start
        chat.stdout.read()
    return seconds


def agreeing(first, second):
    same = [a == b for a, b in zip(first, second)]
    return same.index(False) if False in same else len(same)


def main():
    parser = arguments(__doc__)
    parser.add_argument("--prefill", type=int, default=512, help="tokens of the prompt")
    parser.add_argument("--decode", type=int, default=64, help="tokens to decode")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print_machine(options.threads, ("llama_cpp_python",))
    text, ids = prompt_of(options.program, options.prefill)
    ours, llama, first = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        ids_file = pathlib.Path(folder) / "ids.json"
        ids_file.write_text(json.dumps(ids))
        for _ in range(options.rounds):
            ours.append(run_ours(options, text))
            llama.append(run_llama(options, ids_file))
            first.append(first_token_s(options.program, options.threads))

    def median(runs, field):
        return statistics.median(run[field] for run in runs)

    print(f"{default_model().name}, medians of {options.rounds} rounds\n")
    rows = []
    for what, field in {f"prefill of {options.prefill} tokens, tok/s": "prefill_tokens_per_s",
                        f"greedy decode of {options.decode} tokens, tok/s": "decode_tokens_per_s"}.items():
        a, b = median(ours, field), median(llama, field)
        rows.append([what, f"{a:.0f}", f"{b:.0f}", f"{a / b:.2f} x"])
    a, b = median(ours, "process_peak_bytes"), median(llama, "process_peak_bytes")
    rows.append(["peak memory of the process, MB", megabytes(a), megabytes(b), f"{a / b:.2f} x"])
    print_table(["", "LoRA Lab", "llama.cpp", "ours is"], rows)
    same = agreeing(ours[0]["ids"], llama[0]["ids"])
    print(f"\nequal greedy tokens from the start: {same} of {options.decode} (llama.cpp rounds activations to 8 bits)")
    seconds = statistics.median(first)
    verdict = "ok" if seconds < FIRST_TOKEN_LIMIT_S else "too slow"
    print(f"chat, start of the process to the first token: {seconds:.2f} s (limit {FIRST_TOKEN_LIMIT_S} s: {verdict})")
    sys.exit(0 if verdict == "ok" else 1)


if __name__ == "__main__":
    main()
