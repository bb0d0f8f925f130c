"""Packs groups of one query and several documents into the batches of model.py."""

import torch
from tokenizers import Tokenizer

import prompt
from examples import Group
from model import Batch


def pack(tokenizer: Tokenizer, instruction: str, groups: list[Group], longest: int) -> Batch:
    """Tokenises head, queries and documents apart, which gives the ids of the whole prompt."""
    head = tokenizer.encode(prompt.head(instruction)).ids
    queries = _encode(tokenizer, [prompt.query_part(group.query) for group in groups])
    documents = _encode(tokenizer, [f" {text}" for group in groups for text in group.documents])
    suffix = tokenizer.encode(prompt.SUFFIX).ids
    documents = [ids[:longest] + suffix for ids in documents]
    each = len(groups[0].documents)
    starts = [len(head)] * len(queries) + [len(head) + len(queries[i // each]) for i in range(len(documents))]
    segments = [head, *queries, *documents]
    positions = [range(start, start + len(ids)) for start, ids in zip([0, *starts], segments, strict=True)]
    firsts = [0]
    for ids in segments:
        firsts.append(firsts[-1] + len(ids))
    rows = [torch.arange(first, end) for first, end in zip(firsts, firsts[1:], strict=False)]
    padded = torch.nn.utils.rnn.pad_sequence
    return Batch(
        ids=torch.tensor([number for ids in segments for number in ids]),
        positions=torch.tensor([place for span in positions for place in span]),
        head=rows[0],
        queries=padded(rows[1 : 1 + len(queries)], batch_first=True, padding_value=-1),
        documents=padded(rows[1 + len(queries) :], batch_first=True, padding_value=-1).unflatten(0, (-1, each)),
        last=torch.tensor([end - 1 for end in firsts[2 + len(queries) :]]).view(-1, each),
    )


def _encode(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    return [encoding.ids for encoding in tokenizer.encode_batch_fast(texts)]
