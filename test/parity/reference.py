"""Scores of Hugging Face transformers: float32 on the CPU, eager attention, one prompt at a time."""

import tempfile
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, PreTrainedModel

from checkpoint import is_classifier, write_checkpoint


def load_model(shape: dict, folder: Path, dtype: torch.dtype = torch.float32) -> PreTrainedModel:
    """The model of a checkpoint folder, its weights converted to dtype, in which it also computes."""
    auto = AutoModelForSequenceClassification if is_classifier(shape) else AutoModelForCausalLM
    model, report = auto.from_pretrained(
        folder, dtype=dtype, attn_implementation="eager", output_loading_info=True
    )
    # A tensor that transformers initialised at random would make goldens that cannot be made again.
    assert not any(report[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys")), report
    return model.eval()


def build_model(shape: dict, dtype: torch.dtype = torch.float32) -> PreTrainedModel:
    """As load_model, from a checkpoint that exists only for the moment."""
    with tempfile.TemporaryDirectory() as folder:
        write_checkpoint(shape, Path(folder))
        return load_model(shape, Path(folder), dtype)


@torch.no_grad()
def score(model: PreTrainedModel, ids: list[int], yes: int, no: int, **inputs: torch.Tensor) -> float:
    """d = logit(yes) - logit(no) after the last token: rows of the two words, or rows [no, yes], or the one row."""
    input_ids = torch.tensor([ids])
    if "ForCausalLM" in type(model).__name__:
        logits = model(input_ids=input_ids, use_cache=False, logits_to_keep=1, **inputs).logits[0, -1]  # [vocabulary]
        return (logits[yes] - logits[no]).item()
    logits = model(input_ids=input_ids, use_cache=False, **inputs).logits[0]  # [labels]
    return (logits[0] if len(logits) == 1 else logits[1] - logits[0]).item()
