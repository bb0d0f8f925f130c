"""Writes goldens/quantised.json: one small weight in each scheme, as its library stores it, and what the library makes of it.

    python make_quantised_goldens.py

compressed-tensors 0.20.1 and bitsandbytes 0.50.2 pack and unpack themselves, on the CPU. GPTQ and AWQ are packed here; their weights
are the formulas of AutoGPTQ's qlinear_cuda_old.py (scales * (weight - (zeros + 1))) and AutoAWQ 0.2.9's packing_utils.py
(dequantize_gemm) and gemv.py.
"""

import base64
import json

import numpy as np
import torch
from compressed_tensors.compressors import BaseCompressor
from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
from compressed_tensors.quantization.lifecycle.forward import dequantize, quantize
from compressed_tensors.quantization.utils import calculate_qparams

from checkpoint import HERE

ROWS, COLUMNS = 24, 48
NAMES = {torch.int8: "I8", torch.uint8: "U8", torch.int32: "I32", torch.int64: "I64", torch.float8_e4m3fn: "F8_E4M3"}
NAMES |= {torch.float32: "F32", torch.bfloat16: "BF16", torch.float16: "F16"}
WEIGHT = torch.randn(ROWS, COLUMNS, generator=torch.Generator().manual_seed(7)) * 0.5 + 0.1


def encoded(tensor: torch.Tensor) -> dict:
    data = tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    return {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "bytes": base64.b64encode(data).decode()}


def case(config: dict, parts: dict[str, torch.Tensor], weight: torch.Tensor) -> dict:
    return {
        "config": config,
        "parts": {name: encoded(part) for name, part in parts.items()},
        "weight": encoded(weight.to(torch.float32)),
    }


def compressed(fmt: str, **weights) -> dict:
    args = QuantizationArgs(**weights)
    columns = COLUMNS
    size = args.group_size if args.strategy == "group" else columns
    if args.strategy == "tensor":
        low, high = WEIGHT.min(), WEIGHT.max()
    else:
        parts = [WEIGHT[:, first : first + size] for first in range(0, columns, size)]
        low = torch.stack([part.amin(1) for part in parts], 1)
        high = torch.stack([part.amax(1) for part in parts], 1)
    scale, zero = calculate_qparams(low, high, args)
    number = quantize(WEIGHT, scale, zero, args, dtype=torch.float8_e4m3fn if args.type == "float" else torch.int8)
    weight = dequantize(number, scale, None if args.symmetric else zero, args)
    stored = {"weight": WEIGHT, "weight_scale": scale}
    if not args.symmetric:
        stored["weight_zero_point"] = zero
    scheme = QuantizationScheme(targets=["Linear"], weights=args, format=fmt)
    parts = BaseCompressor.get_value_from_registry(fmt).compress(stored, scheme)
    config = {
        "quant_method": "compressed-tensors",
        "format": fmt,
        "ignore": ["lm_head"],
        "config_groups": {"group_0": {"targets": ["Linear"], "weights": json.loads(args.model_dump_json())}},
    }
    return case(config, {name: part for name, part in parts.items() if part is not None}, weight)


def packed(values: np.ndarray, bits: int, order: list[int]) -> torch.Tensor:
    """Along the last dimension; number order[i] of each word is in its place i."""
    per = 32 // bits
    words = values.reshape(*values.shape[:-1], values.shape[-1] // per, per).astype(np.uint32)
    result = np.zeros(words.shape[:-1], np.uint32)
    for place, number in enumerate(order):
        result |= words[..., number] << np.uint32(place * bits)
    return torch.from_numpy(result.view(np.int32))


def grouped_numbers(bits: int, size: int, index: np.ndarray | None = None):
    rng = np.random.default_rng(5)
    count = -(-COLUMNS // size)
    numbers = rng.integers(0, 2**bits, (ROWS, COLUMNS))
    zeros = rng.integers(1, 2**bits, (ROWS, count))
    scales = rng.uniform(0.01, 0.2, (ROWS, count)).astype(np.float16)
    groups = np.arange(COLUMNS) // size if index is None else index
    weight = scales[:, groups].astype(np.float32) * (numbers - zeros[:, groups])
    return numbers, zeros, scales, groups, torch.from_numpy(weight.astype(np.float32))


def gptq(bits: int, size: int, form: str, act_order: bool) -> dict:
    index = np.random.default_rng(4).permutation(np.arange(COLUMNS) // size) if act_order else None
    numbers, zeros, scales, groups, weight = grouped_numbers(bits, size, index)
    order = list(range(32 // bits))
    parts = {
        "qweight": packed(numbers, bits, order).T,
        "qzeros": packed((zeros - (form == "gptq")).T, bits, order),
        "scales": torch.from_numpy(scales.T.copy()),
        "g_idx": torch.from_numpy(groups.astype(np.int32)),
    }
    return case({"quant_method": "gptq", "bits": bits, "group_size": size, "desc_act": act_order, "checkpoint_format": form}, parts, weight)


def awq(version: str, size: int) -> dict:
    numbers, zeros, scales, _, weight = grouped_numbers(4, size)
    if version == "gemm":
        order = [0, 2, 4, 6, 1, 3, 5, 7]
        parts = {"qweight": packed(numbers.T, 4, order), "qzeros": packed(zeros.T, 4, order), "scales": torch.from_numpy(scales.T.copy())}
    else:
        wide = np.zeros((ROWS, 32), np.int64)
        wide[:, : zeros.shape[1]] = zeros
        padded = np.zeros((ROWS, 32), np.float16)
        padded[:, : zeros.shape[1]] = scales
        order = list(range(8))
        parts = {"qweight": packed(numbers, 4, order), "qzeros": packed(wide, 4, order), "scales": torch.from_numpy(padded)}
    return case({"quant_method": "awq", "bits": 4, "group_size": size, "version": version, "zero_point": True}, parts, weight)


def float8_blocks() -> dict:
    height, width = 16, 32
    scale = torch.rand(-(-ROWS // height), -(-COLUMNS // width), generator=torch.Generator().manual_seed(1)) + 0.01
    number = WEIGHT.to(torch.float8_e4m3fn)
    weight = number.float() * scale.repeat_interleave(height, 0)[:ROWS].repeat_interleave(width, 1)[:, :COLUMNS]
    return case({"quant_method": "fp8", "weight_block_size": [height, width]}, {"weight": number, "weight_scale_inv": scale}, weight)


def bitsandbytes(kind: str, nested: bool) -> dict:
    import bitsandbytes.functional as functional

    # Rows of whole blocks, as all models have: the library's own CPU code reads others wrong.
    number, state = functional.quantize_4bit(WEIGHT.reshape(-1, 64), blocksize=64, compress_statistics=nested, quant_type=kind)
    weight = functional.dequantize_4bit(number, state)
    parts = {"weight": number, **{f"weight.{name}": part for name, part in state.as_dict(packed=True).items()}}
    return case({"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": kind}, parts, weight)


def bitsandbytes_int8() -> dict:
    import bitsandbytes.functional as functional

    number, largest, _ = functional.int8_vectorwise_quant(WEIGHT.half())
    weight = functional.int8_vectorwise_dequant(number, largest)
    return case({"quant_method": "bitsandbytes", "load_in_8bit": True}, {"weight": number, "SCB": largest.float()}, weight)


CASES = {
    "int8 by channel": lambda: compressed("int-quantized", num_bits=8, strategy="channel"),
    "int8 by channel, not symmetric": lambda: compressed("int-quantized", num_bits=8, strategy="channel", symmetric=False),
    "int8 by tensor": lambda: compressed("int-quantized", num_bits=8, strategy="tensor"),
    "int8 packed": lambda: compressed("pack-quantized", num_bits=8, strategy="channel"),
    "int4 packed, groups": lambda: compressed("pack-quantized", num_bits=4, strategy="group", group_size=16),
    "int4 packed, groups, not symmetric": lambda: compressed("pack-quantized", num_bits=4, strategy="group", group_size=16, symmetric=False),
    "fp8 by channel": lambda: compressed("float-quantized", num_bits=8, type="float", strategy="channel"),
    "fp8 by tensor": lambda: compressed("float-quantized", num_bits=8, type="float", strategy="tensor"),
    "fp8 in blocks": float8_blocks,
    "GPTQ": lambda: gptq(4, 16, "gptq", False),
    "GPTQ, reordered": lambda: gptq(4, 16, "gptq", True),
    "GPTQ, 8 bits, second form, a last group that is smaller": lambda: gptq(8, 32, "gptq_v2", False),
    "AWQ, gemm": lambda: awq("gemm", 16),
    "AWQ, gemv": lambda: awq("gemv", 16),
    "bitsandbytes int8": bitsandbytes_int8,
    "bitsandbytes nf4": lambda: bitsandbytes("nf4", False),
    "bitsandbytes nf4, scales in 8 bits": lambda: bitsandbytes("nf4", True),
    "bitsandbytes fp4": lambda: bitsandbytes("fp4", False),
}


def main() -> None:
    cases = {}
    for name, make in CASES.items():
        try:
            cases[name] = make()
            print(name, list(cases[name]["parts"]), flush=True)
        except Exception as error:  # noqa: BLE001: the other cases are worth having, and the exit code tells
            print(f"FAILED {name}: {error!r}"[:600], flush=True)
    (HERE / "goldens/quantised.json").write_text(json.dumps({"cases": cases}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
