"""Answers POST /rerank with the teacher's cosines, so that what a benchmark asks of a model can be asked of its teacher."""

import argparse
import json
import math
from http.server import BaseHTTPRequestHandler, HTTPServer

from teacher import sentence_model

LONGEST_DOCUMENT = 512  # tokens; what the sentence model can read
LEAST = 1e-4  # a cosine below it, or below zero, counts as this one


class Rerank(BaseHTTPRequestHandler):
    """The relevance of a document is its cosine with the query, as in training; its raw score the logit of that."""

    model = sentence_model(LONGEST_DOCUMENT)

    def do_POST(self) -> None:
        """As the server of this repository: query, documents, raw_scores."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        results = [{"index": index, "relevance_score": score} for index, score in enumerate(self._scores(asked))]
        body = json.dumps({"results": sorted(results, key=lambda each: -each["relevance_score"])}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _scores(self, asked: dict) -> list[float]:
        texts = [asked["query"], *asked["documents"]]
        vectors = self.model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        cosines = [min(max(float(cosine), LEAST), 1 - LEAST) for cosine in vectors[1:] @ vectors[0]]
        return [math.log(cosine / (1 - cosine)) if asked.get("raw_scores") else cosine for cosine in cosines]

    def log_message(self, *_: object) -> None:
        """One request a document would fill the terminal."""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8010)
    port = parser.parse_args().port
    print(f"http://127.0.0.1:{port}/rerank", flush=True)
    HTTPServer(("127.0.0.1", port), Rerank).serve_forever()
