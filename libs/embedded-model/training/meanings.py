"""Learns what each token means: the mean of a text's tokens is to point where the teacher's vector of the text points."""

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F
from wordfreq import word_frequency

from teacher import Teacher

COMPONENTS = 120  # as many as the model's last layer can gather of document and query; more would mean less
LENGTH_LIMIT = 5.7  # a token of length x counts x / sqrt(x^2 + limit^2), as it does after the RMSNorm of a tagged row
FIRST_LENGTH = 5.0  # of a rare word
RARITY = 1e-3  # a in the weight a / (a + p) of smooth inverse frequency (Arora et al. 2017)
RATE, BATCH, EPOCHS = 0.05, 2048, 4
LONGEST = 96  # tokens of a text that count
NEIGHBOURS, NEIGHBOUR_WEIGHT = 10, 1.0  # texts that are close to a text, and what their mean counts beside it


def learn(tokenizer: Tokenizer, texts: list[str], phrases: list[str], teacher: Teacher) -> Tensor:
    """texts are real ones, phrases made up. Returns the table of meanings, [vocabulary, COMPONENTS]."""
    names = _token_names(tokenizer)
    real = torch.from_numpy(teacher.encode(texts).astype(np.float32))
    others = torch.from_numpy(teacher.encode([*names, *phrases]).astype(np.float32))
    targets = _principal(torch.cat([_topical(others, real), _topical(real, real)]))
    texts = [*phrases, *texts]
    rarity = torch.tensor([RARITY / (RARITY + word_frequency(name, "en")) for name in names])
    first = FIRST_LENGTH * rarity[:, None] * targets[: len(names)]
    ids = [[number] for number in range(len(names))]
    ids += [encoding.ids[:LONGEST] for encoding in tokenizer.encode_batch_fast([f" {text}" for text in texts])]
    return _descend(first, [torch.tensor(one) for one in ids], targets)


def _token_names(tokenizer: Tokenizer) -> list[str]:
    """What each token stands for, without the space before it."""
    names = [tokenizer.decode([number], skip_special_tokens=False) for number in range(tokenizer.get_vocab_size())]
    return [name.strip() or name for name in names]


def mean(table: Tensor, ids: list[Tensor]) -> Tensor:
    """[texts, COMPONENTS] unit rows: the mean of each text's tokens, long ones limited."""
    limited = table * (table.square().sum(-1, keepdim=True) + LENGTH_LIMIT**2).rsqrt()
    starts = torch.tensor([0, *[len(one) for one in ids[:-1]]]).cumsum(0)
    sums = F.embedding_bag(torch.cat(ids).to(table.device), limited, starts.to(table.device), mode="sum")
    return F.normalize(sums, dim=-1)


def _topical(vectors: Tensor, real: Tensor) -> Tensor:
    """Moves each unit row towards the real texts around it, so that what is about the same field comes closer."""
    moved = []
    for some in vectors.split(BATCH):
        around = real[(some @ real.T).topk(NEIGHBOURS, dim=1).indices].mean(dim=1)
        moved.append(F.normalize(some + NEIGHBOUR_WEIGHT * F.normalize(around, dim=-1), dim=-1))
    return torch.cat(moved)


def _principal(vectors: Tensor) -> Tensor:
    """[n, 384] -> [n, COMPONENTS] unit rows: the leading principal components, strongest first."""
    centred = vectors - vectors.mean(dim=0)
    axes = torch.linalg.eigh(centred.T @ centred).eigenvectors.flip(1)
    return F.normalize(centred @ axes[:, :COMPONENTS], dim=-1)


def _descend(first: Tensor, ids: list[Tensor], targets: Tensor) -> Tensor:
    """The table whose means come closest to the targets, by cosine."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    table = first.to(device, copy=True).requires_grad_()
    optimizer = torch.optim.Adam([table], lr=RATE)
    batches = len(ids) // BATCH
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(0.02, 1 - step / (EPOCHS * batches)))
    for epoch in range(EPOCHS):
        total = 0.0
        for rows in torch.randperm(len(ids)).split(BATCH)[:batches]:
            loss = 1 - (mean(table, [ids[row] for row in rows]) * targets[rows].to(device)).sum(-1).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"meanings, epoch {epoch + 1}: 1 - cosine {total / batches:.4f}", flush=True)
    return table.detach().cpu()
