"""What the sets of clients have in common.

A client is a function of an Asked. It returns (index, score) pairs, best first, or (index, score, document) triples where
the client can ask for documents.
"""

from dataclasses import dataclass, field

RESULTS = {"list": "results"}
OBJECTS = {"list": "results", "document": "object"}
ARRAY = {"list": "array"}
RANKINGS = {"list": "rankings"}
USAGE = ["model", "usage.total_tokens"]

BLANK_QUERY = {"query": "   "}
# TEI takes a blank query beside a text.
NOTHING_AT_ALL = {"query": "", "documents": [""]}

CLIENTS = []


@dataclass
class Asked:
    url: str
    key: str
    query: str
    documents: list = field(default_factory=list)
    top_n: int | None = None


@dataclass
class Entry:
    name: str
    package: str
    reads: dict
    rank: object
    # It answers without a word when it was refused: the documents as they were, or none.
    hides_refusals: bool = False
    # What of an Asked to change for a 400.
    wrong: dict = field(default_factory=lambda: BLANK_QUERY)


def client(name, package, reads, hides_refusals=False):
    def add(rank):
        CLIENTS.append(Entry(name, package, reads, rank, hides_refusals))
        return rank

    return add
