"""Writes goldens/: what Hugging Face transformers scores for every shape of shapes.json and triple of triples.json.

    python make_goldens.py [SHAPE ...]                      writes goldens/prompts.json and goldens/SHAPE.json
    python make_goldens.py SHAPE --checkpoint FOLDER        writes the checkpoint of a shape into FOLDER
    python make_goldens.py SHAPE --compare FOLDER           compares a checkpoint written by write-checkpoint.ts

Needs the packages of requirements.txt and, for the tokenizer, `npm ci` in the repository.
"""

import argparse
import hashlib
import json
import platform
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

import torch
from transformers import logging

from checkpoint import HERE, list_tensors, load_shapes, make_tensor, write_checkpoint
from prompts import PromptTokenizer, find_tokenizer, ids_digest, load_groups
from reference import load_model, score

GOLDENS = HERE / "goldens"
# One of each kind and rounding; the whole files are summed too, but these a unit test can check at once.
SUMMED = ("model.layers.0.self_attn.q_norm.weight", "model.layers.1.mlp.down_proj.weight", "score.weight")


def compact(value: object, depth: int = 2) -> str:
    """JSON with one line per group, so that a changed golden shows as a changed line."""
    if depth == 0 or not isinstance(value, dict | list) or isinstance(value, list) and isinstance(value[0], int):
        return json.dumps(value, separators=(",", ":"))
    pad = " " * (3 - depth)
    if isinstance(value, dict):
        items = [f"{json.dumps(key)}: {compact(item, depth - 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(pad + item for item in items) + "\n" + pad[1:] + "}"
    return "[\n" + ",\n".join(pad + compact(item, depth - 1) for item in value) + "\n" + pad[1:] + "]"


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tensor_sums(shape: dict) -> dict[str, str]:
    """SHA-256 of the stored bytes (little-endian, row-major) of some tensors."""
    return {
        name: hashlib.sha256(make_tensor(shape, name, kind, size).view(torch.uint8).numpy().tobytes()).hexdigest()
        for name, kind, size, _ in list_tensors(shape)
        if name in SUMMED
    }


def group_parts(tokenizer: PromptTokenizer, group: dict) -> list[list[list[int]]]:
    return [tokenizer.parts(group.get("instruction"), group["query"], text) for text in group["documents"]]


def write_prompts(tokenizer: PromptTokenizer, groups: list[dict]) -> None:
    """Ids of every prompt: prefix + head + query + documents[i] + suffix."""
    rows = []
    for group in groups:
        prompts = group_parts(tokenizer, group)
        _, head, query, _, _ = prompts[0]
        digests = [ids_digest(sum(parts, [])) for parts in prompts]
        documents = [parts[3] for parts in prompts]
        rows.append({"name": group["name"], "head": head, "query": query, "documents": documents, "digests": digests})
    prefix, *_, suffix = tokenizer.parts(None, "", "")
    words = {"yes": tokenizer.yes, "no": tokenizer.no}
    golden = {"madeWith": made_with(), "words": words, "prefix": prefix, "suffix": suffix, "groups": rows}
    (GOLDENS / "prompts.json").write_text(compact(golden) + "\n", encoding="utf-8")


def made_with() -> dict[str, str]:
    packages = {name: version(name).split("+")[0] for name in ("torch", "transformers", "tokenizers", "safetensors")}
    return {"python": platform.python_version(), **packages}


def digits(value: float) -> float:
    return float(f"{value:.9g}")  # nine digits identify a float32


def write_golden(name: str, shape: dict, tokenizer: PromptTokenizer, groups: list[dict]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = {file: sha256(Path(folder) / file) for file in write_checkpoint(shape, Path(folder))}
        model = load_model(shape, Path(folder))
    rows = []
    prompts = [[sum(parts, []) for parts in group_parts(tokenizer, group)] for group in groups]
    for group, ids in zip(groups, prompts, strict=True):
        logits = [score(model, one, tokenizer.yes, tokenizer.no) for one in ids]
        chances = torch.tensor(logits, dtype=torch.float64).sigmoid().tolist()
        row = {"name": group["name"], "tokenCounts": [len(one) for one in ids]}
        rows.append({**row, "logits": list(map(digits, logits)), "probabilities": list(map(digits, chances))})
    golden = {"shape": name, "madeWith": made_with(), "files": files, "tensors": tensor_sums(shape), "groups": rows}
    (GOLDENS / f"{name}.json").write_text(compact(golden) + "\n", encoding="utf-8")
    exact = model.double()
    pairs = list(zip(sum(prompts, []), sum((row["logits"] for row in rows), []), strict=True))
    noise = max(abs(score(exact, one, tokenizer.yes, tokenizer.no) - d) for one, d in pairs)
    spreads = [max(row["logits"]) - min(row["logits"]) for row in rows]
    print(f"{name}: d {min(d for _, d in pairs):.2f} to {max(d for _, d in pairs):.2f};", end=" ")
    print(f"spread per group {' '.join(f'{spread:.2f}' for spread in spreads)};", end=" ")
    print(f"largest difference from float64 {noise:.1e}")


def compare(shape: dict, folder: Path) -> None:
    """Fails unless the folder holds the same bytes and the same configuration as Python writes."""
    with tempfile.TemporaryDirectory() as other:
        for file in write_checkpoint(shape, Path(other)):
            assert sha256(Path(other) / file) == sha256(folder / file), f"{file} differs"
    # JavaScript spells 1e-06 as 0.000001, so this one is compared by value.
    assert json.loads((folder / "config.json").read_text(encoding="utf-8")) == shape["config"], "config.json differs"
    assert sha256(folder / "tokenizer.json") == sha256(find_tokenizer()), "tokenizer.json differs"
    print("identical")


def main() -> None:
    shapes = load_shapes()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help=f"of {', '.join(shapes)}; all when none is named")
    parser.add_argument("--checkpoint", type=Path, metavar="FOLDER")
    parser.add_argument("--compare", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    chosen = options.shapes or list(shapes)
    if unknown := set(chosen) - set(shapes):
        parser.error(f"shapes.json has no {', '.join(unknown)}")
    if (options.checkpoint or options.compare) and len(chosen) != 1:
        parser.error("name one shape")
    if options.checkpoint:
        write_checkpoint(shapes[chosen[0]], options.checkpoint)
        shutil.copy(find_tokenizer(), options.checkpoint / "tokenizer.json")
        return
    if options.compare:
        compare(shapes[chosen[0]], options.compare)
        return
    logging.disable_progress_bar()
    torch.set_num_threads(1)  # one order of summation on every machine
    GOLDENS.mkdir(exist_ok=True)
    tokenizer, groups = PromptTokenizer(find_tokenizer()), load_groups()
    write_prompts(tokenizer, groups)
    for name in chosen:
        write_golden(name, shapes[name], tokenizer, groups)


if __name__ == "__main__":
    main()
