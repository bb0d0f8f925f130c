"""A checkpoint in 8 bits as compressed-tensors lays it out: weights by output channel, activations by token, both symmetric."""

import torch

LARGEST = 127


def write_w8a8(weights: dict[str, torch.Tensor]) -> tuple[dict, dict[str, torch.Tensor]]:
    """The entries of config.json and the tensors; embeddings, norms and the head stay as they are."""
    stored: dict[str, torch.Tensor] = {}
    for name, tensor in weights.items():
        if name.endswith("_proj.weight"):
            stored |= quantise(name, tensor.float())
        else:
            stored[name] = tensor
    return {"quantization_config": scheme()}, stored


def quantise(name: str, weight: torch.Tensor) -> dict[str, torch.Tensor]:
    """weight: f32 [out, in]. Gives int8 [out, in] and scales f32 [out, 1]."""
    scale = weight.abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / LARGEST
    rounded = (weight / scale).round().clamp(-LARGEST, LARGEST).to(torch.int8)
    return {name: rounded, name.removesuffix("weight") + "weight_scale": scale}


def scheme() -> dict:
    eight_bits = {"num_bits": 8, "type": "int", "symmetric": True}
    group = {
        "targets": ["Linear"],
        "weights": {**eight_bits, "strategy": "channel", "dynamic": False},
        "input_activations": {**eight_bits, "strategy": "token", "dynamic": True},
    }
    return {
        "quant_method": "compressed-tensors",
        "format": "int-quantized",
        "quantization_status": "compressed",
        "config_groups": {"group_0": group},
        "ignore": ["lm_head", "score"],
    }
