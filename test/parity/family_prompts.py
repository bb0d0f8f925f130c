"""The prompts of each family as its vendor publishes them, whole, and the tokens that make its score.

    Qwen3-Reranker   the model card, Transformers snippet
    zerank           vLLM's examples/pooling/score/template/zerank2.jinja at 33f12637; cohere-ai/rcp-ndcg's recipe
                     zerank-2-reranker at 3b45d9bf
    ctxl             cohere-ai/rcp-ndcg's recipe ctxl-rerank-v2-instruct-multilingual-1b at 0ba65044
    vl               vLLM's qwen3_vl_reranker.jinja at 9432abce; an instruction ends where <Query> begins
    mxbai            mixedbread-ai/mxbai-rerank, mxbai_rerank_v2.py at 03324ea9: its pieces are tokenised apart
"""

JUDGE = (
    "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct "
    'provided. Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n<Instruct>: '
)
ASSISTANT = "<|im_end|>\n<|im_start|>assistant\n"
WEB_SEARCH = "Given a web search query, retrieve relevant passages that answer the query"
CANDIDATES = "Given a search query, retrieve relevant candidates that answer the query."
HELPFUL = (
    "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
)
TASK = (
    "You are a search relevance expert who evaluates how well documents match search queries. For each query-document "
    "pair, carefully analyze the semantic relationship between them, then provide your binary relevance judgment "
    "(0 for not relevant, 1 for relevant).\nRelevance:"
)


def qwen3(instruction: str | None, query: str, document: str) -> list[str]:
    think = "<think>\n\n</think>\n\n"
    return [f"{JUDGE}{instruction or WEB_SEARCH}\n<Query>: {query}\n<Document>: {document}{ASSISTANT}{think}"]


def zerank(instruction: str | None, query: str, document: str) -> list[str]:
    system = query if instruction is None else f"<query>{query}</query>\n<instruction>{instruction}</instruction>"
    return [f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n{document}{ASSISTANT}"]


def ctxl(instruction: str | None, query: str, document: str) -> list[str]:
    asked = query if instruction is None else f"{query} {instruction}"
    about = "Check whether a given document contains information helpful to answer the query."
    return [f"{about}\n<Document> {document}\n<Query> {asked} ??"]


def vl(instruction: str | None, query: str, document: str) -> list[str]:
    return [f"{JUDGE}{instruction or CANDIDATES}<Query>:{query}\n<Document>:{document}{ASSISTANT}"]


def mxbai(instruction: str | None, query: str, document: str) -> list[str]:
    asked = f"query: {query}" if instruction is None else f"instruction: {instruction}\nquery: {query}"
    return [HELPFUL, asked, "\n", f"document: {document}", "\n", TASK, ASSISTANT]


# (pieces of the prompt, positive token, negative token or None)
FAMILIES = {
    "Qwen3-Reranker": (qwen3, "yes", "no"),
    "zerank": (zerank, "Yes", None),
    "ctxl": (ctxl, "!", None),
    "vl": (vl, "yes", "no"),
    "mxbai": (mxbai, "1", "0"),
}
