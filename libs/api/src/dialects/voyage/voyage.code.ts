/** Programs for the playground, with Voyage's own clients. */
export const VOYAGE_IN_TYPESCRIPT = `import { VoyageAIClient } from 'voyageai';

const voyage = new VoyageAIClient({ environment: {url /voyage/v1}, apiKey: {key} });
const { data } = await voyage.rerank({
  model: 'qwen3-reranker',
  query: {query},
  documents: {documents},
});
for (const { index, relevanceScore } of data ?? []) console.log(index, relevanceScore);
`;

export const VOYAGE_IN_PYTHON = `import voyageai

client = voyageai.Client(base_url={url /voyage/v1}, api_key={key})
answer = client.rerank(
    model="qwen3-reranker",
    query={query},
    documents={documents},
)
for result in answer.results:
    print(result.index, result.relevance_score)
`;
