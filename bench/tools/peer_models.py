"""The peers as functions from token ids to logits: transformers, PEFT and llama.cpp."""

import os
import sys
import warnings

os.environ.setdefault("TQDM_DISABLE", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

warnings.filterwarnings("ignore")

import llama_cpp
import numpy as np
import torch
from peft import PeftModel
from safetensors.torch import save_model
from transformers import AutoModelForCausalLM


def load_transformers(path):
    """A Hugging Face folder, or a GGUF file dequantised by transformers, in float32."""
    where = {"pretrained_model_name_or_path": path}
    if path.is_file():
        where = {"pretrained_model_name_or_path": path.parent, "gguf_file": path.name}
    # Gemma 2 caps its attention scores, which only the eager attention does.
    model = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32, attn_implementation="eager")
    return model.eval()


def save_dequantised(path, folder):
    """The float32 weights of a GGUF file as a Hugging Face folder, without its tokenizer."""
    model = load_transformers(path)
    del model.config.quantization_config
    model.config.save_pretrained(folder)
    save_model(model, str(folder / "model.safetensors"), metadata={"format": "pt"})


@torch.no_grad()
def transformers_logits(model, ids):
    return model(torch.tensor(np.asarray(ids, np.int64))).logits.numpy()


def peft_logits(model, adapter, ids):
    """Logits with a PEFT folder on `model`, which is left as it was."""
    tuned = PeftModel.from_pretrained(model, adapter).eval()
    logits = transformers_logits(tuned, ids)
    tuned.unload()
    return logits


class Llama:
    """A GGUF file in llama.cpp with a float32 cache, so that only its weights' type rounds."""

    def __init__(self, path, threads, adapter=None, context=512):
        silence = open(os.devnull, "w")
        kept, sys.stderr = sys.stderr, silence
        try:
            self.model = llama_cpp.Llama(
                str(path), n_ctx=context, n_batch=context, n_threads=threads, n_threads_batch=threads, logits_all=True,
                lora_path=str(adapter) if adapter else None, verbose=False,
                type_k=llama_cpp.GGML_TYPE_F32, type_v=llama_cpp.GGML_TYPE_F32)
        finally:
            sys.stderr = kept
            silence.close()

    def logits(self, ids):
        rows = []
        for row in np.asarray(ids):
            self.model.reset()
            self.model.eval(row.tolist())
            rows.append(self.model.scores[:len(row)].copy())
        return np.stack(rows)
