"""One LoRA training run in PyTorch + PEFT, in a process of its own; prints one JSON object.

Started by train.py. As in `lora-lab train`: AdamW, clipping at norm 1, loss on every token, no dropout.
"""

import argparse
import json
import time
import warnings

warnings.filterwarnings("ignore")

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM


def peak_resident_bytes():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


def forget_peak():
    """Lets the peak start again from what is resident now, so that loading does not count."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True, help="a Hugging Face folder")
    parser.add_argument("--ids", required=True, help="a JSON file with a list of token ids")
    parser.add_argument("--tokens", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)

    model = AutoModelForCausalLM.from_pretrained(options.model, dtype=getattr(torch, options.dtype))
    model.config.use_cache = False
    model = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM"))
    model.train()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4, weight_decay=0.0, fused=True)
    with open(options.ids) as file:
        ids = torch.tensor(json.load(file))
    rows = ids[:len(ids) // options.tokens * options.tokens].view(-1, options.tokens)

    forget_peak()
    speeds, losses = [], []
    for step in range(options.steps):
        start = time.perf_counter()
        row = rows[step % len(rows)][None]
        loss = model(input_ids=row, labels=row).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
        speeds.append(options.tokens / (time.perf_counter() - start))
    print(json.dumps({"speeds": speeds, "losses": losses, "training_peak_bytes": peak_resident_bytes(),
                      "parameters": sum(parameter.numel() for parameter in trained)}))


if __name__ == "__main__":
    main()
