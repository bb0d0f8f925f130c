"""What the peers on PyTorch are told: threads and number format."""

import argparse

import torch

from rerank_app import parser

DTYPES = {"f32": torch.float32, "bf16": torch.bfloat16}


def parse_options(more: argparse.ArgumentParser | None = None) -> argparse.Namespace:
    made = more or parser()
    made.add_argument("--dtype", choices=DTYPES, default="f32")
    options = made.parse_args()
    torch.set_num_threads(options.threads)
    return options


def describe(options: argparse.Namespace) -> str:
    capability = torch.backends.cpu.get_cpu_capability()
    return f"torch {torch.__version__} ({capability}), {options.dtype}, {torch.get_num_threads()} threads"
