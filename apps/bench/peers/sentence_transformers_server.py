"""sentence-transformers' CrossEncoder on the sequence-classification conversion, given the prompt the model wants."""

import sentence_transformers
from sentence_transformers import CrossEncoder

from prompt import PREFIX, SUFFIX, before_document, document_part
from rerank_app import serve
from torch_options import DTYPES, describe, parse_options

if __name__ == "__main__":
    options = parse_options()
    kwargs = {"dtype": DTYPES[options.dtype]}
    model = CrossEncoder(options.model, device="cpu", max_length=8192, model_kwargs=kwargs)

    def score(query: str, documents: list[str]) -> list[float]:
        first = PREFIX + before_document(query)
        pairs = [(first, document_part(document) + SUFFIX) for document in documents]
        return model.predict(pairs, show_progress_bar=False).tolist()

    serve(score, f"sentence-transformers {sentence_transformers.__version__}, {describe(options)}", options.port)
