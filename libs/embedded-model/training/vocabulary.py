"""Trains the tokenizer: byte-level BPE in the pipeline of Qwen3, with a vocabulary that is mostly whole English words."""

import json
from collections.abc import Iterator
from pathlib import Path

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from wordfreq import top_n_list, word_frequency

import prompt

# Pre-tokenisation pattern and control tokens of Qwen3's tokenizer.json.
QWEN_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPECIAL_TOKENS = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
]
CONTROL_WORDS = [
    "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>",
    "<|repo_name|>", "<|file_sep|>", "<tool_response>", "</tool_response>", "<think>", "</think>",
]
VOCABULARY = 24_000  # with the 26 control tokens
COMMON_WORDS = 13_000  # one token each inside a sentence
SENTENCE_STARTS = 2_500  # of them also with a capital letter
BARE_WORDS = 1_000  # of them also without a space before it, as after a hyphen or a bracket
WORD_SCALE = 3e6  # occurrences of all words together, before rounding
FEWEST = 120  # occurrences of the rarest of these: more than most word parts of the texts get
TEMPLATE_WEIGHT = 2_000  # keeps "<Document", "Judge" and the bare words yes and no in one token each


def train(texts: list[str]) -> Tokenizer:
    """Learns the merges from English word frequencies and from a sample of the training texts."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(QWEN_SPLIT), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    tokenizer.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(SPECIAL_TOKENS) - len(CONTROL_WORDS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_lines(texts), trainer)
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in SPECIAL_TOKENS])
    tokenizer.add_tokens([AddedToken(token, normalized=False, special=False) for token in CONTROL_WORDS])
    return tokenizer


def _lines(texts: list[str]) -> Iterator[str]:
    """Each common word as it stands inside a sentence, at its start, and without a space before it."""
    common = [word for word in top_n_list("en", COMMON_WORDS) if word.isalpha()]
    for place, word in enumerate(common):
        count = max(FEWEST, round(word_frequency(word, "en") * WORD_SCALE))
        yield f" {word}" * count
        if place < SENTENCE_STARTS:
            yield f" {word.capitalize()}" * max(FEWEST, count // 8)
        if place < BARE_WORDS:
            yield f"\n{word}" * max(FEWEST, count // 20)
            yield f"\n{word.capitalize()}" * (count // 30)
    frame = prompt.whole("", "")
    for token in (*SPECIAL_TOKENS, *CONTROL_WORDS):
        frame = frame.replace(token, "\n")
    yield from [f"{frame}\nyes\nno\n"] * TEMPLATE_WEIGHT
    for text in texts:
        yield f" {text}"


def save(tokenizer: Tokenizer, folder: Path, positions: int) -> None:
    """Writes tokenizer.json and the tokenizer_config.json that goes with it."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    added = json.loads(tokenizer.to_str())["added_tokens"]
    config = {
        "add_bos_token": False,
        "add_prefix_space": False,
        "added_tokens_decoder": {str(token.pop("id")): token for token in added},
        "additional_special_tokens": SPECIAL_TOKENS[1:],
        "bos_token": None,
        "clean_up_tokenization_spaces": False,
        "eos_token": "<|im_end|>",
        "model_max_length": positions,
        "pad_token": "<|endoftext|>",
        "split_special_tokens": False,
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": None,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
