"""Writes goldens/int8-checkpoint.json: what transformers scores with a folder that `quantise` wrote.

    node apps/cli/bin.mjs quantise --model MODEL --out FOLDER     MODEL: the shape qwen3-st-untied, with `--int8-precise 1.down_proj`
    python make_int8_golden.py FOLDER

compressed-tensors reads and dequantises the weights; activations are not rounded, as with DTYPE=f32 here.
"""

import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, CompressedTensorsConfig

from checkpoint import HERE, load_families
from make_family_goldens import score_prompts
from make_goldens import compact, digits, made_with

NAME = "qwen3-st-untied"


def main() -> None:
    folder = Path(sys.argv[1])
    torch.set_num_threads(1)
    model, report = AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=torch.float32,
        attn_implementation="eager",
        quantization_config=CompressedTensorsConfig(dequantize=True),
        output_loading_info=True,
    )
    assert not any(report[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys")), report
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    families = load_families()
    rows = []
    for request in families["requests"]:
        triples = [(request.get("instruction"), request["query"], document) for document in request["documents"]]
        scores = score_prompts(families["shapes"][NAME], model.eval(), tokenizer, triples)
        rows.append([digits(score) for score in scores])
    golden = {"madeWith": made_with(), "shape": NAME, "precise": "1.down_proj", "scores": rows}
    (HERE / "goldens/int8-checkpoint.json").write_text(compact(golden) + "\n", encoding="utf-8")
    print(rows)


if __name__ == "__main__":
    main()
