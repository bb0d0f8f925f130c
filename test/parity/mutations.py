"""The mistakes a reimplementation of Qwen3 can make, each applied to the model of transformers itself.

A golden score is worth something only if these move it; mutation_table.py measures by how much.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest import mock

import torch
from torch import nn
from transformers import PreTrainedModel
from transformers.models.qwen3 import modeling_qwen3

LF, TWO_LF = 198, 271  # token ids of "\n" and "\n\n"
Parts = list[list[int]]  # ids of [prefix, head, query, document, suffix]


@dataclass(frozen=True)
class Mutation:
    """What is wrong: the model, the token ids or the further inputs of the forward pass."""

    model: Callable[[PreTrainedModel], None] | None = None
    parts: Callable[[Parts], Parts] | None = None
    inputs: Callable[[Parts], dict[str, torch.Tensor]] | None = None
    function: tuple[str, Callable] | None = None
    applies: Callable[[dict], bool] = lambda config: True


def interleaved_rope(q, k, cos, sin, unsqueeze_dim=1):
    """Rotates the pairs (2i, 2i + 1) instead of (i, i + half); q and k are [batch, heads, tokens, head_dim]."""
    half = cos.shape[-1] // 2
    cos, sin = (x[..., :half].repeat_interleave(2, dim=-1).unsqueeze(unsqueeze_dim) for x in (cos, sin))

    def rotate(x: torch.Tensor) -> torch.Tensor:
        return torch.stack((-x[..., 1::2], x[..., 0::2]), dim=-1).flatten(-2)

    return q * cos + rotate(q) * sin, k * cos + rotate(k) * sin


def repeat_kv_cyclic(states: torch.Tensor, repeats: int) -> torch.Tensor:
    """Head h reads kv head h % kv_heads instead of h // group; [batch, kv_heads, tokens, head_dim]."""
    return states.repeat(1, repeats, 1, 1)


def positions_restarted(parts: Parts) -> dict[str, torch.Tensor]:
    before, after = sum(map(len, parts[:3])), sum(map(len, parts[3:]))
    return {"position_ids": torch.cat((torch.arange(before), torch.arange(after)))[None]}


def all_visible(parts: Parts) -> dict[str, torch.Tensor]:
    tokens = sum(map(len, parts))
    return {"attention_mask": torch.zeros(1, 1, tokens, tokens)}  # an additive mask is used as it is


def for_each_attention(change: Callable[[nn.Module], None]) -> Callable[[PreTrainedModel], None]:
    def apply(model: PreTrainedModel) -> None:
        for layer in model.model.layers:
            change(layer.self_attn)

    return apply


def drop_norms(attention: nn.Module) -> None:
    attention.q_norm = attention.k_norm = nn.Identity()


def swap_norms(attention: nn.Module) -> None:
    attention.q_norm, attention.k_norm = attention.k_norm, attention.q_norm


def scale_from_hidden(attention: nn.Module) -> None:
    config = attention.config
    attention.scaling = (config.hidden_size / config.num_attention_heads) ** -0.5


def wrong_eps(model: PreTrainedModel) -> None:
    for module in model.modules():
        if isinstance(module, modeling_qwen3.Qwen3RMSNorm):
            module.variance_epsilon = 1e-3 if module.variance_epsilon < 1e-4 else 1e-6


def gelu(model: PreTrainedModel) -> None:
    for layer in model.model.layers:
        layer.mlp.act_fn = nn.GELU()


def last_lf_halved(parts: Parts) -> Parts:
    """The prompt ends with one LF: what a Jinja template makes of the two."""
    assert parts[4][-1] == TWO_LF
    return [*parts[:4], [*parts[4][:-1], LF]]


def assistant_lf_dropped(parts: Parts) -> Parts:
    assert parts[4][4] == LF
    return [*parts[:4], parts[4][:4] + parts[4][5:]]


def user_lf_dropped(parts: Parts) -> Parts:
    assert parts[0][-1] == LF
    return [parts[0][:-1], *parts[1:]]


def document_cut(parts: Parts) -> Parts:
    # An empty document still has the token of its leading space, and that one may go too.
    return [*parts[:3], parts[3][:-1], parts[4]]


MUTATIONS: dict[str, Mutation] = {
    "interleaved RoPE": Mutation(function=("apply_rotary_pos_emb", interleaved_rope)),
    "positions restarted at the document": Mutation(inputs=positions_restarted),
    "no causal mask": Mutation(inputs=all_visible),
    "no q/k norm": Mutation(model=for_each_attention(drop_norms)),
    "q and k norm swapped": Mutation(model=for_each_attention(swap_norms)),
    "wrong GQA map": Mutation(
        function=("repeat_kv", repeat_kv_cyclic), applies=lambda config: config["num_key_value_heads"] > 1
    ),
    "scale from hidden/heads": Mutation(
        model=for_each_attention(scale_from_hidden),
        applies=lambda config: config["head_dim"] * config["num_attention_heads"] != config["hidden_size"],
    ),
    "wrong eps": Mutation(model=wrong_eps),
    "GELU for SiLU": Mutation(model=gelu),
    "last LF missing": Mutation(parts=last_lf_halved),
    "LF after assistant missing": Mutation(parts=assistant_lf_dropped),
    "LF after user missing": Mutation(parts=user_lf_dropped),
    "last document token dropped": Mutation(parts=document_cut),
}


@contextmanager
def mutated(model: PreTrainedModel, mutation: Mutation) -> Iterator[PreTrainedModel]:
    """The model with the mutation in force; the original is left as it was."""
    copied = copy.deepcopy(model) if mutation.model else model
    if mutation.model:
        mutation.model(copied)
    if mutation.function is None:
        yield copied
        return
    name, replacement = mutation.function
    with mock.patch.object(modeling_qwen3, name, replacement):
        yield copied
