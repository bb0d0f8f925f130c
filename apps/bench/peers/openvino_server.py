"""OpenVINO GenAI's rerank pipeline behind HTTP, on a model that optimum-cli converted with 8-bit weights."""

import openvino
import openvino_genai

from prompt import PREFIX, SUFFIX, before_document, document_part
from rerank_app import parser, serve

MOST_DOCUMENTS = 1000

if __name__ == "__main__":
    options = parser().parse_args()
    own = {"INFERENCE_NUM_THREADS": options.threads, "PERFORMANCE_HINT": "LATENCY"}
    pipeline = openvino_genai.TextRerankPipeline(options.model, "CPU", top_n=MOST_DOCUMENTS, **own)

    def score(query: str, documents: list[str]) -> list[float]:
        texts = [document_part(document) + SUFFIX for document in documents]
        ranked = dict(pipeline.rerank(PREFIX + before_document(query), texts))
        return [ranked[index] for index in range(len(documents))]

    # Of the device, for the pipeline does not tell its own: what it computes in unless it is told otherwise.
    precision = openvino.Core().get_property("CPU", "INFERENCE_PRECISION_HINT").to_string()
    weights = "8-bit weights"
    about = f"openvino-genai {openvino_genai.__version__}, {weights}, computes in {precision}, {options.threads} threads"
    serve(score, about, options.port)
