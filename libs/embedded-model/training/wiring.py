"""Wires attention to compare document with query: all weights but the token meanings and seven gains are set here.

Left to itself a model this small spends a short training on finding out that it should compare the two, and learns
shared words instead of meanings. So the first layer marks the query's and the document's tokens, the middle layers let
each document token look for its like in the query, and the last layer averages both and multiplies the two means.
"""

import torch
from tokenizers import Tokenizer
from torch import Tensor

from meanings import COMPONENTS
from model import Attention, Mlp, Reranker, Shape

# Leading hidden dimensions hold a token's meaning, and at the last token the document's mean; then the query's mean.
QUERY_MEAN = COMPONENTS
FRAME, ANSWER, BROAD_MATCH, MATCH, MARK, IN_QUERY, IN_DOCUMENT, QUERY_MARK, DOCUMENT_MARK, CONSTANT = range(246, 256)
CONSTANT_VALUE, FRAME_VALUE, MARK_VALUE, TAG_VALUE = 3.0, 5.0, 5.0, 4.0
MARK_LENGTH = (CONSTANT_VALUE**2 + FRAME_VALUE**2 + 2 * MARK_VALUE**2) ** 0.5
ANSWER_VALUE = 0.4  # plus for yes, minus for no
SLOW_PAIR = 12  # rotary pairs from here on turn by less than half a radian over 100 tokens
SHARP, BROAD = 2.0, 1.4  # weights of the query and key norms that look for the same word and for words like it
MARKS = ("<Query", "<Document", ">:")
LAST = "ĊĊ"  # the last token of the prompt


def build(shape: Shape, tokenizer: Tokenizer, meanings: Tensor) -> Reranker:
    """A model of these meanings [vocabulary, COMPONENTS], in which all gains are 1 and nothing is learned."""
    model = Reranker(shape, tokenizer.token_to_id("yes"), tokenizer.token_to_id("no"))
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() == 2:
                weight.zero_()
        model.embed_tokens.weight.copy_(_embeddings(shape, tokenizer, meanings))
        first, *middle, last = [layer.self_attn for layer in model.layers]
        _tag(first)
        for attention, target, sharpness in zip(middle, (MATCH, BROAD_MATCH), (SHARP, BROAD), strict=True):
            _match(attention, target, sharpness)
        _pool(last)
        _multiply(model.layers[-1].mlp)
    return model


def frame(tokenizer: Tokenizer) -> list[int]:
    """Ids of the tokens that belong to the prompt and not to its texts."""
    added = [str(token) for token in tokenizer.get_added_tokens_decoder().values()]
    ids = [tokenizer.token_to_id(token) for token in (*MARKS, "Ċ", LAST, "assistant", *added)]
    return [number for number in ids if number is not None]


def _embeddings(shape: Shape, tokenizer: Tokenizer, meanings: Tensor) -> Tensor:
    """[vocabulary, hidden]"""
    table = torch.zeros(shape.vocab_size, shape.hidden_size)
    table[:, :COMPONENTS] = meanings
    table[:, CONSTANT] = CONSTANT_VALUE
    table[frame(tokenizer), :COMPONENTS] = 0
    table[frame(tokenizer), FRAME] = FRAME_VALUE
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
    """Two heads look for "<Query" and "<Document"; a token that sees the mark comes after it and gets a tag."""
    heads, pairs, width = _sizes(attention)
    key, value = _slots(attention, pairs - 1), (pairs - 1) * width
    attention.k_proj.weight[key[2], CONSTANT] = 1
    for number, (mark, tag) in enumerate(((QUERY_MARK, IN_QUERY), (DOCUMENT_MARK, IN_DOCUMENT))):
        head = heads - 2 + number
        attention.k_proj.weight[key[number], mark] = 2
        attention.q_proj.weight[_slots(attention, head)[number], CONSTANT] = 2
        attention.v_proj.weight[value + number, mark] = 1
        seen = attention.shape.hidden_size**0.5 * MARK_VALUE / MARK_LENGTH  # the mark after RMSNorm
        attention.o_proj.weight[tag, head * width + number] = TAG_VALUE / seen
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
            attention.q_proj.weight[asking, order * pairs + source] = 1
            attention.k_proj.weight[answering, order * pairs + source] = 1
        for slot, (feature, answer, question) in enumerate(
            ((IN_QUERY, 0.5, 0.7), (IN_DOCUMENT, 1.0, -1.0), (MARK, 0.6, 0.5))
        ):
            attention.q_proj.weight[ask[slot], CONSTANT] = question
            attention.k_proj.weight[key[slot], feature] = answer
        for feature, gain in ((IN_QUERY, 1.0), (IN_DOCUMENT, -1.0), (MARK, -TAG_VALUE / MARK_VALUE)):
            attention.v_proj.weight[source * width, feature] = gain
        attention.o_proj.weight[target, head * width] = 0.5 / heads
    attention.q_norm.weight.fill_(sharpness)
    attention.k_norm.weight.fill_(sharpness)


def _pool(attention: Attention) -> None:
    """The last token gathers the mean meaning of document and query, and the mean matches of the document's tokens."""
    heads, pairs, width = _sizes(attention)
    group = heads // pairs
    for head in range(heads):
        source, of_query = head // group, head % group == 1
        ask, key = _slots(attention, head), _slots(attention, source)
        attention.q_proj.weight[ask[of_query], CONSTANT] = 2
        for slot, feature in enumerate((IN_DOCUMENT, IN_QUERY)):
            attention.k_proj.weight[key[slot], feature] = 1
            attention.k_proj.weight[key[slot], FRAME] = -2
        attention.k_proj.weight[key[1], IN_DOCUMENT] = -1
        attention.k_proj.weight[key[2], CONSTANT] = 0.5
        if not of_query:
            attention.v_proj.weight[source * width, (MATCH, BROAD_MATCH)[source]] = 1
            attention.o_proj.weight[ANSWER, head * width] = 1
        for order in range(1, width):
            component = (order - 1) * pairs + source
            if component < COMPONENTS:
                attention.v_proj.weight[source * width + order, component] = 1
                attention.o_proj.weight[QUERY_MEAN * of_query + component, head * width + order] = 1
    attention.q_norm.weight.fill_(1.2)
    attention.k_norm.weight.fill_(1.2)


def _multiply(mlp: Mlp) -> None:
    """Dot product of the two means: silu(a) b + silu(-a) (-b) is exactly a b."""
    for component in range(COMPONENTS):
        for sign, neuron in ((1, 2 * component), (-1, 2 * component + 1)):
            mlp.gate_proj.weight[neuron, component] = sign
            mlp.up_proj.weight[neuron, QUERY_MEAN + component] = sign
            mlp.down_proj.weight[ANSWER, neuron] = 1


def _sizes(attention: Attention) -> tuple[int, int, int]:
    shape = attention.shape
    return shape.num_attention_heads, shape.num_key_value_heads, shape.head_dim
