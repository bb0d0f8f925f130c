"""Made-up phrases of common words: where the corpora are silent, they ask the teacher what words mean together."""

import random

from wordfreq import top_n_list, zipf_frequency

WORDS = 16_000  # most frequent ones
RAREST = 2.5  # zipf frequency that is drawn hardly ever
REQUESTS = [
    "How do I {}?", "how to {}", "how can I {}", "best way to {}", "what is {}?", "what are {}", "why is {}?",
    "why does {}", "when should I {}?", "where can I find {}", "who is {}", "is it good to {}", "can I {}?",
    "should I {}", "cheap {}", "best {}", "good {} for beginners", "{} near me", "{} at home", "tips for {}",
    "help with {}", "learn {}", "difference between {}", "what helps with {}?", "my {}", "the {}", "symptoms of {}",
    "What do I need for {}?", "How long does {} take?", "How much {} do I need?", "what happens when {}",
]  # fmt: skip


def draw(count: int, seed: int) -> list[str]:
    """Two to four words that need not have anything to do with each other; every third phrase is put as a request."""
    chance = random.Random(seed)
    words = [word for word in top_n_list("en", WORDS) if word.isalpha() and len(word) > 1]
    weights = [max(0.01, zipf_frequency(word, "en") - RAREST) for word in words]
    phrases = [" ".join(_words(chance, words, weights)) for _ in range(count)]
    return [_start(_ask(phrase, chance) if i % 3 == 0 else phrase, chance) for i, phrase in enumerate(phrases)]


def _words(chance: random.Random, words: list[str], weights: list[float]) -> list[str]:
    return chance.choices(words, weights, k=chance.randint(2, 4))


def _ask(phrase: str, chance: random.Random) -> str:
    return chance.choice(REQUESTS).format(phrase)


def _start(text: str, chance: random.Random) -> str:
    """Every other phrase begins with a capital, as sentences do."""
    return text[:1].upper() + text[1:] if chance.random() < 0.5 else text
