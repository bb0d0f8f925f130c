"""The vendors' own clients of today, and what is built on them, each with its base URL changed and nothing else."""

import os

from client import OBJECTS, RESULTS, USAGE, client
from providers import litellm_as, of_every_version

ONCE = {"max_retries": 0}


@client("cohere 7 Client", "cohere", OBJECTS)
def cohere_v1(asked):
    import cohere

    answer = cohere.Client(api_key=asked.key, base_url=asked.url).rerank(
        model="any",
        query=asked.query,
        documents=asked.documents,
        top_n=asked.top_n,
        return_documents=True,
        request_options=ONCE,
    )
    return [(item.index, item.relevance_score, item.document.text) for item in answer.results]


@client("cohere 7 ClientV2", "cohere", RESULTS)
def cohere_v2(asked):
    import cohere

    answer = cohere.ClientV2(api_key=asked.key, base_url=asked.url).rerank(
        model="any", query=asked.query, documents=asked.documents, top_n=asked.top_n, request_options=ONCE
    )
    return [(item.index, item.relevance_score) for item in answer.results]


@client("cohere 7 ClientV2, spans and priority", "cohere", RESULTS)
def cohere_spans(asked):
    import cohere

    answer = cohere.ClientV2(api_key=asked.key, base_url=asked.url).rerank(
        model="any",
        query=asked.query,
        documents=asked.documents,
        top_n=asked.top_n,
        priority=1,
        relevant_spans={"mode": "enabled"},
        request_options=ONCE,
    )
    # The documents are a sentence each, so the spans are the whole of them.
    spans = [(item.index, item.relevance_score, span) for item in answer.results for span in item.relevant_spans]
    return [(index, score, asked.documents[index][span.start : span.end]) for index, score, span in spans]


@client("voyageai 0.5", "voyageai", {"list": "data", "also": ["usage.total_tokens"]})
def voyage(asked):
    import voyageai

    answer = voyageai.Client(api_key=asked.key, base_url=f"{asked.url}/v1", max_retries=0).rerank(
        asked.query, asked.documents, model="any", top_k=asked.top_n
    )
    return [(item.index, item.relevance_score) for item in answer.results]


litellm = litellm_as("LiteLLM 1.110")
of_every_version(litellm)
litellm("dashscope", "/compatible-api/v1", {"list": "results", "also": ["usage.total_tokens"]}, model="qwen3-rerank")
# It has no top_n and leaves the order to its caller.
litellm("deepinfra", "/v1", {"list": "scores", "inOrder": True}, model="Qwen/Qwen3-Reranker-0.6B")
litellm("together_ai", "/v1", reads=OBJECTS, return_documents=True)
litellm("fireworks_ai", reads={"list": "data", "also": USAGE}, return_documents=True)
litellm("scaleway", "/v1", reads={**RESULTS, "also": ["usage.total_tokens"]})


@client("dashscope", "dashscope", {"list": "output.results", "document": "object"})
def dashscope(asked):
    import dashscope as package

    package.base_http_api_url = f"{asked.url}/api/v1"
    answer = package.TextReRank.call(
        model="qwen3-rerank",
        query=asked.query,
        documents=asked.documents,
        top_n=asked.top_n,
        return_documents=True,
        api_key=asked.key,
    )
    if answer.status_code != 200:
        raise type(answer.code, (Exception,), {})  # it raises none: its users look at the code
    # As an attribute it is always None.
    return [(item.index, item.relevance_score, item["document"]["text"]) for item in answer.output.results]


@client("LlamaIndex DashScopeRerank", "llama-index-postprocessor-dashscope-rerank", {"list": "output.results"})
def llama_index_dashscope(asked):
    import dashscope as package
    from llama_index.core.schema import NodeWithScore, TextNode
    from llama_index.postprocessor.dashscope_rerank import DashScopeRerank

    package.base_http_api_url = f"{asked.url}/api/v1"
    ranker = DashScopeRerank(model="qwen3-rerank", api_key=asked.key, top_n=asked.top_n or len(asked.documents))
    nodes = [NodeWithScore(node=TextNode(text=text, id_=str(at))) for at, text in enumerate(asked.documents)]
    ranked = ranker.postprocess_nodes(nodes, query_str=asked.query)
    return [(int(node.node.node_id), node.score) for node in ranked]


@client("zeroentropy (Python)", "zeroentropy", RESULTS)
def zeroentropy(asked):
    from zeroentropy import ZeroEntropy

    answer = ZeroEntropy(api_key=asked.key, base_url=f"{asked.url}/v1", **ONCE).models.rerank(
        model="zerank-2", query=asked.query, documents=asked.documents, top_n=asked.top_n
    )
    return [(item.index, item.relevance_score) for item in answer.results]


@client("mem0 ZeroEntropyReranker", "mem0ai", RESULTS, hides_refusals=True)
def mem0(asked):
    from mem0.configs.rerankers.zero_entropy import ZeroEntropyRerankerConfig
    from mem0.reranker.zero_entropy_reranker import ZeroEntropyReranker

    os.environ["ZEROENTROPY_BASE_URL"] = f"{asked.url}/v1"
    ranker = ZeroEntropyReranker(ZeroEntropyRerankerConfig(api_key=asked.key, model="zerank-2"))
    memories = [{"memory": text, "at": at} for at, text in enumerate(asked.documents)]
    ranked = ranker.rerank(asked.query, memories, top_k=asked.top_n)
    return [(item["at"], item["rerank_score"]) for item in ranked]


@client("pinecone", "pinecone", {"list": "data", "document": "object"})
def pinecone(asked):
    from pinecone import Pinecone, RetryConfig

    connection = Pinecone(api_key=asked.key, host=asked.url, retry_config=RetryConfig(max_retries=0))
    answer = connection.inference.rerank(
        model="bge-reranker-v2-m3", query=asked.query, documents=asked.documents, top_n=asked.top_n
    )
    return [(item.index, item.score, item.document["text"]) for item in answer.data]


@client("isaacus", "isaacus", RESULTS)
def isaacus(asked):
    from isaacus import Isaacus, omit

    answer = Isaacus(api_key=asked.key, base_url=f"{asked.url}/v1", **ONCE).rerankings.create(
        model="kanon-2-reranker", query=asked.query, texts=asked.documents, top_n=asked.top_n or omit
    )
    return [(item.index, item.score) for item in answer.results]


@client("any-llm fireworks", "any-llm-sdk", {"list": "data"})
def any_llm_fireworks(asked):
    import asyncio

    from any_llm import AnyLLM

    async def rerank():
        llm = AnyLLM.create("fireworks", api_key=asked.key, api_base=f"{asked.url}/v1", **ONCE)
        options = {} if asked.top_n is None else {"top_n": asked.top_n}
        return await llm.arerank(model="any", query=asked.query, documents=asked.documents, **options)

    return [(item.index, item.relevance_score) for item in asyncio.run(rerank()).results]
