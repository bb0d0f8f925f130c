"""First values of the weights: token meanings from the teacher, and attention wired to compare document with query.

Left to itself a model this small spends most of a short training on finding out that it should compare the two. So
the first layer is wired to mark the query's and the document's tokens, the middle layers to let each document token
look for its like in the query, and the last layer to average what they found. Training changes all of it.
"""

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from wordfreq import word_frequency

from model import Attention, Mlp, Reranker, Shape
from teacher import Teacher

MEANING = 224  # leading hidden dimensions hold token meanings; the following names are single dimensions
ANSWER, BROAD_MATCH, MATCH, MARK, IN_QUERY, IN_DOCUMENT, QUERY_MARK, DOCUMENT_MARK, CONSTANT = range(247, 256)
TYPICAL_NORM = 5.0  # length of the meaning of a rare word
RARITY = 1e-3  # a in the weight a / (a + p) of smooth inverse frequency (Arora et al. 2017)
PUNCTUATION = 0.05  # weight of tokens without a letter or digit
CONSTANT_VALUE, MARK_VALUE, TAG_VALUE = 3.0, 5.0, 4.0
ANSWER_VALUE = 0.4  # plus for yes, minus for no
# Standard deviation of all other weights times the square root of the width: small where a layer writes its result.
NOISE, QUIET = 0.15, 0.03
SLOW_PAIR = 12  # rotary pairs from here on turn by less than half a radian over 100 tokens
MATCH_GAIN, POOLED_GAIN, PRODUCT_GAIN = 0.4, 0.5, 0.6
NO_MATCH = 1.3  # what a word without a match gets, in units of the constant
MARKS = ("<Query", "<Document", ">:")


def build(shape: Shape, tokenizer: Tokenizer, teacher: Teacher) -> Reranker:
    """A model ready for training."""
    model = Reranker(shape, tokenizer.token_to_id("yes"), tokenizer.token_to_id("no"))
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() == 2:
                writes = name.endswith(("o_proj.weight", "down_proj.weight"))
                nn.init.normal_(weight, std=(QUIET if writes else NOISE) / weight.shape[1] ** 0.5)
        model.embed_tokens.weight.copy_(_embeddings(shape, tokenizer, teacher))
        first, *middle, last = [layer.self_attn for layer in model.layers]
        _tag(first)
        for attention, target, sharpness in zip(middle, (MATCH, BROAD_MATCH), (2.0, 1.4), strict=True):
            _match(attention, target, sharpness)
        _pool(last)
        _multiply(model.layers[-1].mlp)
    return model


def _embeddings(shape: Shape, tokenizer: Tokenizer, teacher: Teacher) -> Tensor:
    """[vocabulary, hidden] leading principal components of the teacher's vectors, long for rare words, and marks."""
    names = [tokenizer.decode([number], skip_special_tokens=False) for number in range(shape.vocab_size)]
    plain = [name.strip() or name for name in names]
    vectors = teacher.encode(plain).astype(np.float32)
    vectors -= vectors.mean(axis=0)
    axes = np.linalg.svd(vectors, full_matrices=False)[2]
    meaning = vectors @ axes[:MEANING].T
    meaning /= np.linalg.norm(meaning, axis=1, keepdims=True)
    frequency = np.array([word_frequency(name, "en") for name in plain])
    meaning *= TYPICAL_NORM * (RARITY / (RARITY + frequency))[:, None]
    frame = [*MARKS, "Ċ", "ĊĊ", "assistant", *(str(token) for token in tokenizer.get_added_tokens_decoder().values())]
    empty = [tokenizer.token_to_id(str(token)) for token in frame if tokenizer.token_to_id(str(token)) is not None]
    meaning[empty] = 0
    meaning[[not any(letter.isalnum() for letter in name) for name in names]] *= PUNCTUATION
    table = torch.randn(shape.vocab_size, shape.hidden_size) * 0.02
    table[:, :MEANING] += torch.from_numpy(meaning.astype(np.float32))
    table[:, CONSTANT] = CONSTANT_VALUE
    table[[tokenizer.token_to_id(mark) for mark in MARKS], MARK] = MARK_VALUE
    table[tokenizer.token_to_id("<Query"), QUERY_MARK] = MARK_VALUE
    table[tokenizer.token_to_id("<Document"), DOCUMENT_MARK] = MARK_VALUE
    yes, no = tokenizer.token_to_id("yes"), tokenizer.token_to_id("no")
    table[no] = table[yes]
    table[yes, ANSWER], table[no, ANSWER] = ANSWER_VALUE, -ANSWER_VALUE
    return table


def _slots(attention: Attention, head: int) -> list[int]:
    """Rows of a head's dimensions that hardly turn with distance, slowest first."""
    half = attention.shape.head_dim // 2
    start = head * attention.shape.head_dim
    return [start + side + pair for pair in reversed(range(SLOW_PAIR, half)) for side in (0, half)]


def _tag(attention: Attention) -> None:
    """Two heads look for "<Query" and "<Document"; whoever sees the mark comes after it and gets a tag."""
    heads, pairs, width = _sizes(attention)
    key, value = _slots(attention, pairs - 1), (pairs - 1) * width
    attention.k_proj.weight[key[2], CONSTANT] += 1
    for number, (mark, tag) in enumerate(((QUERY_MARK, IN_QUERY), (DOCUMENT_MARK, IN_DOCUMENT))):
        head = heads - 2 + number
        attention.k_proj.weight[key[number], mark] += 2
        attention.q_proj.weight[_slots(attention, head)[number], CONSTANT] += 2
        attention.v_proj.weight[value + number, mark] += 1
        # A mark token is about MARK_VALUE / 7 of its own length, and a normalised row is 16 long.
        attention.o_proj.weight[tag, head * width + number] += TAG_VALUE / (16 * MARK_VALUE / 7.7)
    attention.q_norm.weight.fill_(1.25)
    attention.k_norm.weight.fill_(1.25)


def _match(attention: Attention, target: int, sharpness: float) -> None:
    """A document token attends to query tokens of like meaning, else to a mark; the share on the query is the match."""
    heads, pairs, width = _sizes(attention)
    group = heads // pairs
    for head in range(heads):
        source = head // group
        ask, key = _slots(attention, head), _slots(attention, source)
        for order, (asking, answering) in enumerate(zip(ask[3:], key[3:], strict=True)):
            attention.q_proj.weight[asking, order * pairs + source] += 1
            if head % group == 0:
                attention.k_proj.weight[answering, order * pairs + source] += 1
        for slot, (feature, answer, question) in enumerate(
            ((IN_QUERY, 0.5, 0.7), (IN_DOCUMENT, 1.0, -1.0), (MARK, 0.6, 0.5))
        ):
            attention.q_proj.weight[ask[slot], CONSTANT] += question
            if head % group == 0:
                attention.k_proj.weight[key[slot], feature] += answer
        if head % group == 0:
            for feature, gain in ((IN_QUERY, 1.0), (IN_DOCUMENT, -1.0), (MARK, -TAG_VALUE / MARK_VALUE)):
                attention.v_proj.weight[source * width, feature] += gain
        attention.o_proj.weight[target, head * width] += 0.5 / heads
    attention.q_norm.weight.fill_(sharpness)
    attention.k_norm.weight.fill_(sharpness)


def _pool(attention: Attention) -> None:
    """The last token gathers the mean meaning of query and document, and the mean match of the document's tokens."""
    heads, pairs, width = _sizes(attention)
    group = heads // pairs
    for head in range(heads):
        source = head // group
        ask, key = _slots(attention, head), _slots(attention, source)
        of_query = head % group  # 0: the document, 1: the query
        if of_query == 0:
            attention.k_proj.weight[key[0], IN_DOCUMENT] += 1
            attention.k_proj.weight[key[1], IN_QUERY] += 1
            attention.k_proj.weight[key[1], IN_DOCUMENT] -= 1
            attention.k_proj.weight[key[2], CONSTANT] += 0.5
            attention.v_proj.weight[source * width, MATCH] += 1
            attention.v_proj.weight[source * width, BROAD_MATCH] += 1
            attention.v_proj.weight[source * width, CONSTANT] -= NO_MATCH
            attention.o_proj.weight[ANSWER, head * width] += MATCH_GAIN / pairs
        attention.q_proj.weight[ask[of_query], CONSTANT] += 2
        for order in range(1, width):
            component = order * pairs + source
            target = component if of_query == 0 else MEANING // 2 + component
            if component < MEANING // 2:
                attention.o_proj.weight[target, head * width + order] += POOLED_GAIN
                if of_query == 0:
                    attention.v_proj.weight[source * width + order, component] += 1
    attention.q_norm.weight.fill_(1.2)
    attention.k_norm.weight.fill_(1.2)


def _multiply(mlp: Mlp) -> None:
    """Dot product of the two means: silu(a) b + silu(-a) (-b) is exactly a b."""
    for component in range(MEANING // 2):
        for sign, neuron in ((1, 2 * component), (-1, 2 * component + 1)):
            mlp.gate_proj.weight[neuron, component] += sign
            mlp.up_proj.weight[neuron, MEANING // 2 + component] += sign
            mlp.down_proj.weight[ANSWER, neuron] += PRODUCT_GAIN


def _sizes(attention: Attention) -> tuple[int, int, int]:
    shape = attention.shape
    return shape.num_attention_heads, shape.num_key_value_heads, shape.head_dim
