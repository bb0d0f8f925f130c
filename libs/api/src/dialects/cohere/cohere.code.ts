/** Programs for the playground, with Cohere's own clients. */
export const COHERE_IN_TYPESCRIPT = `import { CohereClientV2 } from 'cohere-ai';

const cohere = new CohereClientV2({ environment: {url /cohere}, token: {key} });
const { results } = await cohere.rerank({
  model: 'qwen3-reranker',
  query: {query},
  documents: {documents},
});
for (const { index, relevanceScore } of results) console.log(index, relevanceScore);
`;

export const COHERE_IN_PYTHON = `import cohere

client = cohere.ClientV2(base_url={url /cohere}, api_key={key})
answer = client.rerank(
    model="qwen3-reranker",
    query={query},
    documents={documents},
)
for result in answer.results:
    print(result.index, result.relevance_score)
`;
