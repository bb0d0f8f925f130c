"""Judges an exported checkpoint through Hugging Face transformers, with the official prompt. Also runs alone."""

import argparse
import json
import math
from pathlib import Path

import torch
from transformers import PreTrainedTokenizerFast, Qwen3ForCausalLM

import prompt
from bm25 import Bm25

SEED_EXAMPLE = {
    "query": "What is machine learning?",
    "documents": [
        "Machine learning is a subset of artificial intelligence that enables computers to learn from data.",
        "Neural networks are computing systems inspired by biological brains.",
        "Python is a programming language.",
    ],
}


class Judge:
    """Scores documents as the model card does: prompt in, logit(yes) - logit(no) at the last position out."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = PreTrainedTokenizerFast.from_pretrained(str(folder))
        self.model = Qwen3ForCausalLM.from_pretrained(str(folder), dtype=torch.float32).eval()
        self.yes, self.no = self.tokenizer.convert_tokens_to_ids([prompt.YES, prompt.NO])

    @torch.inference_mode()
    def scores(self, query: str, documents: list[str]) -> list[float]:
        """One score for each document; P(yes) is its sigmoid."""
        texts = [prompt.whole(query, document) for document in documents]
        inputs = self.tokenizer(texts, padding=True, padding_side="left", return_tensors="pt")
        logits = self.model(
            input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], logits_to_keep=1
        ).logits[:, -1]
        return (logits[:, self.yes] - logits[:, self.no]).tolist()


def evaluate(model: Path, data: Path) -> dict[str, float]:
    """All figures of the README."""
    judge = Judge(model)
    return {**retrieval(judge, data / "wordnet.jsonl"), **triples(judge, data / "triples.jsonl"), **order(judge, data)}


def retrieval(judge: Judge, path: Path) -> dict[str, float]:
    """nDCG@10 with one right document for each query: 1 / log2(1 + rank), or 0 below rank ten."""
    ours, theirs = [], []
    for row in _rows(path):
        ours.append(_gain(judge.scores(row["query"], row["documents"]), row["right"]))
        theirs.append(_gain(row["bm25"], row["right"]))
    return {"nDCG@10": _mean(ours), "nDCG@10 of BM25": _mean(theirs)}


def triples(judge: Judge, path: Path) -> dict[str, float]:
    """Share of triples in which the right document, without a word of the query, beats the wrong one, which has one."""
    rows = _rows(path)
    index = Bm25([text for row in rows for text in (row["right"], row["wrong"])])
    ours = [_beats(judge.scores(row["query"], [row["right"], row["wrong"]])) for row in rows]
    theirs = [_beats(index.scores(row["query"])[2 * i : 2 * i + 2].tolist()) for i, row in enumerate(rows)]
    return {"triples": _mean(ours), "triples of BM25": _mean(theirs)}


def order(judge: Judge, data: Path) -> dict[str, float]:
    """Everyday requests in the right order, and the smallest step in score between neighbours in the right order."""
    steps = []
    for row in [SEED_EXAMPLE, *_rows(data / "everyday.jsonl")]:
        scores = judge.scores(row["query"], row["documents"])
        steps.append(min(better - worse for better, worse in zip(scores, scores[1:], strict=False)))
    return {"seed example step": steps[0], "everyday": _mean([step > 0 for step in steps[1:]]), "smallest step": min(steps[1:])}


def _rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _gain(scores: list[float], right: int) -> float:
    """A tie counts against the right document."""
    rank = sum(score >= scores[right] for score in scores)
    return 1 / math.log2(1 + rank) if rank <= 10 else 0.0


def _beats(pair: list[float]) -> bool:
    return pair[0] > pair[1]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


if __name__ == "__main__":
    here = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=here)
    parser.add_argument("--data", type=Path, default=here / "evaluation")
    arguments = parser.parse_args()
    for name, value in evaluate(arguments.model, arguments.data).items():
        print(f"{name:20} {value:.4f}")
