"""Makes the held-out retrieval set: a sentence that uses a noun, and the dictionary entry it asks for.

Query: WordNet's usage example of a noun's first sense. Documents: entries "lemma, lemma: gloss". Candidates: the
nineteen that BM25 ranks best, and the right one. Nothing of WordNet is trained on.
"""

import json
import random
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from wordfreq import zipf_frequency

from bm25 import Bm25

QUERIES = 300
CANDIDATES = 20
COMMON = 3.3  # zipf frequency of the first lemma
SEED = 20


@dataclass(frozen=True)
class Entry:
    """A noun synset whose first lemma has it as its first sense."""

    lemmas: list[str]
    gloss: str
    examples: list[str]

    @property
    def document(self) -> str:
        return f"{', '.join(self.lemmas)}: {self.gloss}"


def write(root: Path, target: Path) -> None:
    """One JSON object a line: query, documents in BM25's order, index of the right one, BM25's scores."""
    entries = read(root / "usr/share/wordnet")
    index = Bm25([entry.document for entry in entries])
    asking = [row for row, entry in enumerate(entries) if any(len(text.split()) > 3 for text in entry.examples)]
    with target.open("w", encoding="utf-8") as lines:
        for row in random.Random(SEED).sample(asking, QUERIES):
            query = next(text for text in entries[row].examples if len(text.split()) > 3)
            scores = index.scores(query)
            best = [int(other) for other in np.argsort(-scores, kind="stable") if other != row][: CANDIDATES - 1]
            # The right one comes last of those with its score: a tie is not a success.
            ranked = sorted([*best, row], key=lambda other: (-scores[other], other == row))
            record = {
                "query": query,
                "documents": [entries[other].document for other in ranked],
                "right": ranked.index(row),
                "bm25": [round(float(scores[other]), 4) for other in ranked],
            }
            lines.write(json.dumps(record, ensure_ascii=False) + "\n")


def read(folder: Path) -> list[Entry]:
    """Noun entries of common words, in WordNet's order."""
    first_sense: dict[str, str] = {}
    for line in (folder / "index.noun").read_text(encoding="utf-8").splitlines():
        if not line.startswith(" "):
            fields = line.split()
            first_sense[fields[0]] = fields[-int(fields[2])]
    entries = []
    for line in (folder / "data.noun").read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            continue
        fields = line.split(" | ", 1)[0].split()
        lemmas = fields[4 : 4 + 2 * int(fields[3], 16) : 2]
        common = "_" not in lemmas[0] and zipf_frequency(lemmas[0], "en") >= COMMON
        gloss = line.split(" | ", 1)[1].strip()
        meaning = re.split(r";\s*\"", gloss)[0].strip()
        if common and first_sense.get(lemmas[0].lower()) == fields[0] and len(meaning.split()) > 3:
            entries.append(Entry([name.replace("_", " ") for name in lemmas], meaning, re.findall(r'"([^"]+)"', gloss)))
    return entries
