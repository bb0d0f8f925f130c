"""The official prompt of Qwen3-Reranker, in the parts that may be tokenised apart (see the model card)."""

PREFIX = (
    "<|im_start|>system\n"
    "Judge whether the Document meets the requirements based on the Query and the Instruct provided. "
    'Note that the answer can only be "yes" or "no".<|im_end|>\n'
    "<|im_start|>user\n"
)
SUFFIX = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
DEFAULT_INSTRUCTION = "Given a web search query, retrieve relevant passages that answer the query"
YES, NO = "yes", "no"


def head(instruction: str = DEFAULT_INSTRUCTION) -> str:
    """What all requests with one instruction share."""
    return f"{PREFIX}<Instruct>: {instruction}\n<Query>:"


def query_part(query: str) -> str:
    """What all documents of one request share, after the head. A cut is exact only before the space."""
    return f" {query}\n<Document>:"


def document_part(document: str) -> str:
    """What belongs to one document alone."""
    return f" {document}{SUFFIX}"


def whole(query: str, document: str, instruction: str = DEFAULT_INSTRUCTION) -> str:
    """One prompt as one string."""
    return head(instruction) + query_part(query) + document_part(document)
