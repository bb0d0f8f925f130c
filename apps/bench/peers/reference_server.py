"""The seed service's design: the model card's transformers code behind FastAPI, whole pairs, left padding, batches of 32."""

import torch
import transformers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from prompt import PREFIX, SUFFIX, before_document, document_part
from rerank_app import arguments, serve

BATCH_SIZE = 32
MAX_LENGTH = 8192


class Reference:
    def __init__(self, folder: str) -> None:
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        self.tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, padding_side="left")
        self.yes, self.no = (self.tokenizer.convert_tokens_to_ids(word) for word in ("yes", "no"))
        self.prefix = self.tokenizer.encode(PREFIX, add_special_tokens=False)
        self.suffix = self.tokenizer.encode(SUFFIX, add_special_tokens=False)

    def score(self, query: str, documents: list[str]) -> list[float]:
        pairs = [before_document(query) + document_part(document) for document in documents]
        return [score for at in range(0, len(pairs), BATCH_SIZE) for score in self.batch(pairs[at : at + BATCH_SIZE])]

    @torch.no_grad()
    def batch(self, pairs: list[str]) -> list[float]:
        room = MAX_LENGTH - len(self.prefix) - len(self.suffix)
        encoded = self.tokenizer(pairs, padding=False, truncation=True, max_length=room, add_special_tokens=False)
        ids = [self.prefix + part + self.suffix for part in encoded["input_ids"]]
        inputs = self.tokenizer.pad({"input_ids": ids}, padding=True, return_tensors="pt")
        logits = self.model(**inputs).logits[:, -1, :]  # [batch, vocabulary], of a head computed at every position
        pair = torch.stack([logits[:, self.no], logits[:, self.yes]], dim=1)
        return torch.nn.functional.log_softmax(pair, dim=1)[:, 1].exp().tolist()


if __name__ == "__main__":
    options = arguments()
    about = f"transformers {transformers.__version__}, torch {torch.__version__}, f32, batches of {BATCH_SIZE}"
    serve(Reference(options.model).score, about, options.port)
