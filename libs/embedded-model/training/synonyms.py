"""Words of like meaning, as the teacher sees them: they make queries that share no word with the right document."""

import random
import re

import numpy as np
from wordfreq import top_n_list

from bm25 import stem, words
from teacher import Teacher

WORDS = 8_000
CLOSEST = 4
SIMILAR = 0.55  # least cosine
REPLACED = 0.8  # share of the words with a synonym that are replaced


class Synonyms:
    """For each common word up to four others that do not begin like it."""

    def __init__(self, teacher: Teacher) -> None:
        common = [word for word in top_n_list("en", WORDS) if len(word) > 2 and words(word)]
        vectors = teacher.encode(common).astype(np.float32)
        likeness = vectors @ vectors.T
        self._close: dict[str, list[str]] = {}
        for row, word in enumerate(common):
            near = [common[other] for other in np.argsort(-likeness[row])[:40] if likeness[row, other] > SIMILAR]
            found = [other for other in near if other[:3] != word[:3] and stem(other) != stem(word)]
            if found:
                self._close[word] = found[:CLOSEST]

    def replace(self, text: str, chance: random.Random) -> str:
        """The text with some of its words exchanged."""

        def exchange(match: re.Match[str]) -> str:
            close = self._close.get(match[0].lower())
            return chance.choice(close) if close and chance.random() < REPLACED else match[0]

        return re.sub(r"[A-Za-z]+", exchange, text)
