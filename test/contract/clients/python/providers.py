"""LiteLLM's providers: one client for many APIs, in two sets and two versions."""

from client import BLANK_QUERY, CLIENTS, RESULTS, Entry


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
