"""The training loop: packs groups into batches, listwise distillation plus calibrated yes/no, a fixed number of steps."""

import time

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

import prompt
from examples import Group, GroupMaker
from model import Batch, Reranker

GROUPS = 12  # in a batch
LAYER_RATE, EMBEDDING_RATE = 1e-3, 2e-4
WARM_UP = 40  # steps
DECAY_SHARE = 0.25  # of the steps
STEEPNESS = 18.0  # score per unit of cosine
NEUTRAL_COSINE = 0.45  # cosine that means P(yes) = 1/2
YES_NO_WEIGHT = 0.5  # of the yes/no loss, beside the listwise loss
SHORT, LONG = 36, 160  # most document tokens in an ordinary and in a long batch
LONG_EVERY = 8
REPORT_EVERY = 50
POOL = 32  # batches whose groups are drawn at once


def fit(model: Reranker, maker: GroupMaker, tokenizer: Tokenizer, steps: int) -> None:
    """Trains in place. Progress is printed every twenty steps."""
    device = next(model.parameters()).device
    tables = [model.embed_tokens.weight]
    layers = [weight for weight in model.parameters() if weight is not tables[0]]
    settings = [{"params": tables, "lr": EMBEDDING_RATE}, {"params": layers, "lr": LAYER_RATE}]
    optimizer = torch.optim.AdamW(settings, betas=(0.9, 0.98), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, steps))
    started, running = time.monotonic(), 0.0
    for step in range(1, steps + 1):
        if (step - 1) % POOL == 0:
            pool = maker.groups(POOL * GROUPS)
        groups = [pool.pop() for _ in range(GROUPS)]
        limit = LONG if step % LONG_EVERY == 0 else SHORT
        batch = pack(tokenizer, maker.instruction(), groups, limit).to(device)
        loss = objective(model(batch), torch.tensor([group.targets for group in groups], device=device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        running += loss.item()
        if step % REPORT_EVERY == 0:
            print(f"step {step}/{steps}  loss {running / REPORT_EVERY:.4f}  {time.monotonic() - started:.0f} s", flush=True)
            running = 0.0


def rate(step: int, steps: int) -> float:
    """Linear warm-up, a level stretch, and a linear fall over the last quarter."""
    return min(1.0, (step + 1) / WARM_UP, max(0.02, (steps - step) / (DECAY_SHARE * steps)))


def objective(scores: Tensor, cosines: Tensor) -> Tensor:
    """scores, cosines [groups, documents]. Order within a group from the softmax, level from the sigmoid."""
    wanted = STEEPNESS * (cosines - NEUTRAL_COSINE)
    order = F.kl_div(scores.log_softmax(-1), wanted.log_softmax(-1), log_target=True, reduction="batchmean")
    level = F.binary_cross_entropy_with_logits(scores, wanted.sigmoid())
    return order + YES_NO_WEIGHT * level


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
