"""Prefill and greedy decoding in llama.cpp, in a process of its own; prints one JSON object. Started by infer.py."""

import argparse
import json
import time

import llama_cpp
import numpy as np


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--ids", required=True, help="a JSON file with the prompt's token ids")
    parser.add_argument("--decode", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    with open(options.ids) as file:
        ids = json.load(file)
    llama = llama_cpp.Llama(options.model, n_ctx=len(ids) + options.decode + 1, n_batch=512, n_ubatch=512,
                            n_threads=options.threads, n_threads_batch=options.threads, flash_attn=True, verbose=False)

    def likeliest():
        vocab = llama.n_vocab()
        return int(np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(llama.ctx, -1), (vocab,)).argmax())

    llama.eval(ids[:8])  # llama.cpp warms up as every program that uses it does
    llama.reset()
    start = time.perf_counter()
    llama.eval(ids)
    out = [likeliest()]
    prefill_s = time.perf_counter() - start
    start = time.perf_counter()
    while len(out) < options.decode:
        llama.eval(out[-1:])
        out.append(likeliest())
    decode_s = time.perf_counter() - start
    print(json.dumps({"ids": out, "prefill_tokens_per_s": len(ids) / prefill_s,
                      "decode_tokens_per_s": (len(out) - 1) / decode_s}))


if __name__ == "__main__":
    main()
