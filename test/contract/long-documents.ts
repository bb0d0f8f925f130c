import { expect, it } from 'vitest';
import { ASKED } from './asked.js';
import { KEY, type Context } from './context.js';

const NEEDLE = ASKED.documents[1]!;
const HAY = 'The ship left the harbour in the morning and the crew looked at the grey sea. ';
/** Sixteen words and a full stop: 17 tokens or a few more. */
const SENTENCES = 1180;

interface Answer {
  readonly results: readonly { readonly index: number; readonly relevance_score: number }[];
  readonly usage: { readonly total_tokens: number };
}

function scoreOf({ results }: Answer, wanted: number): number {
  return results.find(({ index }) => index === wanted)!.relevance_score;
}

export function longDocuments(context: Context): void {
  const long = HAY.repeat(Math.ceil(SENTENCES * 0.95)) + NEEDLE + HAY.repeat(Math.floor(SENTENCES * 0.05));
  const documents = [ASKED.documents[0]!, long];

  const post = (path: string, fields: object) =>
    context.server.post(path, { query: ASKED.query, documents, ...fields }, { authorization: `Bearer ${KEY}` });
  const rank = async (fields: object, path = '/rerank') => (await (await post(path, fields)).json()) as Answer;

  it('of 20,000 tokens have their needle in the last tenth found in windows, and not without', async () => {
    const tokens = await context.server.post('/tokenize', { prompt: long }, { authorization: `Bearer ${KEY}` });
    expect(((await tokens.json()) as { count: number }).count).toBeGreaterThanOrEqual(20_000);
    const cut = await rank({});
    expect(cut.results[0]!.index).toBe(0);
    expect(cut.usage.total_tokens).toBeLessThan(4096);
    // Windows that are not much longer than the needle: the embedded model weighs a text as a whole.
    const windows = await rank({ long_documents: 'chunk', max_tokens_per_doc: 40, overlap_tokens: 20 });
    expect(windows.results[0]!.index).toBe(1);
    expect(scoreOf(windows, 1)).toBeGreaterThan(3 * scoreOf(cut, 1));
    expect(windows.usage.total_tokens).toBeGreaterThan(20_000);
  }, 120_000);

  it('are read in windows by the names of Cohere and SiliconFlow too', async () => {
    const size = { documents: [HAY.repeat(10) + NEEDLE], max_tokens_per_doc: 100 };
    const native = await rank({ ...size, long_documents: 'chunk' });
    const cohere = await rank({ ...size, max_chunks_per_doc: 1024 }, '/v1/rerank');
    const siliconFlow = await rank({ ...size, max_chunks_per_doc: 1024, overlap_tokens: 64 }, '/v1/rerank');
    expect(cohere).toMatchObject({ usage: native.usage });
    expect(scoreOf(cohere, 0)).toBeCloseTo(scoreOf(native, 0), 6);
    expect(scoreOf(siliconFlow, 0)).toBeCloseTo(scoreOf(native, 0), 6);
    const first = await rank({ ...size, max_chunks_per_doc: 2 }, '/v1/rerank');
    expect(first.usage.total_tokens).toBeLessThan(native.usage.total_tokens);
    expect(scoreOf(first, 0)).toBeLessThan(scoreOf(native, 0));
  }, 60_000);

  it.each([
    ['/rerank', { truncation: false }, 400],
    ['/voyage/v1/rerank', { truncation: false }, 400],
    ['/jina/v1/rerank', { truncate: false }, 422],
    ['/tei/rerank', { truncate: false }, 422],
    ['/vllm/v1/rerank', {}, 400],
  ])('are refused at %s with %o: %s', async (path, fields, status) => {
    const response = await post(path, fields);
    expect(response.status).toBe(status);
    expect(await response.text()).toMatch(/documents\[1\] takes 2\d{4} tokens, at most 19\d\d fit/u);
  });

  it('are cut by vLLM when it is told to', async () => {
    expect((await post('/vllm/v1/rerank', { truncate_prompt_tokens: -1 })).status).toBe(200);
  }, 60_000);
}
