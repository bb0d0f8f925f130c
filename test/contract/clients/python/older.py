"""Packages that were given up for others and are still installed, each with its base URL changed and nothing else."""

from client import OBJECTS, RESULTS, USAGE, client


@client("together 1.6", "together", {**OBJECTS, "also": ["object"]})
def together(asked):
    from together import Together

    answer = Together(api_key=asked.key, base_url=f"{asked.url}/v1", max_retries=0).rerank.create(
        model="any", query=asked.query, documents=asked.documents, top_n=asked.top_n, return_documents=True
    )
    return [(item.index, item.relevance_score, item.document["text"]) for item in answer.results]


@client("mixedbread-ai 2.2", "mixedbread-ai", {"list": "data", "also": ["usage.total_tokens"]})
def mixedbread(asked):
    from mixedbread_ai.client import MixedbreadAI

    answer = MixedbreadAI(api_key=asked.key, base_url=asked.url).reranking(
        model="any",
        query=asked.query,
        input=asked.documents,
        top_k=asked.top_n or len(asked.documents),
        return_input=True,
        request_options={"max_retries": 0},
    )
    return [(item.index, item.score, item.input) for item in answer.data]


@client("agno InfinityReranker", "agno", {**RESULTS, "also": USAGE}, hides_refusals=True)
def agno(asked):
    from agno.knowledge.document import Document
    from agno.knowledge.reranker.infinity import InfinityReranker

    ranker = InfinityReranker(url=asked.url, api_key=asked.key, top_n=asked.top_n)
    documents = [Document(content=text, meta_data={"at": at}) for at, text in enumerate(asked.documents)]
    ranked = ranker.rerank(asked.query, documents)
    return [(found.meta_data["at"], found.reranking_score, found.content) for found in ranked]
