"""Turns pairs into training groups: a query, its right document, and wrong ones of several kinds, with targets."""

import random
import re
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

import prompt
from bm25 import words
from corpora import Pair
from synonyms import Synonyms

DOCUMENTS = 8  # in a group
NEIGHBOURS = 60  # how far down the teacher's ranking a hard document may come from
TRAP_SAMPLE = 16  # documents looked at for a trap that shares much
RIGHT_BONUS = 0.15  # cosine added to a title's own text, which the teacher may not recognise
TITLE_SHARE, KEYWORD_SHARE = 0.4, 0.25  # of the queries; the others are passages
EVERYDAY_SHARE = 0.2  # of the queries come from the small everyday sources
RIGHT_TITLED, WRONG_TITLED = 0.25, 0.6  # documents that name their title; a right one seldom repeats the query
LONGEST_PASSAGE = 18  # words of a passage that may serve as a query
INSTRUCTION_SHARE = 0.25  # of the batches use another than the default instruction
QUESTIONS = [
    "What is {}?", "what is {}", "What does {} mean?", "define {}", "{} definition", "meaning of {}", "What are {}?",
    "explain {}", "Tell me about {}", "information about {}", "What do you know about {}?", "{} explained",
    "I want to learn about {}", "Can you explain {}?", "how does {} work?", "{}?", "Who or what is {}?", "describe {}",
]  # fmt: skip
TASKS = ["{}", "{}", "How do I {}?", "how to {}", "looking for: {}", "I need {}", "Which one is for: {}", "tool: {}"]
INSTRUCTIONS = [
    "Given a question, find the passage that answers it",
    "Given the user query, retrieval the relevant passages",
    "Retrieve documents that are about the same thing as the query",
    "Find the definition of the word or phrase",
    "Given a search term, find the best matching description",
]


@dataclass(frozen=True)
class Group:
    """One query with its documents; a target is the cosine that the teacher gives, or should give."""

    query: str
    documents: list[str]
    targets: list[float]


class GroupMaker:
    """Draws groups without end; the same seed draws the same groups."""

    def __init__(
        self, pairs: list[Pair], titles: np.ndarray, texts: np.ndarray, synonyms: Synonyms, seed: int
    ) -> None:
        """titles, texts [pairs, 384] are the teacher's vectors."""
        self.pairs, self.titles, self.texts = pairs, titles.astype(np.float32), texts.astype(np.float32)
        self.synonyms, self.random = synonyms, random.Random(seed)
        self.everyday = [row for row, pair in enumerate(pairs) if _is_everyday(pair)]
        self.bags = [words(f"{pair.title} {pair.text}") for pair in pairs]
        self.holders: dict[str, list[int]] = defaultdict(list)
        for row, bag in enumerate(self.bags):
            for word in sorted(set(bag)):
                self.holders[word].append(row)

    def instruction(self) -> str:
        """Mostly the default one, else one of several others."""
        other = self.random.random() < INSTRUCTION_SHARE
        return self.random.choice(INSTRUCTIONS) if other else prompt.DEFAULT_INSTRUCTION

    def groups(self, count: int) -> list[Group]:
        """The next groups; the teacher's neighbours of all their queries are looked up at once."""
        plans = [self._plan() for _ in range(count)]
        vectors = np.stack([vector for _, _, vector, _ in plans])
        near = np.argpartition(-(vectors @ self.texts.T), NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
        return [self._group(*plan, sorted(near[i].tolist())) for i, plan in enumerate(plans)]

    def _plan(self) -> tuple[int, str, np.ndarray, bool]:
        """A pair, a query made from it, the teacher's vector for the query, and whether the pair answers it."""
        kind = self.random.random()
        if self.random.random() < EVERYDAY_SHARE:
            row = self.random.choice(self.everyday)
            return row, self._vary(self.pairs[row].title), self.titles[row], True
        row = self.random.randrange(len(self.pairs))
        pair = self.pairs[row]
        if kind < TITLE_SHARE or len(self.bags[row]) < 6:
            return row, self._dress(pair), self.titles[row], True
        if kind < TITLE_SHARE + KEYWORD_SHARE:
            return row, self.synonyms.replace(self._keywords(pair.text), self.random), self.texts[row], True
        passage = " ".join(pair.text.split()[:LONGEST_PASSAGE])
        return row, self._vary(passage), self.texts[row], False

    def _dress(self, pair: Pair) -> str:
        """A title as somebody would type it."""
        if _is_everyday(pair):
            return self._vary(pair.title)
        forms = TASKS if pair.source in ("debian", "gnome-help") else QUESTIONS
        title = pair.title[:1].lower() + pair.title[1:] if pair.title[1:2].islower() else pair.title
        return self._vary(self.random.choice(forms).format(title) if self.random.random() < 0.75 else pair.title)

    def _vary(self, text: str) -> str:
        """Sometimes lower case, no question mark, or a slip of the finger."""
        draw = self.random.random()
        if draw < 0.12:
            return text.lower()
        if draw < 0.24:
            return text.rstrip("?.")
        if draw < 0.28 and len(text) > 8:
            at = self.random.randrange(2, len(text) - 2)
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        return text

    def _keywords(self, text: str) -> str:
        """A few content words of the text, in order."""
        found = [word for word in re.findall(r"[A-Za-z0-9-]+", text) if words(word)]
        chosen = sorted(self.random.sample(range(len(found)), min(len(found), self.random.randint(2, 6))))
        return " ".join(found[i] for i in chosen).lower()

    def _group(self, row: int, query: str, vector: np.ndarray, answers: bool, near: list[int]) -> Group:
        """The right document if there is one, neighbours of the query's meaning, traps, and any others."""
        others = self.random.sample(near, 2 if answers else 4)
        others += [self._trap(query), self._trap(query), self._trap(self.pairs[row].text)]
        others += [self.random.randrange(len(self.pairs)) for _ in range(2 * DOCUMENTS)]
        title = self.pairs[row].title
        rows = [row] * answers + [other for other in others if self.pairs[other].title != title]
        documents, targets = [], []
        for other in list(dict.fromkeys(rows))[:DOCUMENTS]:
            text, meaning = self._document(other, RIGHT_TITLED if answers and other == row else WRONG_TITLED)
            documents.append(text)
            targets.append(float(meaning @ vector) + RIGHT_BONUS * (other == row))
        return Group(query, documents, targets)

    def _trap(self, text: str) -> int:
        """A document that shares a word of the text; every other time, of several, one that shares most."""
        wanted = sorted(set(words(text)).intersection(self.holders))
        if not wanted:
            return self.random.randrange(len(self.pairs))
        held = self.holders[self.random.choice(wanted)]
        candidates = self.random.sample(held, min(len(held), self.random.choice((1, TRAP_SAMPLE))))
        shared = set(wanted)
        return max(candidates, key=lambda row: len(shared.intersection(self.bags[row])))

    def _document(self, row: int, titled: float) -> tuple[str, np.ndarray]:
        """The text alone, after its title, or as a sentence about its title; with the teacher's vector for it."""
        pair, draw = self.pairs[row], self.random.random()
        text, meaning = pair.text, self.texts[row]
        if draw >= titled or _is_everyday(pair):
            return text, meaning
        both = self.titles[row] + self.texts[row]
        meaning = both / np.linalg.norm(both)
        if draw < titled / 2 or pair.source in ("debian", "gnome-help"):
            return f"{pair.title}: {text}", meaning
        name = pair.title[:1].upper() + pair.title[1:]
        return f"{name} is {text[:1].lower()}{text[1:]}", meaning


def _is_everyday(pair: Pair) -> bool:
    return pair.source in ("everyday", "conversation")
