"""Runs the published Python clients against a server: order, scores, documents. Usage: clients.py URL KEY"""

import importlib
import importlib.metadata
import math
import json
import sys
import urllib.request

URL, KEY = sys.argv[1], sys.argv[2]
QUERY = "What is machine learning?"
DOCUMENTS = [
    "Python is a programming language.",
    "Machine learning is a subset of artificial intelligence that enables computers to learn from data.",
    "Neural networks are computing systems inspired by biological brains.",
]


def reference():
    body = json.dumps({"query": QUERY, "documents": DOCUMENTS}).encode()
    headers = {"content-type": "application/json", "authorization": f"Bearer {KEY}"}
    request = urllib.request.Request(f"{URL}/rerank", body, headers)
    with urllib.request.urlopen(request) as response:
        return [(item["index"], item["relevance_score"]) for item in json.load(response)["results"]]


def cohere_v1():
    import cohere

    answer = cohere.Client(api_key=KEY, base_url=URL).rerank(
        model="any", query=QUERY, documents=DOCUMENTS, return_documents=True
    )
    assert all(item.document.text == DOCUMENTS[item.index] for item in answer.results)
    return [(item.index, item.relevance_score) for item in answer.results]


def cohere_v2():
    import cohere

    answer = cohere.ClientV2(api_key=KEY, base_url=f"{URL}/v1").rerank(model="any", query=QUERY, documents=DOCUMENTS)
    return [(item.index, item.relevance_score) for item in answer.results]


def voyage():
    import voyageai

    answer = voyageai.Client(api_key=KEY, base_url=f"{URL}/v1").rerank(QUERY, DOCUMENTS, model="any")
    assert answer.total_tokens > 0
    return [(item.index, item.relevance_score) for item in answer.results]


def litellm(provider, base, **options):
    def ask():
        import litellm as package

        package.suppress_debug_info = True
        answer = package.rerank(
            model=f"{provider}/any", query=QUERY, documents=DOCUMENTS, api_base=f"{URL}{base}", api_key=KEY, **options
        )
        return [(item["index"], item["relevance_score"]) for item in answer.results]

    ask.__name__ = f"litellm_{provider}"
    return ask


def langchain_cohere():
    from langchain_cohere import CohereRerank

    ranker = CohereRerank(cohere_api_key=KEY, base_url=URL, model="any", top_n=3)
    return [(item["index"], item["relevance_score"]) for item in ranker.rerank(DOCUMENTS, QUERY)]


def llama_index_cohere():
    from llama_index.core.schema import NodeWithScore, TextNode
    from llama_index.postprocessor.cohere_rerank import CohereRerank

    nodes = [NodeWithScore(node=TextNode(text=text, id_=str(place))) for place, text in enumerate(DOCUMENTS)]
    ranker = CohereRerank(api_key=KEY, base_url=URL, model="any", top_n=3)
    return [(int(node.node.node_id), node.score) for node in ranker.postprocess_nodes(nodes, query_str=QUERY)]


def llama_index_tei():
    from llama_index.core.schema import NodeWithScore, TextNode
    from llama_index.postprocessor.tei_rerank import TextEmbeddingInference

    nodes = [NodeWithScore(node=TextNode(text=text, id_=str(place))) for place, text in enumerate(DOCUMENTS)]
    ranker = TextEmbeddingInference(base_url=URL, auth_token=KEY, top_n=3, model_name="any")
    return [(int(node.node.node_id), node.score) for node in ranker.postprocess_nodes(nodes, query_str=QUERY)]


def haystack(module, name, **options):
    def ask():
        from haystack import Document
        from haystack.utils import Secret

        ranker = getattr(importlib.import_module(module), name)(**options(Secret))
        getattr(ranker, "warm_up", lambda: None)()
        documents = [Document(content=text, meta={"place": place}) for place, text in enumerate(DOCUMENTS)]
        ranked = ranker.run(query=QUERY, documents=documents)["documents"]
        return [(document.meta["place"], document.score) for document in ranked]

    options = options["options"]
    ask.__name__ = f"haystack_{name}"
    return ask


CLIENTS = [
    cohere_v1,
    cohere_v2,
    voyage,
    litellm("cohere", ""),
    litellm("jina_ai", ""),
    # At the root it cannot be told from hosted_vllm since it sends "Bearer" too, and the two need opposite documents.
    litellm("infinity", "/infinity", return_documents=True),
    litellm("hosted_vllm", ""),
    litellm("huggingface", ""),
    litellm("voyage", ""),
    litellm("nvidia_nim", ""),
    langchain_cohere,
    llama_index_cohere,
    llama_index_tei,
    haystack(
        "haystack_integrations.components.rankers.cohere",
        "CohereRanker",
        options=lambda secret: {"model": "any", "api_key": secret.from_token(KEY), "api_base_url": URL},
    ),
    haystack(
        "haystack_integrations.components.rankers.jina",
        "JinaRanker",
        options=lambda secret: {"model": "any", "api_key": secret.from_token(KEY), "base_url": f"{URL}/v1/rerank"},
    ),
]


def sigmoid(logit):
    return 1 / (1 + math.exp(-logit))


def check(client, expected):
    got = client()
    if any(score < 0 or score > 1 for _, score in got):
        got = [(index, sigmoid(score)) for index, score in got]
    assert [index for index, _ in got] == [index for index, _ in expected], f"order {got}, expected {expected}"
    for (_, score), (_, wanted) in zip(got, expected):
        assert abs(score - wanted) < 1e-6, f"scores {got}, expected {expected}"


def main():
    expected = reference()
    failed = 0
    for client in CLIENTS:
        try:
            check(client, expected)
            print(f"ok      {client.__name__}", flush=True)
        except Exception as error:  # every client is tried, whatever one of them throws
            failed += 1
            print(f"FAILED  {client.__name__}: {type(error).__name__}: {str(error)[:400]}", flush=True)
    packages = ["cohere", "voyageai", "litellm", "langchain-cohere", "haystack-ai", "llama-index-core"]
    print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages))
    sys.exit(1 if failed else 0)


main()
