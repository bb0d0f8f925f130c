/**
 * The request of the page as code, for each API the server speaks. Where a vendor's client is what people use, the code
 * uses it; elsewhere it is the plain HTTP call. The API key is never written out: the code reads it from a variable.
 */

import { DIALECTS as WRITTEN } from './dialects.js';

/**
 * @typedef {{ url: string, query: string, documents: readonly string[], instruction?: string, withKey: boolean }} Call
 * @typedef {object} DialectSpec
 * @property {string} title As the select box shows it.
 * @property {string} path
 * @property {string} [instruction] The field of its requests that takes an instruction.
 * @property {object} body With {query} and one {document}.
 * @property {string} list Where the ranked documents are in an answer, '' for the answer itself.
 * @property {string} score '' where an item is the scores themselves.
 * @property {string} [typescript] With the vendor's client.
 * @property {string} [python] With the vendor's client.
 */

/** @type {Readonly<Record<string, DialectSpec>>} */
export const DIALECTS = WRITTEN;

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
  if (language === 'typescript')
    return spec.typescript === undefined ? typescript(spec, call) : ownTs(spec.typescript, call);
  return spec.python === undefined ? python(spec, call) : ownPython(spec.python, call);
}

/** The body that asks what the page asks. @param {DialectSpec} spec @param {Call} call */
function bodyOf({ body, instruction }, call) {
  const asked = filled(body, call);
  return instruction === undefined || call.instruction === undefined
    ? asked
    : { ...asked, [instruction]: call.instruction };
}

/** @param {any} template @param {Call} call @param {string} [document] @returns {any} */
function filled(template, call, document) {
  if (template === '{query}') return call.query;
  if (template === '{document}') return document;
  if (Array.isArray(template)) {
    const [item] = template;
    const perDocument = JSON.stringify(item).includes('"{document}"');
    return perDocument ? call.documents.map((text) => filled(item, call, text)) : template;
  }
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, filled(value, call, document)]));
}

/** @param {string} program @param {Call} call */
function ownTs(program, call) {
  return withValues(program, call, literal(call.documents, '  '), call.withKey ? TS_KEY : "'none'");
}

/** @param {string} program @param {Call} call */
function ownPython(program, call) {
  const head = call.withKey ? 'import os\n\n' : '';
  return head + withValues(program, call, literal(call.documents, '    '), call.withKey ? PYTHON_KEY : '"none"');
}

/** @param {string} program @param {Call} call @param {string} documents @param {string} key */
function withValues(program, { url, query }, documents, key) {
  /** @type {Record<string, string>} */
  const values = { query: quote(query), documents, key };
  return program.replaceAll(/\{(url|query|documents|key)(?: (\S+))?\}/gu, (_, name, path = '') =>
    name === 'url' ? quote(url + path) : String(values[name]),
  );
}

/** A here-document, so that no character of a document needs escaping for the shell. @param {DialectSpec} spec @param {Call} call */
function curl(spec, call) {
  const key = call.withKey ? `  -H "Authorization: Bearer $RERANK_API_KEY" \\\n` : '';
  return `curl ${call.url}${spec.path} \\
  -H 'Content-Type: application/json' \\
${key}  --data-binary @- <<'JSON'
${literal(bodyOf(spec, call), '')}
JSON
`;
}

/** @param {DialectSpec} spec @param {Call} call */
function typescript(spec, call) {
  const key = call.withKey ? `\n    authorization: \`Bearer \${process.env.RERANK_API_KEY}\`,` : '';
  return `const response = await fetch(${quote(call.url + spec.path)}, {
  method: 'POST',
  headers: {
    'content-type': 'application/json',${key}
  },
  body: JSON.stringify(${literal(bodyOf(spec, call), '  ')}),
});
if (!response.ok) throw new Error(await response.text());
const answer = await response.json();
for (const result of ${spec.list === '' ? 'answer' : `answer.${spec.list}`}) console.log(result.index, result.${spec.score});
`;
}

/** @param {DialectSpec} spec @param {Call} call */
function python(spec, call) {
  const key = call.withKey ? `\n    headers={"Authorization": f"Bearer {os.environ['RERANK_API_KEY']}"},` : '';
  return `${call.withKey ? 'import os\n\n' : ''}import requests

response = requests.post(
    ${quote(call.url + spec.path)},${key}
    json=${pythonLiteral(literal(bodyOf(spec, call), '    '))},
    timeout=120,
)
response.raise_for_status()
for result in response.json()${spec.list.replaceAll(/[^.]+\.?/gu, (name) => `["${name.replace('.', '')}"]`)}:
    print(result["index"], result["${spec.score}"])
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
