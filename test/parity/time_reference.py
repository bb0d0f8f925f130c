"""Times the model card's Transformers snippet on a Qwen3 of any shape with random weights, for `bench engine --reference`.

Reads one JSON object a line from standard input, {"lengths": [tokens of each whole prompt]}, and answers
{"seconds": ...} a line: batches of 32, padded on the left, logits of every position as in the snippet.

    python time_reference.py SHAPE THREADS [DEVICE DTYPE]
"""

import json
import sys
import time

import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

BATCH = 32  # prompts
PAD = 0
YES, NO = 9693, 2152
DTYPES = {"f32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def main() -> None:
    shape = json.loads(sys.argv[1])
    torch.set_num_threads(int(sys.argv[2]))
    device, dtype = sys.argv[3:5] or ("cpu", "f32")
    torch.manual_seed(0)
    torch.set_default_device(device)
    config = Qwen3Config(
        vocab_size=shape["vocabularySize"],
        hidden_size=shape["hiddenSize"],
        intermediate_size=shape["intermediateSize"],
        num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"],
        num_key_value_heads=shape["keyValueHeads"],
        head_dim=shape["headDim"],
        tie_word_embeddings=True,
    )
    model = Qwen3ForCausalLM(config).to(DTYPES[dtype]).eval()
    answer({"version": f"torch {torch.__version__}, {device}, {dtype}"})
    for line in sys.stdin:
        lengths = json.loads(line)["lengths"]
        if device != "cpu":
            timed(model, lengths)  # kernels are chosen and memory is taken the first time
        answer({"seconds": timed(model, lengths)})


@torch.no_grad()
def timed(model: Qwen3ForCausalLM, lengths: list[int]) -> float:
    started = time.perf_counter()
    for first in range(0, len(lengths), BATCH):
        batch = lengths[first : first + BATCH]
        ids = torch.full((len(batch), max(batch)), PAD)
        mask = torch.zeros_like(ids)
        for row, length in enumerate(batch):
            ids[row, -length:] = torch.randint(10, 2000, (length,))
            mask[row, -length:] = 1
        scores = model(input_ids=ids, attention_mask=mask).logits[:, -1, :]
        pairs = torch.stack([scores[:, NO % scores.shape[1]], scores[:, YES % scores.shape[1]]], dim=1)
        torch.nn.functional.log_softmax(pairs, dim=1)[:, 1].exp().tolist()
    return time.perf_counter() - started


def answer(message: dict) -> None:
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main()
