"""Makes the embedded model from nothing: data, tokenizer, training, evaluation, export. See README.md."""

import argparse
import random
from pathlib import Path

import torch
from tokenizers import Tokenizer

import corpora
import evaluate
import initialise
import sources
import vocabulary
import wordnet
from corpora import Pair
from examples import GroupMaker
from export import export
from fit import fit
from model import Reranker, Shape
from synonyms import Synonyms
from teacher import Teacher

SEED = 3
STEPS = 1_400
TOKENIZER_SAMPLE = 30_000  # texts


def main() -> None:
    arguments = _arguments()
    work, out = arguments.work.resolve(), arguments.out.resolve()
    torch.manual_seed(SEED)
    packages = sources.fetch(work)
    pairs = corpora.read_pairs(work, packages)
    print(f"{len(pairs)} pairs", flush=True)
    tokenizer = vocabulary.train([f"{pair.title}. {pair.text}" for pair in _sample(pairs)])
    model = train(pairs, tokenizer, Teacher(work), arguments.steps)
    out.mkdir(parents=True, exist_ok=True)
    export(model, tokenizer, out)
    evaluation = arguments.evaluation.resolve()
    wordnet.write(packages, evaluation / "wordnet.jsonl")
    for name, value in evaluate.evaluate(out, evaluation).items():
        print(f"{name:20} {value:.4f}")


def train(pairs: list[Pair], tokenizer: Tokenizer, teacher: Teacher, steps: int) -> Reranker:
    """The trained model. A GPU is used when there is one."""
    model = initialise.build(Shape(vocab_size=tokenizer.get_vocab_size()), tokenizer, teacher)
    titles = teacher.encode([pair.title for pair in pairs])
    texts = teacher.encode([pair.text for pair in pairs])
    maker = GroupMaker(pairs, titles, texts, Synonyms(teacher), SEED)
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    fit(model, maker, tokenizer, steps)
    return model


def _sample(pairs: list[Pair]) -> list[Pair]:
    return random.Random(SEED).sample(pairs, min(TOKENIZER_SAMPLE, len(pairs)))


def _arguments() -> argparse.Namespace:
    library = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for downloads and the teacher's vectors")
    parser.add_argument("--out", type=Path, default=library, help="where the checkpoint goes")
    parser.add_argument("--evaluation", type=Path, default=library / "evaluation")
    parser.add_argument("--steps", type=int, default=STEPS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
