"""Prints how far each mistake of mutations.py moves the golden scores: the largest and the median |change of d|.

Exits with 1 if a mistake moves no golden by more than MINIMUM_CHANGE on any shape.
"""

import statistics
import sys

import torch
from transformers import PreTrainedModel, logging

from checkpoint import load_shapes
from mutations import MUTATIONS, Mutation, Parts, mutated
from prompts import PromptTokenizer, find_tokenizer, load_groups
from reference import build_model, score

MINIMUM_CHANGE = 0.02  # twenty times the tolerance of the parity test, 1e-3 in d


def changes(
    model: PreTrainedModel, golden: list[float], prompts: list[Parts], mutation: Mutation, words: tuple[int, int]
) -> list[float]:
    """|d mutated - d| of every prompt."""
    result = []
    with mutated(model, mutation) as wrong:
        for parts, right in zip(prompts, golden, strict=True):
            inputs = mutation.inputs(parts) if mutation.inputs else {}
            ids = sum(mutation.parts(parts) if mutation.parts else parts, [])
            result.append(abs(score(wrong, ids, *words, **inputs) - right))
    return result


def main() -> None:
    torch.set_num_threads(1)
    logging.disable_progress_bar()
    tokenizer = PromptTokenizer(find_tokenizer())
    words = (tokenizer.yes, tokenizer.no)
    groups = load_groups()
    prompts = [tokenizer.parts(g.get("instruction"), g["query"], text) for g in groups for text in g["documents"]]
    shapes = load_shapes()
    rows: dict[str, list[str]] = {name: [] for name in MUTATIONS}
    largest = dict.fromkeys(MUTATIONS, 0.0)
    for shape in shapes.values():
        model = build_model(shape)
        golden = [score(model, sum(parts, []), *words) for parts in prompts]
        for name, mutation in MUTATIONS.items():
            if not mutation.applies(shape["config"]):
                rows[name].append("does not apply")
                continue
            moved = changes(model, golden, prompts, mutation, words)
            largest[name] = max(largest[name], max(moved))
            rows[name].append(f"{max(moved):.3f} / {statistics.median(moved):.3f}")
    print("| " + " | ".join(["mistake: largest / median change of d", *shapes]) + " |")
    print("|---" * (len(shapes) + 1) + "|")
    for name, cells in rows.items():
        print("| " + " | ".join([name, *cells]) + " |")
    sys.exit(any(change <= MINIMUM_CHANGE for change in largest.values()))


if __name__ == "__main__":
    main()
