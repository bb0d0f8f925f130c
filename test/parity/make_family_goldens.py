"""Writes goldens/families.json: what the references score for every shape of families.json and each of its requests.

    python make_family_goldens.py [SHAPE ...]

The reference of a shape with sentence-transformers' files is their CrossEncoder, which renders the template and reads the
head; of the others transformers on the prompts of family_prompts.py. What sentence-transformers has no place for, an
instruction that the template ignores, is scored by transformers too, and so is a model for images, whose image processor no
shape has. Needs requirements.txt and sentence-transformers 6.2.0.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import torch
import transformers
from sentence_transformers import CrossEncoder
from tokenizers import Tokenizer


from checkpoint import HERE, is_classifier, load_families, write_checkpoint
from family_prompts import FAMILIES
from make_goldens import compact, digits, made_with
from prompts import find_tokenizer

TOKENIZER_CONFIG = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "eos_token": "<|im_end|>",
    "pad_token": "<|endoftext|>",
    "model_max_length": 131072,
}


def write_folder(shape: dict, folder: Path) -> None:
    write_checkpoint(shape, folder)
    shutil.copy(find_tokenizer(), folder / "tokenizer.json")
    files = {"tokenizer_config.json": TOKENIZER_CONFIG, **shape["files"]}
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / name).write_text(text, encoding="utf-8")


def load_model(shape: dict, folder: Path) -> torch.nn.Module:
    kind = getattr(transformers, shape["config"]["architectures"][0])
    model, report = kind.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    # The part for images is not written: nothing of it is used. Anything else at random would be no golden.
    missing = [name for name in report["missing_keys"] if "visual" not in name]
    assert not (missing or report["unexpected_keys"] or report["mismatched_keys"]), report
    return model.eval()


@torch.no_grad()
def score_prompts(shape: dict, model: torch.nn.Module, tokenizer: Tokenizer, triples: list[tuple]) -> list[float]:
    pieces, positive, negative = FAMILIES[shape["prompt"]]
    scores = []
    for triple in triples:
        ids = [token for piece in pieces(*triple) for token in tokenizer.encode(piece).ids]
        if is_classifier(shape):
            scores.append(score_labels(shape, model(input_ids=torch.tensor([ids]), use_cache=False).logits[0]))
            continue
        logits = model(input_ids=torch.tensor([ids]), use_cache=False, logits_to_keep=1).logits[0, -1]
        score = logits[tokenizer.token_to_id(positive)]
        scores.append((score - logits[tokenizer.token_to_id(negative)] if negative else score).item())
    return scores


def score_labels(shape: dict, logits: torch.Tensor) -> float:
    """logits [labels]: the one, or that of the label which a relevant document gets minus the other."""
    if len(logits) == 1:
        return logits[0].item()
    positive = next(int(row) for row, name in shape["config"]["id2label"].items() if name in ("yes", "relevant"))
    return (logits[positive] - logits[1 - positive]).item()


def score_pairs(folder: Path, triples: list[tuple]) -> list[float]:
    model = CrossEncoder(
        str(folder), device="cpu", model_kwargs={"dtype": torch.float32, "attn_implementation": "eager"}
    )
    return [
        float(model.predict([(query, document)], activation_fn=torch.nn.Identity(), **({"prompt": given} if given else {}))[0])
        for given, query, document in triples
    ]


def golden(shape: dict, requests: list[dict]) -> list[list[float]]:
    tokenizer = Tokenizer.from_file(str(find_tokenizer()))
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_folder(shape, folder)
        model = load_model(shape, folder)
        for request in requests:
            given = request.get("instruction")
            triples = [(given, request["query"], document) for document in request["documents"]]
            ignores = given is not None and shape["prompt"] in ("zerank", "ctxl")
            described = "modules.json" in shape["files"] and shape["prompt"] != "vl" and not ignores
            scores = score_pairs(folder, triples) if described else score_prompts(shape, model, tokenizer, triples)
            if described and shape["prompt"] in FAMILIES:
                plain = score_prompts(shape, model, tokenizer, triples)
                assert max(abs(a - b) for a, b in zip(scores, plain, strict=True)) < 1e-4, (scores, plain)
            rows.append([digits(score) for score in scores])
    return rows


def main() -> None:
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(1)
    families = load_families()
    path = HERE / "goldens/families.json"
    kept = json.loads(path.read_text(encoding="utf-8"))["shapes"] if path.exists() else {}
    for name in sys.argv[1:] or families["shapes"]:
        kept[name] = golden(families["shapes"][name], families["requests"])
        spread = max(max(row) - min(row) for row in kept[name])
        print(f"{name}: largest spread of a request {spread:.2f}; {kept[name]}", flush=True)
    text = compact({"madeWith": made_with(), "shapes": kept})
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
