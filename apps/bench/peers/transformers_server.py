"""The model card's transformers code behind HTTP: whole pairs, left padding, batches of 32.

As qwen3-reranker-api runs it, in f32 with the head computed at every position; or, as the model card's code is run at its best,
in bf16 (--dtype) with the head at the last position alone (--last-logits)."""

import torch
import transformers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from prompt import PREFIX, SUFFIX, before_document, document_part
from rerank_app import parser, serve
from torch_options import DTYPES, describe, parse_options

BATCH_SIZE = 32
MAX_LENGTH = 8192


class Reranker:
    def __init__(self, folder: str, dtype: torch.dtype, last_logits: bool) -> None:
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()
        self.tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, padding_side="left")
        self.yes, self.no = (self.tokenizer.convert_tokens_to_ids(word) for word in ("yes", "no"))
        self.prefix = self.tokenizer.encode(PREFIX, add_special_tokens=False)
        self.suffix = self.tokenizer.encode(SUFFIX, add_special_tokens=False)
        self.kept = {"logits_to_keep": 1} if last_logits else {}

    def score(self, query: str, documents: list[str]) -> list[float]:
        pairs = [before_document(query) + document_part(document) for document in documents]
        return [score for at in range(0, len(pairs), BATCH_SIZE) for score in self.batch(pairs[at : at + BATCH_SIZE])]

    @torch.no_grad()
    def batch(self, pairs: list[str]) -> list[float]:
        room = MAX_LENGTH - len(self.prefix) - len(self.suffix)
        encoded = self.tokenizer(pairs, padding=False, truncation=True, max_length=room, add_special_tokens=False)
        ids = [self.prefix + part + self.suffix for part in encoded["input_ids"]]
        inputs = self.tokenizer.pad({"input_ids": ids}, padding=True, return_tensors="pt")
        logits = self.model(**inputs, **self.kept).logits[:, -1, :].float()  # [batch, vocabulary]
        pair = torch.stack([logits[:, self.no], logits[:, self.yes]], dim=1)
        return torch.nn.functional.log_softmax(pair, dim=1)[:, 1].exp().tolist()


if __name__ == "__main__":
    own = parser()
    own.add_argument("--last-logits", action="store_true", help="compute the head at the last position alone")
    options = parse_options(own)
    head = "the last position" if options.last_logits else "every position"
    about = f"transformers {transformers.__version__}, {describe(options)}, batches of {BATCH_SIZE}, head at {head}"
    serve(Reranker(options.model, DTYPES[options.dtype], options.last_logits).score, about, options.port)
