"""Writes the checkpoint of a shape of shapes.json in the layout of Hugging Face.

The safetensors library itself writes the files, so that write-checkpoint.ts is judged by it byte for byte.
"""

import json
import math
from pathlib import Path

import torch
from safetensors.torch import save_file

from hash_weights import Rule, hash_weights

HERE = Path(__file__).parent
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
SEQUENCE_CLASSIFICATION = "Qwen3ForSequenceClassification"


def load_shapes() -> dict[str, dict]:
    return with_whole_configs(json.loads((HERE / "shapes.json").read_text(encoding="utf-8"))["shapes"])


def with_whole_configs(shapes: dict[str, dict]) -> dict[str, dict]:
    """A stored config says only in what it differs from that of the shape which its `like` names: a JSON merge patch, RFC 7386."""

    def whole(config: dict) -> dict:
        own = {key: value for key, value in config.items() if key != "like"}
        return patched(whole(shapes[config["like"]]["config"]), own) if "like" in config else own

    return {name: {**shape, "config": whole(shape["config"])} for name, shape in shapes.items()}


def patched(base: dict, patch: dict) -> dict:
    changed = {key: patched(base.get(key, {}), value) if isinstance(value, dict) else value for key, value in patch.items()}
    return {key: value for key, value in {**base, **changed}.items() if key not in patch or value is not None}


def load_families() -> dict:
    """families.json with its shapes whole: scales of all stand once, a file of another shape by its name."""
    families = json.loads((HERE / "families.json").read_text(encoding="utf-8"))
    shapes = families["shapes"]

    def content(name: str, stored: object) -> object:
        same = isinstance(stored, str) and stored.startswith("same as ")
        return shapes[stored.removeprefix("same as ")]["files"][name] if same else stored

    def whole(shape: dict) -> dict:
        files = {name: content(name, stored) for name, stored in shape["files"].items()}
        return {**shape, "scales": families["scales"], "files": files}

    whole_configs = with_whole_configs(shapes)
    return {"requests": families["requests"], "shapes": {name: whole(shape) for name, shape in whole_configs.items()}}


def is_classifier(shape: dict) -> bool:
    return shape["config"]["architectures"] == [SEQUENCE_CLASSIFICATION]


def is_qwen2(config: dict) -> bool:
    return config["model_type"] == "qwen2"


def text_config(shape: dict) -> dict:
    """Where the sizes are: a model for images has a part for text."""
    return shape["config"].get("text_config", shape["config"])


def layer_tensors(config: dict, layer: int) -> list[tuple[str, str, list[int]]]:
    """(name, kind, shape) of one layer's tensors; linear weights are [out, in]. Qwen2 has biases in place of head norms."""
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    head = config.get("head_dim", hidden // config["num_attention_heads"])
    query, key = config["num_attention_heads"] * head, config["num_key_value_heads"] * head
    prefix = f"model.layers.{layer}."
    tensors = [
        ("input_layernorm", "norm", [hidden]),
        ("self_attn.q_proj", "q_proj", [query, hidden]),
        ("self_attn.k_proj", "k_proj", [key, hidden]),
        ("self_attn.v_proj", "v_proj", [key, hidden]),
        *([] if is_qwen2(config) else [("self_attn.q_norm", "norm", [head]), ("self_attn.k_norm", "norm", [head])]),
        ("self_attn.o_proj", "o_proj", [hidden, query]),
        ("post_attention_layernorm", "norm", [hidden]),
        ("mlp.gate_proj", "gate_proj", [inner, hidden]),
        ("mlp.up_proj", "up_proj", [inner, hidden]),
        ("mlp.down_proj", "down_proj", [hidden, inner]),
    ]
    biases = [("q_proj", query), ("k_proj", key), ("v_proj", key)] if is_qwen2(config) else []
    return [(f"{prefix}{name}.weight", kind, size) for name, kind, size in tensors] + [
        (f"{prefix}self_attn.{name}.bias", "bias", [width]) for name, width in biases
    ]


def list_tensors(shape: dict) -> list[tuple[str, str, list[int], int]]:
    """(name, kind, shape, shard) of every stored tensor; the shards are filled layer by layer."""
    config, shards = text_config(shape), shape["shards"]
    layers, hidden = config["num_hidden_layers"], config["hidden_size"]
    tensors = [("model.embed_tokens.weight", "embed_tokens", [config["vocab_size"], hidden], 0)]
    for layer in range(layers):
        shard = layer * shards // layers
        tensors += [(*tensor, shard) for tensor in layer_tensors(config, layer)]
    tensors.append(("model.norm.weight", "norm", [hidden], shards - 1))
    if is_classifier(shape):
        tensors.append(("score.weight", "score", [len(config["id2label"]), hidden], shards - 1))
    elif not shape["config"]["tie_word_embeddings"]:
        tensors.append(("lm_head.weight", "lm_head", [config["vocab_size"], hidden], shards - 1))
    if "text_config" not in shape["config"]:
        return tensors
    return [(name.replace("model.", "model.language_model.", 1), *rest) for name, *rest in tensors]


def rule_of(shape: dict, kind: str) -> Rule:
    # Norm weights lie in 0.5-1.5 everywhere: a forgotten norm weight must show, and none may be zero.
    return Rule(1.0, 1.0) if kind == "norm" else Rule(shape["scales"][kind])


def make_tensor(shape: dict, name: str, kind: str, size: list[int]) -> torch.Tensor:
    """The tensor [*size] as stored: hashed in float32, rounded to nearest even to the stored type."""
    values = torch.from_numpy(hash_weights(name, math.prod(size), rule_of(shape, kind)))
    return values.reshape(size).to(DTYPES[shape["dtype"]])


def shard_name(shard: int, shards: int) -> str:
    return "model.safetensors" if shards == 1 else f"model-{shard + 1:05}-of-{shards:05}.safetensors"


def write_checkpoint(shape: dict, folder: Path) -> list[str]:
    """Writes config.json and the weights into the folder; returns the names of the weight files and the index."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(shape["config"], indent=2) + "\n", encoding="utf-8")
    shards = shape["shards"]
    files: dict[str, dict[str, torch.Tensor]] = {shard_name(shard, shards): {} for shard in range(shards)}
    for name, kind, size, shard in list_tensors(shape):
        files[shard_name(shard, shards)][name] = make_tensor(shape, name, kind, size)
    for file, tensors in files.items():
        save_file(tensors, folder / file, metadata={"format": "pt"})
    if shards == 1:
        return list(files)
    total = sum(tensor.nbytes for tensors in files.values() for tensor in tensors.values())
    weight_map = {name: file for file, tensors in files.items() for name in tensors}
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}
    name = "model.safetensors.index.json"
    (folder / name).write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
    return [*files, name]
