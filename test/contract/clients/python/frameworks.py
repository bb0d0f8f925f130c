"""Frameworks and their rerankers, each with its base URL changed and nothing else."""

import importlib

from client import ARRAY, BLANK_QUERY, CLIENTS, NOTHING_AT_ALL, OBJECTS, RANKINGS, RESULTS, USAGE, Entry, client
from providers import litellm_as, of_every_version


@client("cohere Client", "cohere", OBJECTS)
def cohere_v1(asked):
    import cohere

    answer = cohere.Client(api_key=asked.key, base_url=asked.url).rerank(
        model="any", query=asked.query, documents=asked.documents, return_documents=True
    )
    return [(item.index, item.relevance_score, item.document.text) for item in answer.results]


@client("cohere ClientV2", "cohere", RESULTS)
def cohere_v2(asked):
    return cohere_v2_at(asked, asked.url)


@client("cohere ClientV2, base URL with /v1", "cohere", RESULTS)
def cohere_v2_below_v1(asked):
    return cohere_v2_at(asked, f"{asked.url}/v1")


def cohere_v2_at(asked, url):
    import cohere

    answer = cohere.ClientV2(api_key=asked.key, base_url=url).rerank(
        model="any", query=asked.query, documents=asked.documents
    )
    return [(item.index, item.relevance_score) for item in answer.results]


@client("voyageai (Python)", "voyageai", {"list": "data", "also": ["usage.total_tokens"]})
def voyage(asked):
    import voyageai

    answer = voyageai.Client(api_key=asked.key, base_url=f"{asked.url}/v1", max_retries=0).rerank(
        asked.query, asked.documents, model="any"
    )
    assert answer.total_tokens > 0
    return [(item.index, item.relevance_score) for item in answer.results]


of_every_version(litellm_as("LiteLLM"))


@client("langchain-cohere", "langchain-cohere", RESULTS)
def langchain_cohere(asked):
    from langchain_cohere import CohereRerank

    ranker = CohereRerank(cohere_api_key=asked.key, base_url=asked.url, model="any", top_n=3)
    return [(item["index"], item["relevance_score"]) for item in ranker.rerank(asked.documents, asked.query)]


@client("langchain-community JinaRerank", "langchain-community", RESULTS)
def langchain_jina(asked):
    module = importlib.import_module("langchain_community.document_compressors.jina_rerank")
    module.JINA_API_URL = f"{asked.url}/v1/rerank"  # the hosted address is a constant of the module
    ranker = module.JinaRerank(jina_api_key=asked.key, model="any", top_n=3)
    return [(item["index"], item["relevance_score"]) for item in ranker.rerank(asked.documents, asked.query)]


@client("langchain-community InfinityRerank", "langchain-community", {**RESULTS, "also": USAGE})
def langchain_infinity(asked):
    from infinity_client import Client
    from langchain_community.document_compressors.infinity_rerank import InfinityRerank

    connection = Client(base_url=asked.url, headers={"Authorization": f"Bearer {asked.key}"})
    ranker = InfinityRerank(client=connection, model="any", top_n=3)
    return [(item["index"], item["relevance_score"]) for item in ranker.rerank(asked.documents, asked.query)]


def llama_index(name, module, reads, options, wrong=BLANK_QUERY):
    def rank(asked):
        from llama_index.core.schema import NodeWithScore, TextNode

        ranker = getattr(importlib.import_module(f"llama_index.postprocessor.{module}"), name)(**options(asked), top_n=3)
        nodes = [NodeWithScore(node=TextNode(text=text, id_=str(at))) for at, text in enumerate(asked.documents)]
        ranked = ranker.postprocess_nodes(nodes, query_str=asked.query)
        return [(int(node.node.node_id), node.score) for node in ranked]

    package = f"llama-index-postprocessor-{module.replace('_', '-')}"
    CLIENTS.append(Entry(f"LlamaIndex {name}", package, reads, rank, wrong=wrong))


llama_index(
    "CohereRerank",
    "cohere_rerank",
    RESULTS,
    lambda asked: {"api_key": asked.key, "base_url": asked.url, "model": "any"},
)
llama_index(
    "JinaRerank",
    "jinaai_rerank",
    RESULTS,
    lambda asked: {"api_key": asked.key, "base_url": f"{asked.url}/v1", "model": "any"},
)
llama_index(
    "TextEmbeddingInference",
    "tei_rerank",
    ARRAY,
    lambda asked: {"auth_token": asked.key, "base_url": asked.url, "model_name": "any"},
    NOTHING_AT_ALL,
)


def haystack(name, module, package, reads, options, wrong=BLANK_QUERY):
    def rank(asked):
        from haystack import Document
        from haystack.utils import Secret

        ranker_class = getattr(importlib.import_module(f"haystack_integrations.components.rankers.{module}"), name)
        ranker = ranker_class(**options(asked, Secret.from_token(asked.key)))
        getattr(ranker, "warm_up", lambda: None)()
        documents = [Document(content=text, meta={"at": at}) for at, text in enumerate(asked.documents)]
        ranked = ranker.run(query=asked.query, documents=documents)["documents"]
        return [(document.meta["at"], document.score, document.content) for document in ranked]

    CLIENTS.append(Entry(f"Haystack {name}", package, reads, rank, wrong=wrong))


haystack(
    "CohereRanker",
    "cohere",
    "cohere-haystack",
    RESULTS,
    lambda asked, key: {"model": "any", "api_key": key, "api_base_url": asked.url},
)
haystack(
    "JinaRanker",
    "jina",
    "jina-haystack",
    {**RESULTS, "also": USAGE},
    lambda asked, key: {"model": "any", "api_key": key, "base_url": f"{asked.url}/v1/rerank"},
)
haystack(
    "VLLMRanker",
    "vllm",
    "vllm-haystack",
    RESULTS,
    lambda asked, key: {"model": "any", "api_key": key, "api_base_url": f"{asked.url}/v1"},
)
haystack(
    "HuggingFaceTEIRanker",
    "huggingface_api",
    "huggingface-api-haystack",
    ARRAY,
    lambda asked, key: {"url": asked.url, "token": key, "max_retries": 0},
    NOTHING_AT_ALL,
)
haystack(
    "NvidiaRanker",
    "nvidia",
    "nvidia-haystack",
    RANKINGS,
    lambda asked, key: {"model": "any", "api_key": key, "api_url": f"{asked.url}/v1"},
)


@client("xinference-client", "xinference-client", OBJECTS)
def xinference(asked):
    return xinference_at(asked, asked.url)


@client("xinference-client, base URL with /v1", "xinference-client", OBJECTS)
def xinference_below_v1(asked):
    return xinference_at(asked, f"{asked.url}/v1")


def xinference_at(asked, url):
    from xinference_client import RESTfulClient

    model = RESTfulClient(url, api_key=asked.key).get_model("any")
    answer = model.rerank(asked.documents, asked.query, return_documents=True)
    found = answer["results"]
    return [(item["index"], item["relevance_score"], item["document"]["text"]) for item in found]
