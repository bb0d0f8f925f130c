"""Writes the checkpoint in the names and the format of Qwen3ForCausalLM."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

import vocabulary
from model import Reranker


def export(model: Reranker, tokenizer: Tokenizer, folder: Path) -> None:
    """model.safetensors, config.json, tokenizer.json and tokenizer_config.json; each appears complete or not at all."""
    draft = folder / "draft"
    vocabulary.save(tokenizer, draft, model.shape.max_position_embeddings)
    # The head is tied: it is the embedding, and has no tensor of its own.
    weights = {f"model.{name}": value.to("cpu", torch.bfloat16) for name, value in model.state_dict().items()}
    save_file(weights, str(draft / "model.safetensors"), metadata={"format": "pt"})
    (draft / "config.json").write_text(json.dumps(_config(model, tokenizer), indent=2) + "\n")
    for file in sorted(draft.iterdir()):
        file.replace(folder / file.name)
    draft.rmdir()


def _config(model: Reranker, tokenizer: Tokenizer) -> dict:
    """The fields of the official config.json, in the spelling of transformers 4."""
    return {
        "architectures": ["Qwen3ForCausalLM"],
        "attention_bias": False,
        "attention_dropout": 0.0,
        "bos_token_id": tokenizer.token_to_id("<|endoftext|>"),
        "eos_token_id": tokenizer.token_to_id("<|im_end|>"),
        "pad_token_id": tokenizer.token_to_id("<|endoftext|>"),
        "hidden_act": "silu",
        "initializer_range": 0.02,
        "max_window_layers": model.shape.num_hidden_layers,
        "model_type": "qwen3",
        "rope_scaling": None,
        "sliding_window": None,
        "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
        "transformers_version": "4.51.3",
        "use_cache": True,
        "use_sliding_window": False,
        **model.shape.as_dict(),
    }
