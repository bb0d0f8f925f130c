"""Makes the embedded model from nothing: data, tokenizer, training, evaluation, export. See README.md."""

import argparse
import random
from pathlib import Path

import torch
from tokenizers import Tokenizer

import corpora
import evaluate
import gains
import meanings
import phrases
import sources
import vocabulary
import wiring
import wordnet
from corpora import Pair
from examples import GroupMaker
from export import export
from model import Reranker, Shape
from synonyms import Synonyms
from teacher import Teacher

SEED = 3
TOKENIZER_SAMPLE = 30_000  # texts
PHRASES = 100_000


def main() -> None:
    arguments = _arguments()
    work, out = arguments.work.resolve(), arguments.out.resolve()
    torch.manual_seed(SEED)
    packages = sources.fetch(work)
    pairs = corpora.read_pairs(work, packages)
    tokenizer = vocabulary.train(_sample(corpora.balance(pairs, corpora.VOCABULARY_SHARE)))
    learned = corpora.balance(pairs, corpora.MEANING_SHARE) + corpora.everyday("everyday-themes.jsonl")
    print(f"{len(learned)} pairs", flush=True)
    model = train(learned, tokenizer, Teacher(work))
    out.mkdir(parents=True, exist_ok=True)
    export(model, tokenizer, out)
    evaluation = arguments.evaluation.resolve()
    wordnet.write(packages, evaluation / "wordnet.jsonl")
    for name, value in evaluate.evaluate(out, evaluation).items():
        print(f"{name:20} {value:.4f}")


def train(pairs: list[Pair], tokenizer: Tokenizer, teacher: Teacher) -> Reranker:
    """Token meanings first, then the wiring, then its gains. A GPU is used when there is one."""
    titles, texts = [pair.title for pair in pairs], [pair.text for pair in pairs]
    meaning = meanings.learn(tokenizer, [*titles, *texts], phrases.draw(PHRASES, SEED), teacher)
    model = wiring.build(Shape(vocab_size=tokenizer.get_vocab_size()), tokenizer, meaning)
    maker = GroupMaker(pairs, teacher.encode(titles), teacher.encode(texts), Synonyms(teacher), SEED)
    gains.fit(model, maker, tokenizer)
    return model


def _sample(pairs: list[Pair]) -> list[str]:
    some = random.Random(SEED).sample(pairs, min(TOKENIZER_SAMPLE, len(pairs)))
    return [f"{pair.title}. {pair.text}" for pair in some]


def _arguments() -> argparse.Namespace:
    library = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for downloads and the teacher's vectors")
    parser.add_argument("--out", type=Path, default=library, help="where the checkpoint goes")
    parser.add_argument("--evaluation", type=Path, default=library / "evaluation")
    return parser.parse_args()


if __name__ == "__main__":
    main()
