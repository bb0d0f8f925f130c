/** One request that a stranger may send, and how. */
export interface Attack {
  readonly name: string;
  readonly path: string;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Within every limit: with a key it is work like any other, and may hold others up even less. */
  readonly isLegal?: boolean;
  /** Absent: as fast as it goes, to its end. */
  readonly manner?: Manner;
}

/**
 * `slow`: some bytes, then one now and then. `aborted`: half of it, then the connection is cut. `ahead`: requests without a body, one
 * after the other, and no answer is waited for.
 */
export type Manner = 'slow' | 'aborted' | 'ahead';

const LARGE = 30_000_000;
const TEXT = 'Words of a text that a client might send, in a sentence of usual length. ';
/** Three bytes each in UTF-8, two in memory. */
const WIDE_TEXT = '機械学習は人工知能の一分野であり、データから学ぶ。';

/** Made one at a time: all of them together are half a gigabyte. */
export const ATTACKS: readonly (() => Attack)[] = [
  () => rerank('deep', `${'['.repeat(LARGE / 3)}${']'.repeat(LARGE / 3)}`),
  () => rerank('wide', `[${repeated('{},', LARGE)}{}]`),
  () => rerank('many documents', `{"query":"q","documents":[${repeated('"a",', LARGE)}"a"]}`),
  () => rerank('many keys', `{${manyKeys()}"query":"q","documents":["a"]}`),
  () => rerank('keys in a document', `{"query":"q","documents":[{${manyKeys()}"text":"a"}]}`),
  () => rerank('long number', `{"query":"q","documents":["a"],"top_n":${'1'.repeat(LARGE)}}`),
  () => rerank('blanks', `${' '.repeat(LARGE)}{"query":"q","documents":["a"]}`),
  () =>
    rerank(
      'many names to read',
      `{"query":"q","documents":[${manyDocuments()}],"rank_fields":[${repeated('"a",', 360_000)}"a"]}`,
    ),
  () => ({ ...rerank('one query of 20 MB for many documents', oneQuery(20_000_000, 3000)), path: '/v1/score' }),
  () => rerank('huge string', `{"query":"q","documents":["${repeated(TEXT, LARGE)}"]}`),
  () => rerank('escapes', `{"query":"q","documents":["${repeated(String.raw`\u0041`, LARGE)}"]}`),
  () => rerank('__proto__', `{"query":"q","documents":[${repeated('{"__proto__":{}},', LARGE)}"a"]}`),
  () => ({ ...rerank('form', `query=a&documents=${repeated(TEXT, LARGE)}`), headers: type('x-www-form-urlencoded') }),
  () => ({ ...rerank('gzip', repeated(TEXT, LARGE)), headers: { 'Content-Encoding': 'gzip' } }),
  () => ({ ...rerank('unknown path', documents(29, 1_000_000, TEXT)), path: '/nowhere' }),
  () => ({ ...rerank('aborted', documents(29, 1_000_000, TEXT)), manner: 'aborted' }),
  () => ({ ...rerank('slow', documents(29, 1_000_000, TEXT)), manner: 'slow' }),
  () => ({ name: 'requests sent ahead', path: '/metrics', body: Buffer.alloc(0), manner: 'ahead' }),
  () => legal('10 kB', documents(10, 1000, TEXT)),
  () => legal('29 long documents', documents(29, 1_000_000, TEXT)),
  () => legal('1,000 documents', documents(1000, 29_000, TEXT)),
  () => legal('1,000 documents that differ at their ends', alike(1000, 29_000)),
  () => legal('1,000 documents of wide text', documents(1000, 10_000, WIDE_TEXT)),
  () => legal('1,000 documents with metadata', objects(1000, 95)),
  () => ({ ...legal('1,000 queries that differ at their ends', pairs(29_000)), path: '/v1/inference/m' }),
  () => ({ ...legal('1,000 queries among many keys', pairs(10, manyKeys(900))), path: '/v1/inference/m' }),
  () => ({ ...legal('a long text to tokenize', `{"inputs":["${repeated(TEXT, 999_900)}"]}`), path: '/tokenize' }),
  () => ({ ...legal('wide text to tokenize', `{"inputs":["${repeated(WIDE_TEXT, 999_900)}"]}`), path: '/tokenize' }),
];

/** The body of a request of about this size in bytes, most of them metadata: what is tokenised takes no time beside its way in. */
export function bodyOf(bytes: number): Buffer {
  return Buffer.from(objects(10, Math.ceil(bytes / 10 / (TEXT.length + 14))));
}

function rerank(name: string, body: string): Attack {
  return { name, path: '/rerank', body: Buffer.from(body) };
}

function legal(name: string, body: string): Attack {
  return { ...rerank(name, body), isLegal: true };
}

function type(subtype: string): Readonly<Record<string, string>> {
  return { 'Content-Type': `application/${subtype}` };
}

/** Whole repetitions of a text, up to this number of characters. */
function repeated(text: string, characters: number): string {
  return text.repeat(Math.floor(characters / text.length));
}

function manyKeys(keys = 2_000_000): string {
  return Array.from({ length: keys }, (_, index) => `"k${index}":0,`).join('');
}

function documents(count: number, characters: number, text: string): string {
  const document = repeated(text, characters);
  // None is like another one: those would be tokenised once.
  const all = Array.from({ length: count }, (_, index) => `${index} ${document}`.slice(0, characters));
  return JSON.stringify({ query: 'What is a sentence?', documents: all, return_documents: true });
}

function alike(count: number, characters: number): string {
  const document = repeated(TEXT, characters);
  const all = Array.from({ length: count }, (_, index) => document + String(index).padStart(4, '0'));
  return JSON.stringify({ query: 'What is a sentence?', documents: all });
}

function manyDocuments(): string {
  return Array.from({ length: 10 }, () => JSON.stringify({ a: repeated(TEXT, 1000) })).join();
}

function oneQuery(characters: number, count: number): string {
  return JSON.stringify({ text_1: repeated(TEXT, characters), text_2: Array.from({ length: count }, () => 'a') });
}

/** A query for each of 1,000 documents. */
function pairs(characters: number, keys = ''): string {
  const numbers = Array.from({ length: 1000 }, (_, index) => String(index).padStart(4, '0'));
  const queries = numbers.map((number) => repeated(TEXT, characters) + number);
  return `{${keys}"queries":${JSON.stringify(queries)},"documents":${JSON.stringify(numbers)}}`;
}

function objects(count: number, keys: number): string {
  const metadata = Object.fromEntries(Array.from({ length: keys }, (_, index) => [`field_${index}`, TEXT]));
  const all = Array.from({ length: count }, (_, index) => ({ text: `${index} ${TEXT}`, ...metadata }));
  return JSON.stringify({ query: 'What is a sentence?', documents: all, return_documents: true });
}
