"""Fits the seven gains that weigh shared meaning against matching words and turn the sum into a calibrated score."""

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from batches import pack
from examples import GroupMaker
from meanings import COMPONENTS
from model import Reranker
from wiring import ANSWER, ANSWER_VALUE, LAST, QUERY_MEAN

BATCHES, GROUPS = 50, 12
LONGEST = 96  # document tokens
STEPS, RATE = 1_500, 0.03
STEEPNESS = 18.0  # score per unit of the teacher's cosine
NEUTRAL_COSINE = 0.45  # cosine that means P(yes) = 1/2
YES_NO_WEIGHT = 0.5  # of the yes/no loss, beside the listwise loss


def fit(model: Reranker, maker: GroupMaker, tokenizer: Tokenizer) -> None:
    """Sets the gains in place."""
    residual, mixed, cosines = _observe(model, maker, tokenizer)
    gains = Gains(model)
    optimizer = torch.optim.Adam(gains.parameters(), lr=RATE)
    for step in range(1, STEPS + 1):
        loss = objective(gains(residual, mixed).view(cosines.shape), cosines)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if step % 500 == 0:
            values = "  ".join(f"{name} {value.item():.3f}" for name, value in gains.named_parameters())
            print(f"gains, step {step}: loss {loss.item():.4f}  {values}", flush=True)
    gains.write(model, tokenizer.token_to_id(LAST))


class Gains(nn.Module):
    """What follows the last layer's attention, as a function of the gains."""

    def __init__(self, model: Reranker) -> None:
        super().__init__()
        output = model.layers[-1].self_attn.o_proj.weight.detach()
        self.patterns = [torch.zeros_like(output) for _ in range(4)]
        self.patterns[0][:QUERY_MEAN] = output[:QUERY_MEAN]
        self.patterns[1][QUERY_MEAN : QUERY_MEAN + COMPONENTS] = output[QUERY_MEAN : QUERY_MEAN + COMPONENTS]
        for pattern, column in zip(self.patterns[2:], output[ANSWER].nonzero()[:, 0].tolist(), strict=True):
            pattern[ANSWER, column] = 1
        # Document and query apart: a query's mean is longer, and only means of equal length make the product a cosine.
        self.document, self.query, self.match, self.broad, self.product, self.bias, self.scale = (
            nn.Parameter(torch.tensor(value)) for value in (0.5, 0.5, 0.2, 0.2, 0.5, -1.0, 3.0)
        )

    def forward(self, residual: Tensor, mixed: Tensor) -> Tensor:
        """residual [n, hidden], mixed [n, heads * head_dim] before o_proj -> [n] logit(yes) - logit(no)."""
        answer = F.one_hot(torch.tensor(ANSWER), residual.shape[1]).float()
        x = residual + mixed @ self._output().T + self.bias * answer
        h = F.rms_norm(x, x.shape[-1:], eps=1e-6)
        product = (h[:, :COMPONENTS] * h[:, QUERY_MEAN : QUERY_MEAN + COMPONENTS]).sum(-1, keepdim=True)
        x = x + self.product * product * answer
        return 2 * ANSWER_VALUE * self.scale * F.rms_norm(x, x.shape[-1:], eps=1e-6)[:, ANSWER]

    @torch.no_grad()
    def write(self, model: Reranker, last: int) -> None:
        """Into the weights of the model; `last` is the id of the prompt's last token."""
        layer = model.layers[-1]
        layer.self_attn.o_proj.weight.copy_(self._output())
        layer.mlp.down_proj.weight.mul_(self.product)
        model.embed_tokens.weight[last, ANSWER] = self.bias
        model.norm.weight[ANSWER] = self.scale

    def _output(self) -> Tensor:
        gains = (self.document, self.query, self.match, self.broad)
        return sum(gain * pattern for gain, pattern in zip(gains, self.patterns, strict=True))


def objective(scores: Tensor, cosines: Tensor) -> Tensor:
    """scores, cosines [groups, documents]. Order within a group from the softmax, level from the sigmoid."""
    wanted = STEEPNESS * (cosines - NEUTRAL_COSINE)
    order = F.kl_div(scores.log_softmax(-1), wanted.log_softmax(-1), log_target=True, reduction="batchmean")
    level = F.binary_cross_entropy_with_logits(scores, wanted.sigmoid())
    return order + YES_NO_WEIGHT * level


@torch.no_grad()
def _observe(model: Reranker, maker: GroupMaker, tokenizer: Tokenizer) -> tuple[Tensor, Tensor, Tensor]:
    """Of many groups: the last token before the last layer, what its attention gathers, the teacher's cosines."""
    residual, mixed, cosines = [], [], []
    layer = model.layers[-1]
    hooks = [
        layer.register_forward_pre_hook(lambda _, args: residual.append(args[0][args[1].last.flatten()])),
        layer.self_attn.o_proj.register_forward_pre_hook(lambda _, args: mixed.append(args[0])),
    ]
    groups = maker.groups(BATCHES * GROUPS)
    for first in range(0, len(groups), GROUPS):
        some = groups[first : first + GROUPS]
        model(pack(tokenizer, maker.instruction(), some, LONGEST))
        cosines += [group.targets for group in some]
    for hook in hooks:
        hook.remove()
    return torch.cat(residual), torch.cat(mixed), torch.tensor(cosines)
