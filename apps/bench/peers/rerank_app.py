"""The HTTP side that the Python peers share: the request and answer of qwen3-reranker-api, the design this server began from."""

import argparse
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

Score = Callable[[str, list[str]], list[float]]


class Request(BaseModel):
    query: str
    documents: list[str]
    top_n: int | None = None


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser()
    made.add_argument("--model", required=True, help="checkpoint folder")
    made.add_argument("--port", type=int, required=True)
    made.add_argument("--threads", type=int, default=2)
    return made


def serve(score: Score, about: str, port: int) -> None:
    app = FastAPI()

    @app.get("/health")
    async def health() -> dict:
        return {"status": "healthy", "about": about}

    # Not awaited anywhere, as in that service: the model runs on the event loop and requests wait for each other.
    @app.post("/rerank")
    async def rerank(request: Request) -> dict:
        scores = score(request.query, request.documents)
        order = sorted(range(len(scores)), key=lambda index: -scores[index])[: request.top_n]
        return {"results": [{"index": index, "relevance_score": scores[index]} for index in order]}

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
