"""Writes goldens/adapters.json: what PEFT scores for every adapter of adapters.json and each request of families.json.

    python make_adapter_goldens.py [ADAPTER ...]

PEFT saves the adapter; its tensors are then filled with hashed weights, so that names, shapes and adapter_config.json are all
that is kept. The scores are those of PEFT's own forward pass, not merged. Needs requirements.txt and peft 0.18.0.
"""

import json
import math
import sys
import tempfile
from pathlib import Path

import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file

from checkpoint import HERE, load_shapes, write_checkpoint
from hash_weights import Rule, hash_weights
from make_goldens import compact, digits, made_with
from prompts import PromptTokenizer, find_tokenizer

SCALES = {"lora_A": 0.5, "lora_B": 0.5, "lora_embedding_A": 0.5, "lora_embedding_B": 0.5}


def load_base(folder: Path, labels: int | None) -> transformers.PreTrainedModel:
    options = {"dtype": torch.float32, "attn_implementation": "eager"}
    if labels is None:
        return transformers.AutoModelForCausalLM.from_pretrained(folder, **options)
    # The head is new, at random: the adapter brings its own.
    return transformers.AutoModelForSequenceClassification.from_pretrained(folder, num_labels=labels, **options)


def fill(name: str, tensor: torch.Tensor) -> torch.Tensor:
    """The same values as adapters.ts writes."""
    scale = next((scale for part, scale in SCALES.items() if f".{part}" in name), 1.25)
    return torch.from_numpy(hash_weights(name, math.prod(tensor.shape), Rule(scale))).reshape(tensor.shape)


@torch.no_grad()
def score(model: torch.nn.Module, ids: list[int], tokenizer: PromptTokenizer, labels: int | None) -> float:
    if labels is not None:
        # One sequence without padding: the classifier reads its last token.
        return model(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids))).logits[0, 0].item()
    logits = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1]
    return (logits[tokenizer.yes] - logits[tokenizer.no]).item()


def golden(adapter: dict, requests: list[dict], tokenizer: PromptTokenizer) -> dict:
    labels = adapter.get("labels")
    with tempfile.TemporaryDirectory() as name:
        base, folder = Path(name) / "base", Path(name) / "adapter"
        write_checkpoint(load_shapes()[adapter["base"]], base)
        get_peft_model(load_base(base, labels), LoraConfig(**adapter["lora"])).save_pretrained(folder)
        file = folder / "adapter_model.safetensors"
        # Copies of the base model's own embedding, which PEFT saves beside a trained one, say nothing new.
        own = {name: tensor for name, tensor in load_file(file).items() if ".base_layer." not in name}
        tensors = {name: fill(name, tensor) for name, tensor in own.items()}
        save_file(tensors, file)
        plain = load_base(base, labels)
        plain.config.pad_token_id = 151643
        model = PeftModel.from_pretrained(plain, folder).eval()
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        rows = []
        for request in requests:
            prompts = [sum(tokenizer.parts(request.get("instruction"), request["query"], text), []) for text in request["documents"]]
            rows.append([digits(score(model, ids, tokenizer, labels)) for ids in prompts])
    shapes = {name: list(tensor.shape) for name, tensor in sorted(tensors.items())}
    config = {**config, "base_model_name_or_path": "../base", "target_modules": sorted(config["target_modules"])}
    return {"config": config, "tensors": shapes, "scores": rows}


def main() -> None:
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(1)
    adapters = json.loads((HERE / "adapters.json").read_text(encoding="utf-8"))["adapters"]
    requests = json.loads((HERE / "families.json").read_text(encoding="utf-8"))["requests"]
    path = HERE / "goldens/adapters.json"
    kept = json.loads(path.read_text(encoding="utf-8"))["adapters"] if path.exists() else {}
    tokenizer = PromptTokenizer(find_tokenizer())
    for name in sys.argv[1:] or adapters:
        kept[name] = golden(adapters[name], requests, tokenizer)
        print(f"{name}: {len(kept[name]['tensors'])} tensors; {kept[name]['scores']}", flush=True)
    path.write_text(compact({"madeWith": {**made_with(), "peft": "0.18.0"}, "adapters": kept}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
