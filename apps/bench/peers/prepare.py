"""Writes what the peers load, from one checkpoint: the same weights as Hugging Face causal LM, as sequence classification,
and as GGUF in f32 and q8_0. Without --checkpoint the weights are hashed into the shape of Qwen3-Reranker-0.6B."""

import argparse
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import PreTrainedTokenizerFast

sys.path.insert(0, str(Path(__file__).parents[3] / "test" / "parity"))
from checkpoint import load_shapes, write_checkpoint  # noqa: E402

from write_gguf import write_gguf  # noqa: E402

# Uniform weights of this width keep the activations of a random model near 1: sqrt(12 / inputs).
SCALES = {
    "embed_tokens": 0.11,
    "q_proj": 0.11,
    "k_proj": 0.11,
    "v_proj": 0.11,
    "o_proj": 0.077,
    "gate_proj": 0.11,
    "up_proj": 0.11,
    "down_proj": 0.063,
}
QWEN3_0_6B = {
    "hidden_size": 1024,
    "num_hidden_layers": 28,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "intermediate_size": 3072,
    "max_window_layers": 28,
}


def hashed_checkpoint(folder: Path, tokenizer_json: Path) -> None:
    shape = load_shapes()["tied-gqa2"]
    config = {**shape["config"], **QWEN3_0_6B, "torch_dtype": "bfloat16"}
    write_checkpoint({**shape, "dtype": "bfloat16", "shards": 1, "scales": SCALES, "config": config}, folder)
    shutil.copyfile(tokenizer_json, folder / "tokenizer.json")


def save_tokenizer(source: Path, folder: Path) -> PreTrainedTokenizerFast:
    """With a padding token and a plain class, which both Python peers load."""
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(source / "tokenizer.json"), pad_token="<|endoftext|>", eos_token="<|im_end|>"
    )
    tokenizer.save_pretrained(folder)
    return tokenizer


def load_weights(folder: Path) -> dict[str, torch.Tensor]:
    files = sorted(folder.glob("model*.safetensors"))
    return {name: tensor.float() for file in files for name, tensor in load_file(file).items()}


def write_classifier(folder: Path, config: dict, weights: dict[str, torch.Tensor], direction: torch.Tensor) -> None:
    """One label whose logit is logit(yes) - logit(no)."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = {"id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}}
    own = {"architectures": ["Qwen3ForSequenceClassification"], "torch_dtype": "float32", **labels}
    (folder / "config.json").write_text(json.dumps({**config, **own}, indent=2), encoding="utf-8")
    body = {name: tensor for name, tensor in weights.items() if name != "lm_head.weight"}
    save_file({**body, "score.weight": direction[None]}, folder / "model.safetensors", metadata={"format": "pt"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--tokenizer", type=Path, help="tokenizer.json for the hashed checkpoint")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    source = options.checkpoint or options.out / "checkpoint"
    if options.checkpoint is None and not (source / "model.safetensors").exists():
        hashed_checkpoint(source, options.tokenizer)
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    weights = load_weights(source)
    tokenizer = save_tokenizer(source, options.out / "causal-lm")
    config["pad_token_id"] = tokenizer.pad_token_id
    yes, no = (tokenizer.convert_tokens_to_ids(word) for word in ("yes", "no"))
    head = weights.get("lm_head.weight", weights["model.embed_tokens.weight"])
    (options.out / "causal-lm" / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    for file in source.glob("model*.safetensors*"):
        shutil.copyfile(file, options.out / "causal-lm" / file.name)
    save_tokenizer(source, options.out / "classifier")
    write_classifier(options.out / "classifier", config, weights, head[yes] - head[no])
    arrays = {name: np.ascontiguousarray(tensor.numpy()) for name, tensor in weights.items()}
    labels = np.ascontiguousarray(torch.stack([head[yes], head[no]]).numpy())
    for quantisation in ("f32", "q8_0"):
        write_gguf(options.out / f"{quantisation}.gguf", config, arrays, labels, source / "tokenizer.json")


if __name__ == "__main__":
    main()
