"""The products of linear layers: LoRA Lab's gemm beside PyTorch's linear, shape by shape, one thread and all.

Run as `./lab bench linear`. Forward is x W^T, gradient dY W. Each side multiplies in its own loop right after
the other; the figure is that of its fastest repetition. In float32 both have W in float32; in bfloat16 both
have W in bfloat16, LoRA Lab's x comes and its result goes as float32, PyTorch's as bfloat16. Where the processor
has AMX, both use it, and the share of its peak is shown.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import torch

from tools.common import arguments, has_unit, print_machine, print_table

PEAK_TARGET = 0.85  # of the FMA peak, in float32
AMX_TARGET = 0.35  # of what its tiles reach, in bfloat16


def shapes(options):
    """m, k and n of every product that kernels_bench has in float32."""
    listed = subprocess.run([options.kernels, "--benchmark_list_tests"], check=True, capture_output=True, text=True).stdout
    found = re.findall(rf"gemm/forward/F32/(\d+)x(\d+)x(\d+)/rank0/{options.unit}/1/", listed)
    return [tuple(map(int, shape)) for shape in found]


def ours(options, dtype, unit, shape, direction, threads):
    """GFLOPS, and the share of the FMA peak."""
    name = f"gemm/{direction}/{dtype}/{'x'.join(map(str, shape))}/rank0/{unit}/{threads}/.*"
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run([options.kernels, f"--benchmark_filter=^{name}", f"--benchmark_out={out.name}", "--benchmark_out_format=json"],
                       check=True, capture_output=True)
        rows = json.loads(pathlib.Path(out.name).read_text())["benchmarks"]
    return (rows[0]["GFLOPS"], rows[0]["peak"]) if rows else (None, None)


def theirs(dtype, shape, direction, threads):
    torch.set_num_threads(threads)
    m, k, n = shape
    weight = torch.randn(n, k).to(dtype)
    x = torch.randn(m, k if direction == "forward" else n).to(dtype)
    work = (lambda: torch.nn.functional.linear(x, weight)) if direction == "forward" else (lambda: torch.mm(x, weight))
    best, end = float("inf"), time.perf_counter() + 0.25
    work()
    while time.perf_counter() < end:
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return 2e-9 * m * k * n / best


def number(value):
    return "-" if value is None else f"{value:.0f}"


def main():
    parser = arguments(__doc__)
    parser.add_argument("--kernels", required=True, help="the kernels_bench program")
    parser.add_argument("--unit", default="AVX-512" if has_unit("avx512f") else "AVX2")
    options = parser.parse_args()
    print_machine(options.threads, ["torch"])
    has_amx = has_unit("amx_bf16")
    measured, table, missed = shapes(options), [], []
    with torch.inference_mode():
        for threads in sorted({1, options.threads}):
            for direction in ("forward", "gradient"):
                for shape in measured:
                    wide, share = ours(options, "F32", options.unit, shape, direction, threads)
                    wide_peer = theirs(torch.float32, shape, direction, threads)
                    narrow, tiles = ours(options, "BF16", "AMX" if has_amx else "AVX512-BF16", shape, direction, threads)
                    narrow_peer = theirs(torch.bfloat16, shape, direction, threads)
                    label = f"{direction} {' x '.join(map(str, shape))}, {threads} thread{'s' * (threads > 1)}"
                    table.append([label, number(wide), f"{100 * share:.0f} %", number(wide_peer), f"{wide / wide_peer:.2f} x",
                                  number(narrow), f"{100 * tiles:.0f} %" if has_amx else "-", number(narrow_peer),
                                  f"{narrow / narrow_peer:.2f} x" if narrow else "-"])
                    if share < PEAK_TARGET or wide < wide_peer or (narrow and narrow < narrow_peer) or (has_amx and tiles < AMX_TARGET):
                        missed.append(label)
    print_table(["GFLOPS", "ours f32", "of peak", "PyTorch", "ratio", "ours bf16", "of AMX", "PyTorch", "ratio"], table)
    print(f"\ntargets: {PEAK_TARGET:.0%} of the FMA peak in float32, {AMX_TARGET:.0%} of what AMX reaches in bfloat16, ahead of PyTorch in each row; missed: {'; '.join(missed) or 'none'}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
