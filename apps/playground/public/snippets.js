/**
 * The request of the page as code, for each API the server speaks. Where a vendor's client is what people use, the code
 * uses it; elsewhere it is the plain HTTP call. The API key is never written out: the code reads it from a variable.
 */

/**
 * @typedef {{ url: string, query: string, documents: readonly string[], instruction?: string, withKey: boolean }} Call
 * @typedef {Record<string, unknown>} Body
 * @typedef {object} DialectSpec
 * @property {string} name As the select box shows it.
 * @property {string} path
 * @property {boolean} instruction Whether its requests have a field for the instruction.
 * @property {(call: Call) => Body} body
 * @property {string} results Where the ranked documents are in an answer, '' for the answer itself.
 * @property {string} score
 * @property {(call: Call) => string} [typescript] With the vendor's client.
 * @property {(call: Call) => string} [python] With the vendor's client.
 */

const MODEL = 'qwen3-reranker';

/** @param {Call} call @returns {Body} */
const withInstruction = ({ instruction }) => (instruction === undefined ? {} : { instruction });

/** @type {Readonly<Record<string, DialectSpec>>} */
export const DIALECTS = {
  native: {
    name: 'Native',
    path: '/rerank',
    instruction: true,
    body: (call) => ({ query: call.query, ...withInstruction(call), documents: call.documents }),
    results: 'results',
    score: 'relevance_score',
  },
  cohere: {
    name: 'Cohere',
    path: '/v2/rerank',
    instruction: false,
    body: ({ query, documents }) => ({ model: MODEL, query, documents }),
    results: 'results',
    score: 'relevance_score',
    typescript: ({ url, query, documents, withKey }) => `import { CohereClientV2 } from 'cohere-ai';

const cohere = new CohereClientV2({ environment: ${quote(url)}, token: ${withKey ? TS_KEY : "'none'"} });
const { results } = await cohere.rerank({
  model: '${MODEL}',
  query: ${quote(query)},
  documents: ${literal(documents, '  ')},
});
for (const { index, relevanceScore } of results) console.log(index, relevanceScore);
`,
    python: ({ url, query, documents, withKey }) => `${withKey ? 'import os\n\n' : ''}import cohere

client = cohere.ClientV2(base_url=${quote(url)}, api_key=${withKey ? PYTHON_KEY : '"none"'})
answer = client.rerank(
    model="${MODEL}",
    query=${quote(query)},
    documents=${literal(documents, '    ')},
)
for result in answer.results:
    print(result.index, result.relevance_score)
`,
  },
  jina: {
    name: 'Jina',
    path: '/v1/rerank',
    instruction: false,
    body: ({ query, documents }) => ({ model: MODEL, query, documents, return_documents: false }),
    results: 'results',
    score: 'relevance_score',
  },
  voyage: {
    name: 'Voyage',
    path: '/v1/rerank',
    instruction: false,
    body: ({ query, documents }) => ({ model: MODEL, query, documents, top_k: documents.length }),
    results: 'data',
    score: 'relevance_score',
    typescript: ({ url, query, documents, withKey }) => `import { VoyageAIClient } from 'voyageai';

const voyage = new VoyageAIClient({ environment: ${quote(`${url}/v1`)}, apiKey: ${withKey ? TS_KEY : "'none'"} });
const { data } = await voyage.rerank({
  model: '${MODEL}',
  query: ${quote(query)},
  documents: ${literal(documents, '  ')},
});
for (const { index, relevanceScore } of data ?? []) console.log(index, relevanceScore);
`,
    python: ({ url, query, documents, withKey }) => `${withKey ? 'import os\n\n' : ''}import voyageai

client = voyageai.Client(base_url=${quote(`${url}/v1`)}, api_key=${withKey ? PYTHON_KEY : '"none"'})
answer = client.rerank(
    model="${MODEL}",
    query=${quote(query)},
    documents=${literal(documents, '    ')},
)
for result in answer.results:
    print(result.index, result.relevance_score)
`,
  },
  tei: {
    name: 'Text Embeddings Inference',
    path: '/rerank',
    instruction: false,
    body: ({ query, documents }) => ({ query, texts: documents }),
    results: '',
    score: 'score',
  },
  vllm: {
    name: 'vLLM',
    path: '/v1/rerank',
    instruction: true,
    body: (call) => ({ model: MODEL, query: call.query, ...withInstruction(call), documents: call.documents }),
    results: 'results',
    score: 'relevance_score',
  },
  infinity: {
    name: 'Infinity',
    path: '/rerank',
    instruction: false,
    body: ({ query, documents }) => ({ model: MODEL, query, documents, raw_scores: false, return_documents: false }),
    results: 'results',
    score: 'relevance_score',
  },
};

const TS_KEY = 'process.env.RERANK_API_KEY!';
const PYTHON_KEY = 'os.environ["RERANK_API_KEY"]';

/**
 * @param {string} dialect @param {string} language curl, typescript or python
 * @param {Call} call
 */
export function snippet(dialect, language, call) {
  const spec = DIALECTS[dialect];
  if (spec === undefined) throw new Error(`no dialect ${dialect}`);
  if (language === 'curl') return curl(spec, call);
  if (language === 'typescript') return spec.typescript?.(call) ?? typescript(spec, call);
  return spec.python?.(call) ?? python(spec, call);
}

/** A here-document, so that no character of a document needs escaping for the shell. @param {DialectSpec} spec @param {Call} call */
function curl({ path, body }, call) {
  const key = call.withKey ? `  -H "Authorization: Bearer $RERANK_API_KEY" \\\n` : '';
  return `curl ${call.url}${path} \\
  -H 'Content-Type: application/json' \\
${key}  --data-binary @- <<'JSON'
${literal(body(call), '')}
JSON
`;
}

/** @param {DialectSpec} spec @param {Call} call */
function typescript({ path, body, results, score }, call) {
  const key = call.withKey ? `\n    authorization: \`Bearer \${process.env.RERANK_API_KEY}\`,` : '';
  return `const response = await fetch(${quote(call.url + path)}, {
  method: 'POST',
  headers: {
    'content-type': 'application/json',${key}
  },
  body: JSON.stringify(${literal(body(call), '  ')}),
});
if (!response.ok) throw new Error(await response.text());
const answer = await response.json();
for (const result of ${results === '' ? 'answer' : `answer.${results}`}) console.log(result.index, result.${score});
`;
}

/** @param {DialectSpec} spec @param {Call} call */
function python({ path, body, results, score }, call) {
  const key = call.withKey ? `\n    headers={"Authorization": f"Bearer {os.environ['RERANK_API_KEY']}"},` : '';
  return `${call.withKey ? 'import os\n\n' : ''}import requests

response = requests.post(
    ${quote(call.url + path)},${key}
    json=${pythonLiteral(literal(body(call), '    '))},
    timeout=120,
)
response.raise_for_status()
for result in response.json()${results === '' ? '' : `["${results}"]`}:
    print(result["index"], result["${score}"])
`;
}

/** JSON is valid TypeScript, and valid Python but for its keywords. @param {unknown} value @param {string} indent */
function literal(value, indent) {
  return JSON.stringify(value, undefined, indent.length > 2 ? 4 : 2).replaceAll('\n', `\n${indent}`);
}

/** Keywords stand alone on the right of a key; inside a string they never end a line. @param {string} json */
function pythonLiteral(json) {
  return json.replaceAll(/": (true|false)(?=,?$)/gmu, (_, word) => `": ${word === 'true' ? 'True' : 'False'}`);
}

/** @param {string} text */
function quote(text) {
  return JSON.stringify(text);
}
