"""sentence-transformers' CrossEncoder on the sequence-classification conversion, given the prompt the model wants."""

import sentence_transformers
import torch
from sentence_transformers import CrossEncoder

from prompt import PREFIX, SUFFIX, before_document, document_part
from rerank_app import arguments, serve

if __name__ == "__main__":
    options = arguments()
    model = CrossEncoder(options.model, device="cpu", max_length=8192, model_kwargs={"dtype": torch.float32})

    def score(query: str, documents: list[str]) -> list[float]:
        first = PREFIX + before_document(query)
        pairs = [(first, document_part(document) + SUFFIX) for document in documents]
        return model.predict(pairs, show_progress_bar=False).tolist()

    about = f"sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}, f32"
    serve(score, about, options.port)
