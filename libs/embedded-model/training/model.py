"""Qwen3 for training on many short pairs: one head, some queries, several documents for each query, nothing twice.

All tokens of a batch lie in one packed array [rows, hidden]; a document attends to the head, to its query and to
itself. The arithmetic is that of transformers' Qwen3ForCausalLM, and evaluate.py checks that both agree.
"""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

MASKED = -1e9


@dataclass(frozen=True)
class Shape:
    """The sizes of the model, in the names of Qwen3's config.json."""

    vocab_size: int
    hidden_size: int = 256
    num_hidden_layers: int = 4
    num_attention_heads: int = 4
    num_key_value_heads: int = 2
    head_dim: int = 64
    intermediate_size: int = 640
    max_position_embeddings: int = 2048
    rope_theta: float = 1_000_000.0
    rms_norm_eps: float = 1e-6

    def as_dict(self) -> dict:
        """For config.json."""
        return asdict(self)


@dataclass(frozen=True)
class Batch:
    """Row numbers of a packed batch; -1 marks padding."""

    ids: Tensor  # [rows] token ids: head, then queries, then documents
    positions: Tensor  # [rows]
    head: Tensor  # [head]
    queries: Tensor  # [groups, longest query]
    documents: Tensor  # [groups, documents, longest document], suffix included
    last: Tensor  # [groups, documents] the row of each document's final suffix token

    def to(self, device: torch.device) -> "Batch":
        """The same batch on another device."""
        return Batch(**{name: tensor.to(device) for name, tensor in vars(self).items()})


class RmsNorm(nn.Module):
    """Root mean square normalisation with a learned weight."""

    def __init__(self, size: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.weight.shape, self.weight, self.epsilon)


class Attention(nn.Module):
    """Grouped-query attention over the segments of a batch."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        query, pair = (n * shape.head_dim for n in (shape.num_attention_heads, shape.num_key_value_heads))
        self.q_proj = nn.Linear(shape.hidden_size, query, bias=False)
        self.k_proj = nn.Linear(shape.hidden_size, pair, bias=False)
        self.v_proj = nn.Linear(shape.hidden_size, pair, bias=False)
        self.o_proj = nn.Linear(query, shape.hidden_size, bias=False)
        self.q_norm = RmsNorm(shape.head_dim, shape.rms_norm_eps)
        self.k_norm = RmsNorm(shape.head_dim, shape.rms_norm_eps)

    def forward(self, x: Tensor, batch: Batch, rotary: tuple[Tensor, Tensor], only_last: bool) -> Tensor:
        """[rows, hidden] -> the same, or [groups * documents, hidden] when only the last tokens are wanted."""
        d = self.shape.head_dim
        asking = batch.last.flatten() if only_last else None
        q = self.q_norm(self.q_proj(x if asking is None else x[asking]).unflatten(-1, (-1, d)))
        k = self.k_norm(self.k_proj(x).unflatten(-1, (-1, d)))
        v = self.v_proj(x).unflatten(-1, (-1, d))
        q, k = rotate(q, rotary, asking), rotate(k, rotary, None)
        if only_last:
            q = q.view(*batch.last.shape, 1, *q.shape[1:])
            return self.o_proj(self._documents(q, k, v, batch, only_last).flatten(0, 2).flatten(1))
        parts = [self._head(q, k, v, batch), self._queries(q, k, v, batch)]
        mixed = self._documents(take(q, batch.documents), k, v, batch, only_last)
        parts.append(mixed[batch.documents >= 0])
        return self.o_proj(torch.cat(parts).flatten(1))

    def _head(self, q: Tensor, k: Tensor, v: Tensor, batch: Batch) -> Tensor:
        rows = batch.head
        weights = self._softmax([self._dot("thd,shd->hts", q[rows], k[rows]) + causal(len(rows), q)])[0]
        return self._mix("hts,shd->thd", weights, v[rows])

    def _queries(self, q: Tensor, k: Tensor, v: Tensor, batch: Batch) -> Tensor:
        rows = batch.queries
        own = take(k, rows)
        scores = [
            self._dot("gthd,shd->ghts", take(q, rows), k[batch.head]),
            self._dot("gthd,gshd->ghts", take(q, rows), own) + causal(rows.shape[1], q),
        ]
        to_head, to_own = self._softmax(scores)
        mixed = self._mix("ghts,shd->gthd", to_head, v[batch.head])
        mixed = mixed + self._mix("ghts,gshd->gthd", to_own, take(v, rows))
        return mixed[rows >= 0]

    def _documents(self, q: Tensor, k: Tensor, v: Tensor, batch: Batch, only_last: bool) -> Tensor:
        """q [groups, documents, tokens, heads, head_dim] -> the same shape."""
        rows = batch.documents
        absent = (batch.queries < 0)[:, None, None, None, :] * MASKED
        order = ((rows < 0) * MASKED)[:, :, None, None, :] if only_last else causal(rows.shape[2], q)
        scores = [
            self._dot("gnthd,shd->gnhts", q, k[batch.head]),
            self._dot("gnthd,gshd->gnhts", q, take(k, batch.queries)) + absent,
            self._dot("gnthd,gnshd->gnhts", q, take(k, rows)) + order,
        ]
        to_head, to_query, to_own = self._softmax(scores)
        mixed = self._mix("gnhts,shd->gnthd", to_head, v[batch.head])
        mixed = mixed + self._mix("gnhts,gshd->gnthd", to_query, take(v, batch.queries))
        return mixed + self._mix("gnhts,gnshd->gnthd", to_own, take(v, rows))

    def _dot(self, equation: str, q: Tensor, k: Tensor) -> Tensor:
        return torch.einsum(equation, q, self._spread(k)) * self.shape.head_dim**-0.5

    def _mix(self, equation: str, weights: Tensor, v: Tensor) -> Tensor:
        return torch.einsum(equation, weights, self._spread(v))

    def _spread(self, x: Tensor) -> Tensor:
        """Each key-value head serves the same number of query heads, in order."""
        return x.repeat_interleave(self.shape.num_attention_heads // self.shape.num_key_value_heads, dim=-2)

    @staticmethod
    def _softmax(scores: list[Tensor]) -> list[Tensor]:
        weights = torch.softmax(torch.cat(scores, dim=-1), dim=-1)
        return list(weights.split([part.shape[-1] for part in scores], dim=-1))


class Mlp(nn.Module):
    """SwiGLU."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(shape.hidden_size, shape.intermediate_size, bias=False)
        self.up_proj = nn.Linear(shape.hidden_size, shape.intermediate_size, bias=False)
        self.down_proj = nn.Linear(shape.intermediate_size, shape.hidden_size, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    """Pre-norm decoder layer."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.input_layernorm = RmsNorm(shape.hidden_size, shape.rms_norm_eps)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = RmsNorm(shape.hidden_size, shape.rms_norm_eps)
        self.mlp = Mlp(shape)

    def forward(self, x: Tensor, batch: Batch, rotary: tuple[Tensor, Tensor], only_last: bool) -> Tensor:
        mixed = self.self_attn(self.input_layernorm(x), batch, rotary, only_last)
        x = (x[batch.last.flatten()] if only_last else x) + mixed
        return x + self.mlp(self.post_attention_layernorm(x))


class Reranker(nn.Module):
    """Embeddings, layers, final norm; the score is the difference of two rows of the tied head."""

    def __init__(self, shape: Shape, yes: int, no: int) -> None:
        super().__init__()
        self.shape, self.yes, self.no = shape, yes, no
        self.embed_tokens = nn.Embedding(shape.vocab_size, shape.hidden_size)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.num_hidden_layers))
        self.norm = RmsNorm(shape.hidden_size, shape.rms_norm_eps)

    def forward(self, batch: Batch) -> Tensor:
        """[groups, documents] logit(yes) - logit(no)."""
        x = self.embed_tokens(batch.ids)
        rotary = rotary_tables(batch.positions, self.shape)
        for number, layer in enumerate(self.layers, start=1):
            x = layer(x, batch, rotary, only_last=number == len(self.layers))
        direction = self.embed_tokens.weight[self.yes] - self.embed_tokens.weight[self.no]
        return (self.norm(x) @ direction).view(batch.last.shape)


def take(x: Tensor, rows: Tensor) -> Tensor:
    """Rows of x in the layout of `rows`; padding reads row 0 and is masked or dropped by the caller."""
    return x[rows.clamp(min=0)]


def causal(length: int, like: Tensor) -> Tensor:
    """[length, length] zero on and below the diagonal."""
    return torch.full((length, length), MASKED, device=like.device, dtype=like.dtype).triu(1)


def rotary_tables(positions: Tensor, shape: Shape) -> tuple[Tensor, Tensor]:
    """cos and sin, [rows, 1, head_dim]."""
    steps = torch.arange(0, shape.head_dim, 2, device=positions.device, dtype=torch.float32)
    angles = positions[:, None].float() * shape.rope_theta ** (-steps / shape.head_dim)
    angles = torch.cat([angles, angles], dim=-1)[:, None, :]
    return angles.cos(), angles.sin()


def rotate(x: Tensor, rotary: tuple[Tensor, Tensor], rows: Tensor | None) -> Tensor:
    """Half-split rotation of x [rows, heads, head_dim]."""
    cos, sin = rotary if rows is None else (rotary[0][rows], rotary[1][rows])
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-second, first], dim=-1) * sin
