"""A Qwen3 reranker as GGUF, as llama.cpp's own converter lays it out: body, two label rows, rerank template."""

import json
from pathlib import Path

import gguf
import numpy as np

from prompt import INSTRUCTION, PREFIX, SUFFIX

TEMPLATE = f"{PREFIX}<Instruct>: {INSTRUCTION}\n<Query>: {{query}}\n<Document>: {{document}}{SUFFIX}"
FORMATS = {
    "f32": (gguf.LlamaFileType.ALL_F32, None),
    "bf16": (gguf.LlamaFileType.MOSTLY_BF16, gguf.GGMLQuantizationType.BF16),
    "q8_0": (gguf.LlamaFileType.MOSTLY_Q8_0, gguf.GGMLQuantizationType.Q8_0),
}
LAYER_NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def write_gguf(
    path: Path, config: dict, weights: dict[str, np.ndarray], labels: np.ndarray, tokenizer_json: Path
) -> None:
    """labels: rows [yes, no] of the head, f32 [2, hidden]. The file's stem ends in its number format."""
    writer = gguf.GGUFWriter(path, "qwen3")
    add_parameters(writer, config)
    add_tokenizer(writer, json.loads(tokenizer_json.read_text(encoding="utf-8")), config)
    file_type, kind = FORMATS[path.stem.rsplit("-", 1)[-1]]
    writer.add_file_type(file_type)
    for name, array in weights.items():
        if name != "lm_head.weight":
            add_tensor(writer, gguf_name(name), array, kind)
    writer.add_tensor("cls.output.weight", labels)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_parameters(writer: gguf.GGUFWriter, config: dict) -> None:
    writer.add_name("reranker")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_pooling_type(gguf.PoolingType.RANK)
    writer.add_classifier_output_labels(["yes", "no"])


def add_tokenizer(writer: gguf.GGUFWriter, tokenizer: dict, config: dict) -> None:
    size = config["vocab_size"]
    tokens = [f"[PAD{index}]" for index in range(size)]
    types = [gguf.TokenType.UNUSED] * size
    for token, index in tokenizer["model"]["vocab"].items():
        tokens[index], types[index] = token, gguf.TokenType.NORMAL
    for added in tokenizer["added_tokens"]:
        tokens[added["id"]] = added["content"]
        types[added["id"]] = gguf.TokenType.CONTROL if added["special"] else gguf.TokenType.USER_DEFINED
    ids = {token: index for index, token in enumerate(tokens)}
    merges = tokenizer["model"]["merges"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])
    writer.add_eos_token_id(ids["<|im_end|>"])
    writer.add_pad_token_id(ids["<|endoftext|>"])
    writer.add_add_bos_token(False)
    writer.add_chat_template([{"name": "rerank", "template": TEMPLATE}])


def gguf_name(name: str) -> str:
    if name == "model.embed_tokens.weight":
        return "token_embd.weight"
    if name == "model.norm.weight":
        return "output_norm.weight"
    _, _, layer, rest = name.split(".", 3)
    return f"blk.{layer}.{LAYER_NAMES[rest.removesuffix('.weight')]}.weight"


def add_tensor(
    writer: gguf.GGUFWriter, name: str, array: np.ndarray, kind: gguf.GGMLQuantizationType | None
) -> None:
    """Matrices in the format asked for; vectors stay f32."""
    if kind is None or array.ndim == 1:
        writer.add_tensor(name, array)
    else:
        writer.add_tensor(name, gguf.quants.quantize(array, kind), raw_dtype=kind)
