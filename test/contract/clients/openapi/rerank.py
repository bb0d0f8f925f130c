"""Reranks with a client that openapi-python-client made of docs/openapi.json. Arguments: server, key, JSON of query and documents."""

import json
import sys

from generated import AuthenticatedClient
from generated.api.rerank import rerank_cohere_v2_rerank, rerank_rerank, rerank_tei_rerank
from generated.models import CohereV2RerankDto, NativeRerankDto, TeiRerankDto

url, key, asked = sys.argv[1:]
asked = json.loads(asked)
query, documents = asked["query"], asked["documents"]
client = AuthenticatedClient(base_url=url, token=key)

native = rerank_rerank.sync(client=client, body=NativeRerankDto(query=query, documents=documents))
cohere = rerank_cohere_v2_rerank.sync(client=client, body=CohereV2RerankDto(query=query, documents=documents))
tei = rerank_tei_rerank.sync(client=client, body=TeiRerankDto(query=query, texts=documents))
refused = rerank_cohere_v2_rerank.sync(client=client, body=CohereV2RerankDto(query=" ", documents=documents))
print(
    json.dumps(
        {
            "native": [[item.index, item.relevance_score] for item in native.results],
            "cohere": [[item.index, item.relevance_score] for item in cohere.results],
            "tei": [[item.index, item.score] for item in tei],
            "refused": refused.message,
        }
    )
)
