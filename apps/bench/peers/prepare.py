"""Writes what the peers load, from one checkpoint: the same weights in each peer's form (--form, repeatable). Without
--checkpoint the weights are hashed into the shape of Qwen3-Reranker-0.6B."""

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

from prompt import vllm_template  # noqa: E402
from write_gguf import write_gguf  # noqa: E402
from write_w8a8 import write_w8a8  # noqa: E402

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


class Checkpoint:
    """The weights that every form is written from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.tokenizer = PreTrainedTokenizerFast(
            tokenizer_file=str(folder / "tokenizer.json"), pad_token="<|endoftext|>", eos_token="<|im_end|>"
        )
        self.config["pad_token_id"] = self.tokenizer.pad_token_id
        files = sorted(folder.glob("model*.safetensors"))
        self.weights = {name: tensor for file in files for name, tensor in load_file(file).items()}

    def labels(self) -> torch.Tensor:
        """Rows [yes, no] of the head, f32 [2, hidden]."""
        head = self.weights.get("lm_head.weight", self.weights["model.embed_tokens.weight"])
        return head[[self.tokenizer.convert_tokens_to_ids(word) for word in ("yes", "no")]].float()

    def write(self, out: Path, config: dict, weights: dict[str, torch.Tensor]) -> None:
        """In the layout of Hugging Face, with a tokenizer that names its padding."""
        out.mkdir(parents=True, exist_ok=True)
        self.tokenizer.save_pretrained(out)
        (out / "config.json").write_text(json.dumps({**self.config, **config}, indent=2), encoding="utf-8")
        save_file(weights, out / "model.safetensors", metadata={"format": "pt"})


def write_causal_lm(checkpoint: Checkpoint, out: Path) -> None:
    checkpoint.write(out, {}, checkpoint.weights)
    (out / "rerank.jinja").write_text(vllm_template(), encoding="utf-8")


def write_classifier(checkpoint: Checkpoint, out: Path) -> None:
    """One label whose logit is logit(yes) - logit(no)."""
    yes, no = checkpoint.labels()
    body = {name: tensor.float() for name, tensor in checkpoint.weights.items() if name != "lm_head.weight"}
    labels = {"id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}}
    config = {"architectures": ["Qwen3ForSequenceClassification"], "torch_dtype": "float32", **labels}
    checkpoint.write(out, config, {**body, "score.weight": (yes - no)[None]})


def write_quantised(checkpoint: Checkpoint, out: Path) -> None:
    config, weights = write_w8a8(checkpoint.weights)
    checkpoint.write(out, config, weights)
    (out / "rerank.jinja").write_text(vllm_template(), encoding="utf-8")


def write_llama(checkpoint: Checkpoint, out: Path) -> None:
    arrays = {name: np.ascontiguousarray(tensor.float().numpy()) for name, tensor in checkpoint.weights.items()}
    labels = np.ascontiguousarray(checkpoint.labels().numpy())
    write_gguf(out, checkpoint.config, arrays, labels, checkpoint.folder / "tokenizer.json")


FORMS = {
    "causal-lm": write_causal_lm,
    "classifier": write_classifier,
    "w8a8": write_quantised,
    "f32.gguf": write_llama,
    "bf16.gguf": write_llama,
    "q8_0.gguf": write_llama,
}


def hashed_checkpoint(folder: Path, tokenizer_json: Path) -> None:
    shape = load_shapes()["tied-gqa2"]
    config = {**shape["config"], **QWEN3_0_6B, "torch_dtype": "bfloat16"}
    write_checkpoint({**shape, "dtype": "bfloat16", "shards": 1, "scales": SCALES, "config": config}, folder)
    shutil.copyfile(tokenizer_json, folder / "tokenizer.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--tokenizer", type=Path, help="tokenizer.json for the hashed checkpoint")
    parser.add_argument("--form", choices=FORMS, action="append", default=[])
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    source = options.checkpoint or options.out / "checkpoint"
    if options.checkpoint is None and not (source / "tokenizer.json").exists():
        hashed_checkpoint(source, options.tokenizer)
    checkpoint = Checkpoint(source)
    for form in options.form:
        # Beside its name until it is whole: a run that was stopped must not leave half a form behind.
        partial = options.out / f"partial-{form}"
        FORMS[form](checkpoint, partial)
        partial.rename(options.out / form)


if __name__ == "__main__":
    main()
