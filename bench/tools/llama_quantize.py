"""Writes a GGUF file in Q4_0, which LoRA Lab reads and does not write. Started by performance.py."""

import argparse

import llama_cpp

Q4_0 = 2  # LLAMA_FTYPE_MOSTLY_Q4_0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    settings = llama_cpp.llama_model_quantize_default_params()
    settings.ftype = Q4_0
    if llama_cpp.llama_model_quantize(options.model.encode(), options.out.encode(), settings) != 0:
        raise SystemExit("llama.cpp could not quantise the model")


if __name__ == "__main__":
    main()
