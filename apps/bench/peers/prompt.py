"""The model card's prompt, as the peers are given it."""

PREFIX = (
    "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct provided. "
    'Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n'
)
SUFFIX = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
INSTRUCTION = "Given a web search query, retrieve relevant passages that answer the query"


def before_document(query: str) -> str:
    return f"<Instruct>: {INSTRUCTION}\n<Query>: {query}\n"


def document_part(document: str) -> str:
    return f"<Document>: {document}"


def vllm_template() -> str:
    """For vLLM, which hands the texts over as messages. Jinja drops the last line feed of a template: one more than the prompt."""
    query, document = (
        f'{{{{ messages | selectattr("role", "eq", "{role}") | map(attribute="content") | first }}}}'
        for role in ("query", "document")
    )
    return PREFIX + before_document(query) + document_part(document) + SUFFIX + "\n"
