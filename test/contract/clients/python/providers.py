"""LiteLLM's providers: one client for many APIs, in two sets and two versions."""

from client import ARRAY, BLANK_QUERY, CLIENTS, NOTHING_AT_ALL, OBJECTS, RANKINGS, RESULTS, USAGE, Entry


def litellm_as(name):
    """What adds a provider's client under this name. `base` is what api_base ends with."""

    def add(provider, base="", reads=RESULTS, model="any", wrong=BLANK_QUERY, **options):
        def rank(asked):
            import litellm

            litellm.suppress_debug_info = True
            answer = litellm.rerank(
                model=f"{provider}/{model}",
                query=asked.query,
                documents=asked.documents,
                top_n=asked.top_n,
                api_base=f"{asked.url}{base}",
                api_key=asked.key,
                **options,
            )
            return [(item["index"], item["relevance_score"]) for item in answer.results]

        CLIENTS.append(Entry(f"{name} {provider}", "litellm", reads, rank, wrong=wrong))

    return add


def of_every_version(litellm):
    """The providers that both versions have."""
    litellm("cohere", reads={**OBJECTS, "also": ["id", "meta"]}, return_documents=True)
    litellm("jina_ai", reads={**RESULTS, "also": ["usage.total_tokens"]}, return_documents=True)
    # At the root it cannot be told from hosted_vllm since it sends "Bearer" too, and the two need opposite documents.
    litellm("infinity", "/infinity", {"list": "results", "document": "string", "also": USAGE}, return_documents=True)
    litellm("hosted_vllm", reads={**OBJECTS, "also": USAGE}, return_documents=True)
    litellm("huggingface", reads={**ARRAY, "document": "string"}, wrong=NOTHING_AT_ALL, return_documents=True)
    litellm("voyage", reads={"list": "data", "also": USAGE})
    litellm("nvidia_nim", reads=RANKINGS)
    litellm("azure_ai")
