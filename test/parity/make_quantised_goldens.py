"""Writes goldens/quantised.json: one small weight in each scheme, as its library stores it, and what the library makes of it; and
goldens/quantised-models.json: the products of a small model in each scheme, and what transformers scores with the weights that the
library makes of them.

    python make_quantised_goldens.py

compressed-tensors 0.20.1 and bitsandbytes 0.50.2 pack and unpack themselves, on the CPU. GPTQ and AWQ are packed here; their weights
are the formulas of AutoGPTQ's qlinear_cuda_old.py (scales * (weight - (zeros + 1))) and AutoAWQ 0.2.9's packing_utils.py
(dequantize_gemm) and gemv.py.
"""

import base64
import json
import tempfile
from pathlib import Path

import numpy as np
import torch
from compressed_tensors.compressors import BaseCompressor
from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
from compressed_tensors.quantization.lifecycle.forward import dequantize, quantize
from compressed_tensors.quantization.utils import calculate_qparams
from tokenizers import Tokenizer

from checkpoint import HERE
from make_family_goldens import load_model, score_prompts, write_folder
from make_goldens import compact, digits, made_with
from prompts import find_tokenizer

NAMES = {torch.int8: "I8", torch.uint8: "U8", torch.int32: "I32", torch.int64: "I64", torch.float8_e4m3fn: "F8_E4M3"}
NAMES |= {torch.float32: "F32", torch.bfloat16: "BF16", torch.float16: "F16"}
WEIGHT = torch.randn(24, 48, generator=torch.Generator().manual_seed(7)) * 0.5 + 0.1
# Every row of a product has 64 columns: whole blocks of bitsandbytes, and of groups of 48 a whole one and a rest.
MODEL = {
    "about": "the products of both layers are those of the goldens",
    "prompt": "Qwen3-Reranker",
    "packing": "quantised",
    "dtype": "bfloat16",
    "shards": 1,
    "scales": dict(embed_tokens=1.25, q_proj=2, k_proj=2, v_proj=0.875, o_proj=0.5, gate_proj=0.75, up_proj=1.25, down_proj=0.375),
    "files": {},
    "config": {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "attention_bias": False,
        "hidden_act": "silu",
        "max_position_embeddings": 4096,
        "rms_norm_eps": 1e-06,
        "rope_theta": 1000000,
        "torch_dtype": "float32",
        "vocab_size": 151669,
        "hidden_size": 64,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 1,
        "head_dim": 16,
        "tie_word_embeddings": True,
    },
}
MODULES = [f"self_attn.{name}_proj" for name in "qkvo"] + [f"mlp.{name}_proj" for name in ("gate", "up", "down")]


def encoded(tensor: torch.Tensor) -> dict:
    data = tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    return {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "bytes": base64.b64encode(data).decode()}


def case(config: dict, parts: dict[str, torch.Tensor], weight: torch.Tensor) -> dict:
    return {
        "config": config,
        "parts": {name: encoded(part) for name, part in parts.items()},
        "weight": encoded(weight.to(torch.float32)),
    }


def compressed(stored_weight: torch.Tensor, fmt: str, **weights) -> dict:
    args = QuantizationArgs(**weights)
    columns = stored_weight.shape[1]
    size = args.group_size if args.strategy == "group" else columns
    if args.strategy == "tensor":
        low, high = stored_weight.min(), stored_weight.max()
    else:
        parts = [stored_weight[:, first : first + size] for first in range(0, columns, size)]
        low = torch.stack([part.amin(1) for part in parts], 1)
        high = torch.stack([part.amax(1) for part in parts], 1)
    scale, zero = calculate_qparams(low, high, args)
    number = quantize(stored_weight, scale, zero, args, dtype=torch.float8_e4m3fn if args.type == "float" else torch.int8)
    weight = dequantize(number, scale, None if args.symmetric else zero, args)
    stored = {"weight": stored_weight, "weight_scale": scale}
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


def grouped_numbers(values: torch.Tensor, bits: int, size: int, index: np.ndarray | None = None):
    rows, columns = values.shape
    groups = np.arange(columns) // size if index is None else index
    most = 2**bits - 1
    members = [values.numpy()[:, groups == group] for group in range(groups.max() + 1)]
    low, high = (np.stack([pick(part, 1) for part in members], 1) for pick in (np.min, np.max))
    scales = ((high - low) / most).astype(np.float16)
    # The first form of GPTQ stores one less.
    zeros = np.clip(np.rint(-low / scales), 1, most).astype(np.int64)
    numbers = np.clip(np.rint(values.numpy() / scales[:, groups]) + zeros[:, groups], 0, most).astype(np.int64)
    weight = scales[:, groups].astype(np.float32) * (numbers - zeros[:, groups])
    return numbers, zeros, scales, groups, torch.from_numpy(weight.astype(np.float32))


def gptq(values: torch.Tensor, bits: int, size: int, form: str, act_order: bool) -> dict:
    index = np.random.default_rng(4).permutation(np.arange(values.shape[1]) // size) if act_order else None
    numbers, zeros, scales, groups, weight = grouped_numbers(values, bits, size, index)
    order = list(range(32 // bits))
    parts = {
        "qweight": packed(numbers, bits, order).T,
        "qzeros": packed((zeros - (form == "gptq")).T, bits, order),
        "scales": torch.from_numpy(scales.T.copy()),
        "g_idx": torch.from_numpy(groups.astype(np.int32)),
    }
    return case({"quant_method": "gptq", "bits": bits, "group_size": size, "desc_act": act_order, "checkpoint_format": form}, parts, weight)


def awq(values: torch.Tensor, version: str, size: int) -> dict:
    numbers, zeros, scales, _, weight = grouped_numbers(values, 4, size)
    rows = len(values)
    if version == "gemm":
        order = [0, 2, 4, 6, 1, 3, 5, 7]
        parts = {"qweight": packed(numbers.T, 4, order), "qzeros": packed(zeros.T, 4, order), "scales": torch.from_numpy(scales.T.copy())}
    else:
        wide = np.zeros((rows, 32), np.int64)
        wide[:, : zeros.shape[1]] = zeros
        padded = np.zeros((rows, 32), np.float16)
        padded[:, : zeros.shape[1]] = scales
        order = list(range(8))
        parts = {"qweight": packed(numbers, 4, order), "qzeros": packed(wide, 4, order), "scales": torch.from_numpy(padded)}
    return case({"quant_method": "awq", "bits": 4, "group_size": size, "version": version, "zero_point": True}, parts, weight)


def float8_blocks(values: torch.Tensor) -> dict:
    height, width = 16, 32
    rows, columns = values.shape
    scale = torch.rand(-(-rows // height), -(-columns // width), generator=torch.Generator().manual_seed(1)) + 0.5
    number = values.to(torch.float8_e4m3fn)
    weight = number.float() * scale.repeat_interleave(height, 0)[:rows].repeat_interleave(width, 1)[:, :columns]
    return case({"quant_method": "fp8", "weight_block_size": [height, width]}, {"weight": number, "weight_scale_inv": scale}, weight)


def bitsandbytes(values: torch.Tensor, kind: str, nested: bool) -> dict:
    import bitsandbytes.functional as functional

    # Rows of whole blocks, as all models have: the library's own CPU code reads others wrong.
    number, state = functional.quantize_4bit(values.reshape(-1, 64), blocksize=64, compress_statistics=nested, quant_type=kind)
    weight = functional.dequantize_4bit(number, state)
    parts = {"weight": number, **{f"weight.{name}": part for name, part in state.as_dict(packed=True).items()}}
    return case({"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": kind}, parts, weight)


def bitsandbytes_int8(values: torch.Tensor) -> dict:
    import bitsandbytes.functional as functional

    number, largest, _ = functional.int8_vectorwise_quant(values.half())
    weight = functional.int8_vectorwise_dequant(number, largest)
    return case({"quant_method": "bitsandbytes", "load_in_8bit": True}, {"weight": number, "SCB": largest.float()}, weight)


CASES = {
    "int8 by channel": lambda w: compressed(w, "int-quantized", num_bits=8, strategy="channel"),
    "int8 by channel, not symmetric": lambda w: compressed(w, "int-quantized", num_bits=8, strategy="channel", symmetric=False),
    "int8 by tensor": lambda w: compressed(w, "int-quantized", num_bits=8, strategy="tensor"),
    "int8 packed": lambda w: compressed(w, "pack-quantized", num_bits=8, strategy="channel"),
    "int4 packed, groups": lambda w: compressed(w, "pack-quantized", num_bits=4, strategy="group", group_size=16),
    "int4 packed, groups, not symmetric": lambda w: compressed(
        w, "pack-quantized", num_bits=4, strategy="group", group_size=16, symmetric=False
    ),
    "fp8 by channel": lambda w: compressed(w, "float-quantized", num_bits=8, type="float", strategy="channel"),
    "fp8 by tensor": lambda w: compressed(w, "float-quantized", num_bits=8, type="float", strategy="tensor"),
    "fp8 in blocks": float8_blocks,
    "GPTQ": lambda w: gptq(w, 4, 16, "gptq", False),
    "GPTQ, reordered": lambda w: gptq(w, 4, 16, "gptq", True),
    "GPTQ, 8 bits, second form, a last group that is smaller": lambda w: gptq(w, 8, 32 if w.shape[1] == 48 else 48, "gptq_v2", False),
    "AWQ, gemm": lambda w: awq(w, "gemm", 16),
    "AWQ, gemv": lambda w: awq(w, "gemv", 32),
    "bitsandbytes int8": bitsandbytes_int8,
    "bitsandbytes nf4": lambda w: bitsandbytes(w, "nf4", False),
    "bitsandbytes nf4, scales in 8 bits": lambda w: bitsandbytes(w, "nf4", True),
    "bitsandbytes fp4": lambda w: bitsandbytes(w, "fp4", False),
}


def decoded(stored: dict) -> torch.Tensor:
    return torch.frombuffer(bytearray(base64.b64decode(stored["bytes"])), dtype=torch.float32).reshape(stored["shape"])


def model_case(make, model: torch.nn.Module, weights: dict[str, torch.Tensor], requests: list[dict]) -> dict:
    """The parts of every module, and the scores with the weights that they make in both layers."""
    made = {module: make(weight) for module, weight in weights.items()}
    for layer in model.model.layers:
        for module, one in made.items():
            layer.get_submodule(module).weight.data = decoded(one["weight"])
    tokenizer = Tokenizer.from_file(str(find_tokenizer()))
    rows = []
    for request in requests:
        triples = [(request.get("instruction"), request["query"], document) for document in request["documents"]]
        rows.append([digits(score) for score in score_prompts(MODEL, model, tokenizer, triples)])
    parts = {module: one["parts"] for module, one in made.items()}
    return {"config": made[MODULES[0]]["config"], "parts": parts, "scores": rows}


def write_models() -> None:
    torch.set_num_threads(1)
    requests = json.loads((HERE / "families.json").read_text(encoding="utf-8"))["requests"]
    with tempfile.TemporaryDirectory() as name:
        write_folder(MODEL, Path(name))
        model = load_model(MODEL, Path(name))
    weights = {module: model.model.layers[0].get_submodule(module).weight.detach().clone() for module in MODULES}
    cases = {name: model_case(make, model, weights, requests) for name, make in CASES.items()}
    golden = {"madeWith": made_with(), "shape": MODEL, "cases": cases}
    (HERE / "goldens/quantised-models.json").write_text(compact(golden, 3) + "\n", encoding="utf-8")


def main() -> None:
    cases = {name: make(WEIGHT) for name, make in CASES.items()}
    (HERE / "goldens/quantised.json").write_text(json.dumps({"cases": cases}, indent=1) + "\n", encoding="utf-8")
    write_models()


if __name__ == "__main__":
    main()
