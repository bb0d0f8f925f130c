"""The last releases before those of older.py that are still pinned; they cannot be installed beside them."""

from client import OBJECTS, client


@client("together 1.5", "together", {**OBJECTS, "also": ["object"]})
def together(asked):
    from together import Together

    answer = Together(api_key=asked.key, base_url=f"{asked.url}/v1", max_retries=0).rerank.create(
        model="any", query=asked.query, documents=asked.documents, top_n=asked.top_n, return_documents=True
    )
    return [(item.index, item.relevance_score, item.document["text"]) for item in answer.results]
