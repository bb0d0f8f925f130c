"""How far transformers in bf16 and fp16 is from its own float32, on the checkpoints and prompts of test/parity.

    python errors_in_16_bits.py DEVICE OUT.json

Writes {"<shape> <dtype>": {"max": ..., "mean": ...}}: errors of d = logit(yes) - logit(no) against the goldens. The prompts
are the stored ids, so that no tokenizer is needed.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import logging

PARITY = Path(__file__).resolve().parent.parent / "parity"
sys.path.insert(0, str(PARITY))

from checkpoint import load_shapes  # noqa: E402
from reference import build_model, score  # noqa: E402

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def prompts_by_group() -> dict[str, list[list[int]]]:
    stored = json.loads((PARITY / "goldens/prompts.json").read_text(encoding="utf-8"))
    prefix, suffix = stored["prefix"], stored["suffix"]
    return {
        group["name"]: [prefix + group["head"] + group["query"] + document + suffix for document in group["documents"]]
        for group in stored["groups"]
    }


def main() -> None:
    device, out = sys.argv[1], Path(sys.argv[2])
    logging.disable_progress_bar()
    words = json.loads((PARITY / "goldens/prompts.json").read_text(encoding="utf-8"))["words"]
    prompts = prompts_by_group()
    result = {}
    for name, shape in load_shapes().items():
        golden = json.loads((PARITY / f"goldens/{name}.json").read_text(encoding="utf-8"))
        for dtype, torch_dtype in DTYPES.items():
            model = build_model(shape, torch_dtype).to(device)
            torch.set_default_device(device)
            errors = [
                abs(score(model, ids, words["yes"], words["no"]) - logit)
                for group in golden["groups"]
                for ids, logit in zip(prompts[group["name"]], group["logits"], strict=True)
            ]
            torch.set_default_device("cpu")
            result[f"{name} {dtype}"] = {"max": max(errors), "mean": sum(errors) / len(errors)}
            print(name, dtype, result[f"{name} {dtype}"], flush=True)
            out.write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
