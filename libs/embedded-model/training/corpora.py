"""Reads the raw material into (title, text) pairs: term and definition, package and description, question and answer."""

import json
import random
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import yaml
from wordfreq import zipf_frequency

import sources

MALLARD = "{http://projectmallard.org/1.0/}"
RARE_WORD = 2.2  # zipf frequency; below it a headword is archaic or a technical rarity
LONGEST_TEXT = 320  # characters
# Most pairs of a large source. The vocabulary wants no kind of text to outweigh the others; meanings want much text.
VOCABULARY_SHARE = {"gcide": 7_000, "debian": 3_500, "foldoc": 4_000}
MEANING_SHARE = {"gcide": 10_000, "debian": 9_000, "foldoc": 6_000}


@dataclass(frozen=True)
class Pair:
    """A short title and a text that explains, answers or describes it."""

    title: str
    text: str
    source: str


def read_pairs(work: Path, root: Path) -> list[Pair]:
    """All pairs, in a fixed order and without duplicates."""
    readers = [
        everyday("everyday.jsonl"),
        conversations(),
        foldoc(sources.dictionary(root, "foldoc")),
        jargon(sources.dictionary(root, "jargon")),
        gcide(sources.dictionary(root, "gcide")),
        desktop_help(root),
        packages(sources.package_descriptions(work)),
    ]
    seen: set[tuple[str, str]] = set()
    pairs = []
    for pair in (pair for reader in readers for pair in reader):
        key = (pair.title.lower(), pair.text.lower())
        if key not in seen and 15 <= len(pair.text) and 2 <= len(pair.title) <= 120:
            seen.add(key)
            pairs.append(pair)
    return pairs


def balance(pairs: list[Pair], share: dict[str, int]) -> list[Pair]:
    """Thins out the sources with a share, in a repeatable shuffled order."""
    order = random.Random(7).sample(pairs, len(pairs))
    counts: Counter[str] = Counter()
    kept = []
    for pair in order:
        counts[pair.source] += 1
        if counts[pair.source] <= share.get(pair.source, len(pairs)):
            kept.append(pair)
    return kept


def everyday(name: str) -> list[Pair]:
    """Questions and answers written for this project."""
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [Pair(row["question"], row["answer"], "everyday") for row in rows]


def conversations() -> list[Pair]:
    """First question and first answer of every conversation whose answer is a sentence."""
    pairs = []
    for path in sources.conversations():
        for turns in yaml.safe_load(path.read_text(encoding="utf-8"))["conversations"]:
            if len(turns) > 1 and len(str(turns[1]).split()) > 3:
                pairs.append(Pair(tidy(str(turns[0])), shorten(str(turns[1])), "conversation"))
    return pairs


def foldoc(text: str) -> list[Pair]:
    """Entries start in column 0; the definition is the first indented paragraph with a sentence in it."""
    pairs = []
    for entry in re.split(r"\n(?=\S)", text):
        title, _, body = entry.partition("\n")
        if "{" in title:
            continue
        for paragraph in body.split("\n\n"):
            clean = re.sub(r"<[^>]*>|/[^/ ]+/|\([^)]*\d{4}-\d\d-\d\d\)|[{}]", "", paragraph)
            clean = re.sub(r"^\s*\d+\.", "", clean)
            if len(clean.split()) > 5 and "Dictionary" not in title:
                pairs.append(Pair(tidy(title), shorten(clean), "foldoc"))
                break
    return pairs


def jargon(text: str) -> list[Pair]:
    """Like FOLDOC, with grammar marks and sense numbers before the definition."""
    pairs = []
    for entry in re.split(r"\n(?=\S)", text):
        title, _, body = entry.partition("\n")
        clean = re.sub(r"^\s*(/.*?/,?\s*)?((n|vi?|vt|adj|adv)\.,?\s*)*(\d\.)?\s*(\[[^\]]*\])?", "", body, count=1)
        clean = clean.replace("{", "").replace("}", "")
        if len(clean.split()) > 6 and not title.startswith("00-"):
            pairs.append(Pair(tidy(title), shorten(clean), "jargon"))
    return pairs


def gcide(text: str) -> list[Pair]:
    """Senses of headwords in use today. Entries that borrow from WordNet are left out: WordNet judges the model."""
    pairs = []
    for entry in re.split(r"\n(?=[A-Za-z][^\n\\]{1,40} \\)", text):
        title = tidy(entry.split("\\", 1)[0])
        if "WordNet" in entry or zipf_frequency(title, "en") < RARE_WORD:
            continue
        for sense in re.findall(r"\n   (?:\d+\. |(?=[A-Z]))(.+?)(?=\n\s*\n|\n\s+\[)", entry, re.S)[:4]:
            definition = re.sub(r"\[[^\]]*\]|\([A-Z][a-z. &]*\)|--\s*[A-Z].*$|[{}]", "", sense, flags=re.S)
            if len(definition.split()) > 4 and not re.match(r"\s*(See|Same as|Syn|Note|Of|pl)\b", definition):
                pairs.append(Pair(title.lower(), shorten(definition), "gcide"))
    return pairs


def desktop_help(root: Path) -> list[Pair]:
    """GNOME help pages: the page's title and its summary or first paragraph."""
    pairs = []
    for path in sorted((root / "usr/share/help/C").rglob("*.page")):
        page = ElementTree.parse(path).getroot()
        title = " ".join("".join(element.itertext()) for element in page.findall(f"{MALLARD}title")[:1])
        summaries = page.findall(f"{MALLARD}info/{MALLARD}desc") + page.findall(f"{MALLARD}p")[:2]
        for element in summaries:
            pairs.append(Pair(tidy(title), shorten("".join(element.itertext())), "gnome-help"))
    return [pair for pair in pairs if len(pair.text.split()) > 4]


def packages(text: str) -> list[Pair]:
    """Debian packages: one-line summary and the first paragraph, one package for each summary."""
    pairs: dict[str, Pair] = {}
    for stanza in text.split("\n\n"):
        found = re.search(r"Description-en: (.+)\n((?: [^.\n].*\n?)+)", stanza)
        if found and not re.search(r"^Package: \S+-(dev|dbg|doc|data|common)\n", stanza):
            summary = tidy(re.sub(r"\s*[-(\[].*$", "", found[1]))
            if len(summary.split()) > 2:
                pairs.setdefault(summary.lower(), Pair(summary, shorten(found[2]), "debian"))
    return list(pairs.values())


def tidy(text: str) -> str:
    """One line, single spaces."""
    return re.sub(r"\s+", " ", text).strip()


def shorten(text: str) -> str:
    """The leading sentences that fit, at least one; a very long first sentence is cut at a word."""
    sentences = re.split(r"(?<=[.!?]) (?=[A-Z])", tidy(text))
    kept = sentences[0]
    for sentence in sentences[1:]:
        if len(kept) + len(sentence) + 1 > LONGEST_TEXT // 2:
            break
        kept = f"{kept} {sentence}"
    return kept if len(kept) <= LONGEST_TEXT else kept[:LONGEST_TEXT].rsplit(" ", 1)[0]
