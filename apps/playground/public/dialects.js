/** From libs/api/src/dialects; `npm run generate` writes it. */
export const DIALECTS = {
  native: {
    title: 'Native',
    instruction: 'instruction',
    path: '/rerank',
    body: {
      query: '{query}',
      documents: ['{document}'],
    },
    list: 'results',
    score: 'relevance_score',
  },
  'cohere-v2': {
    title: 'Cohere',
    typescript:
      "import { CohereClientV2 } from 'cohere-ai';\n\nconst cohere = new CohereClientV2({ environment: {url /cohere}, token: {key} });\nconst { results } = await cohere.rerank({\n  model: 'qwen3-reranker',\n  query: {query},\n  documents: {documents},\n});\nfor (const { index, relevanceScore } of results) console.log(index, relevanceScore);\n",
    python:
      'import cohere\n\nclient = cohere.ClientV2(base_url={url /cohere}, api_key={key})\nanswer = client.rerank(\n    model="qwen3-reranker",\n    query={query},\n    documents={documents},\n)\nfor result in answer.results:\n    print(result.index, result.relevance_score)\n',
    path: '/cohere/v2/rerank',
    body: {
      model: 'qwen3-reranker',
      query: '{query}',
      documents: ['{document}'],
    },
    list: 'results',
    score: 'relevance_score',
  },
  jina: {
    title: 'Jina',
    path: '/jina/v1/rerank',
    body: {
      model: 'qwen3-reranker',
      query: '{query}',
      documents: ['{document}'],
    },
    list: 'results',
    score: 'relevance_score',
  },
  voyage: {
    title: 'Voyage',
    typescript:
      "import { VoyageAIClient } from 'voyageai';\n\nconst voyage = new VoyageAIClient({ environment: {url /voyage/v1}, apiKey: {key} });\nconst { data } = await voyage.rerank({\n  model: 'qwen3-reranker',\n  query: {query},\n  documents: {documents},\n});\nfor (const { index, relevanceScore } of data ?? []) console.log(index, relevanceScore);\n",
    python:
      'import voyageai\n\nclient = voyageai.Client(base_url={url /voyage/v1}, api_key={key})\nanswer = client.rerank(\n    model="qwen3-reranker",\n    query={query},\n    documents={documents},\n)\nfor result in answer.results:\n    print(result.index, result.relevance_score)\n',
    path: '/voyage/v1/rerank',
    body: {
      model: 'qwen3-reranker',
      query: '{query}',
      documents: ['{document}'],
    },
    list: 'data',
    score: 'relevance_score',
  },
  infinity: {
    title: 'Infinity',
    path: '/infinity/rerank',
    body: {
      model: 'qwen3-reranker',
      query: '{query}',
      documents: ['{document}'],
      return_documents: true,
      raw_scores: false,
    },
    list: 'results',
    score: 'relevance_score',
  },
  vllm: {
    title: 'vLLM',
    instruction: 'instruction',
    path: '/vllm/v1/rerank',
    body: {
      model: 'qwen3-reranker',
      query: '{query}',
      documents: ['{document}'],
    },
    list: 'results',
    score: 'relevance_score',
  },
  'vllm-score': {
    title: 'vLLM score',
    path: '/vllm/v1/score',
    body: {
      model: 'qwen3-reranker',
      text_1: '{query}',
      text_2: ['{document}'],
    },
    list: 'data',
    score: 'score',
  },
  sglang: {
    title: 'SGLang',
    instruction: 'instruct',
    path: '/sglang/v1/rerank',
    body: {
      query: '{query}',
      documents: ['{document}'],
    },
    list: '',
    score: 'score',
  },
  dashscope: {
    title: 'DashScope, OpenAI-compatible',
    instruction: 'instruct',
    path: '/dashscope/compatible-api/v1/reranks',
    body: {
      model: 'qwen3-rerank',
      query: '{query}',
      documents: ['{document}'],
    },
    list: 'results',
    score: 'relevance_score',
  },
  isaacus: {
    title: 'Isaacus',
    path: '/isaacus/v1/rerankings',
    body: {
      model: 'kanon-2-reranker',
      query: '{query}',
      texts: ['{document}'],
    },
    list: 'results',
    score: 'score',
  },
  zeroentropy: {
    title: 'ZeroEntropy',
    path: '/zeroentropy/v1/models/rerank',
    body: {
      model: 'zerank-2',
      query: '{query}',
      documents: ['{document}'],
    },
    list: 'results',
    score: 'relevance_score',
  },
  pinecone: {
    title: 'Pinecone',
    path: '/pinecone/rerank',
    body: {
      model: 'bge-reranker-v2-m3',
      query: '{query}',
      documents: [
        {
          text: '{document}',
        },
      ],
    },
    list: 'data',
    score: 'score',
  },
  mixedbread: {
    title: 'Mixedbread',
    path: '/mixedbread/v1/reranking',
    body: {
      model: 'qwen3-reranker',
      query: '{query}',
      input: ['{document}'],
    },
    list: 'data',
    score: 'score',
  },
  tei: {
    title: 'Text Embeddings Inference',
    path: '/tei/rerank',
    body: {
      query: '{query}',
      texts: ['{document}'],
    },
    list: '',
    score: 'score',
  },
  nim: {
    title: 'NVIDIA NIM',
    path: '/nim/v1/ranking',
    body: {
      model: 'qwen3-reranker',
      query: {
        text: '{query}',
      },
      passages: [
        {
          text: '{document}',
        },
      ],
    },
    list: 'rankings',
    score: 'logit',
  },
};
