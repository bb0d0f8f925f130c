"""Okapi BM25 over a small collection: chooses hard negatives for training and judges the model in the evaluation."""

import re
from collections import Counter, defaultdict

import numpy as np

K1, B = 1.2, 0.75  # Robertson's usual values
STOP_WORDS = frozenset(
    "a an the of to in on at by for from with without as is are was were be been being am it its this that these those "
    "and or not no nor but if then than so such into onto over under up down out off about between through during "
    "do does did doing done have has had having can could may might must shall should will would "
    "i me my you your he him his she her we us our they them their one who whom whose which what when where why how "
    "there here all any some each every other another more most very just also only own same too s t".split()
)


def words(text: str) -> list[str]:
    """Content words, lower case, with the commonest endings taken off."""
    found = re.findall(r"[a-z0-9]+", text.lower())
    return [stem(word) for word in found if word not in STOP_WORDS]


def stem(word: str) -> str:
    """Plural and verb endings only: enough to match `cats` with `cat` and `baking` with `bake`."""
    if len(word) > 4:
        for ending, rest in (("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""), ("e", "")):
            if word.endswith(ending) and not word.endswith("ss") and len(word) - len(ending) >= 3:
                return word[: -len(ending)] + rest
    return word[:-1] if len(word) == 4 and word[-1] in "se" and word[-2] != "s" else word


class Bm25:
    """An inverted index with precomputed weights."""

    def __init__(self, documents: list[str]) -> None:
        bags = [Counter(words(document)) for document in documents]
        lengths = np.array([sum(bag.values()) for bag in bags], np.float32)
        self.size = len(bags)
        entries: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row, bag in enumerate(bags):
            for word, count in bag.items():
                entries[word].append((row, count))
        penalty = K1 * (1 - B + B * lengths / lengths.mean())
        self.postings = {word: self._posting(found, penalty) for word, found in entries.items()}

    def _posting(self, found: list[tuple[int, int]], penalty: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rows, counts = np.array(found, np.int32).T
        rarity = np.log(1 + (self.size - len(rows) + 0.5) / (len(rows) + 0.5))
        return rows, (rarity * counts * (K1 + 1) / (counts + penalty[rows])).astype(np.float32)

    def scores(self, query: str) -> np.ndarray:
        """[documents] the score of every document."""
        total = np.zeros(self.size, np.float32)
        for word in words(query):
            if word in self.postings:
                rows, weights = self.postings[word]
                total[rows] += weights
        return total
