import { describe, expect, it } from 'vitest';
import { TestServer } from '../support/server.js';

interface Result {
  readonly index: number;
  readonly relevance_score: number;
  readonly token_count: number;
  readonly window?: { readonly start: number; readonly end: number; readonly score: number };
  readonly relevant_spans?: readonly { readonly start: number; readonly end: number; readonly score: number }[];
}
interface Answer {
  readonly results: readonly Result[];
  readonly usage: { readonly prompt_tokens: number };
  readonly details: { readonly span_tokens: number };
}

const server = TestServer.forAll();

async function ask(body: object, route = '/rerank'): Promise<Answer> {
  const answer = await server.post(route, { model: 'm', return_details: true, ...body });
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

const OTHERS = 'The train leaves the station at nine. Bread is baked in an oven every morning.';
const ANSWER = 'A feline is a small animal with soft fur that purrs.';
const ALL = { relevant_spans: { mode: 'enabled', threshold: 0 } };

it.each(['/rerank', '/cohere/v2/rerank', '/v2/rerank'])(
  'finds at %s where the answer is, in code points',
  async (route) => {
    const document = `😀👩‍👩‍👧 ${OTHERS}\r\n\r\n${ANSWER} ${OTHERS}`;
    const { results } = await ask({ query: 'What is a cat?', documents: [document], ...ALL }, route);
    const [best] = results[0]!.relevant_spans!;
    const shown = Array.from(document).slice(best!.start, best!.end).join('');
    expect(shown).toContain(ANSWER);
    expect(shown).toMatch(/^(The train|Bread|A feline).*\.$/su);
  },
);

it.each(['e\u0301'.repeat(9), '猫は小さな動物です。', '🇩🇪👍🏽 is a flag and a thumb', '\ud83d a lone surrogate \ude00'])(
  'spans the whole of a document of one sentence, white space left out: %j',
  async (text) => {
    const { results, details } = await ask({ query: 'cat', documents: [`\r\n ${text} \u3000`], ...ALL });
    expect(results[0]!.relevant_spans).toMatchObject([{ start: 3, end: 3 + Array.from(text).length }]);
    expect(details.span_tokens).toBe(0);
  },
);

it('bills what is computed, of the documents that are answered alone', async () => {
  const documents = Array.from({ length: 6 }, (_, index) => `Number ${index} is here. ${OTHERS} ${ANSWER}`);
  const body = { query: 'What is a cat?', documents, top_n: 2 };
  const plain = await ask(body);
  const before = await server.metric('rerank_computed_tokens_total');
  await ask(body);
  const between = await server.metric('rerank_computed_tokens_total');
  const withSpans = await ask({ ...body, spans: true });
  const after = await server.metric('rerank_computed_tokens_total');
  const extra = after - between - (between - before);
  expect(withSpans.details.span_tokens).toBe(extra);
  expect(withSpans.usage.prompt_tokens - plain.usage.prompt_tokens).toBe(extra);
  expect(extra).toBeGreaterThan(0);
});

it.each([
  [{ mode: 'auto' }, /relevant_spans.mode must be/u],
  [{ mode: 'enabled', threshold: 2 }, /threshold must be a number from 0 to 1/u],
  [{ mode: 'enabled', max_spans: 0 }, /max_spans must be an integer of at least 1/u],
  [{ mode: 'enabled', treshold: 0.5 }, /has no \\?"treshold\\?", expected mode, threshold, max_spans/u],
  [{ mode: 'enabled', ['k'.repeat(99)]: 1 }, /has no \\?"k{40}\\?",/u],
  ['enabled', /must be an object/u],
])('refuses %j', async (relevantSpans, message) => {
  for (const route of ['/rerank', '/cohere/v2/rerank']) {
    const answer = await server.post(route, {
      model: 'm',
      query: 'q',
      documents: ['d'],
      relevant_spans: relevantSpans,
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(message);
  }
});

describe('documents of very many sentences', () => {
  const sentences = Array.from({ length: 260 }, (_, index) => `It is number ${index}.`).join(' ');
  const documents = Array.from({ length: 20 }, (_, index) => `${index} ${sentences}`);

  it('are refused before anything is scored', async () => {
    const before = await server.metric('rerank_computed_tokens_total');
    const refused = await server.post('/rerank', { query: 'q', documents, spans: true });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toMatch(/relevant_spans may make more than 10000 windows.*top_n/u);
    expect(await server.metric('rerank_computed_tokens_total')).toBe(before);
  });

  it('are searched where few enough of them are asked for', async () => {
    const body = { query: 'Which number is 7?', documents: [OTHERS, ...documents], top_n: 2, ...ALL };
    const { results } = await ask(body);
    expect(results).toHaveLength(2);
    expect(results.every(({ relevant_spans: spans }) => spans!.length > 0)).toBe(true);
  });

  it('are scored as they are where the answer has no spans', async () => {
    const pair = { queries: ['q'], documents: [OTHERS] };
    const plain = (await (await server.post('/v1/inference/m', pair)).json()) as { input_tokens: number };
    const { input_tokens } = plain;
    const withSpans = await server.post('/v1/inference/m', { ...pair, spans: true });
    expect(await withSpans.json()).toMatchObject({ input_tokens });
  });
});

it('answers no spans when they are disabled, or none is above the threshold', async () => {
  for (const fields of [
    { relevant_spans: { mode: 'disabled' }, spans: true },
    { relevant_spans: { mode: 'enabled', threshold: 1 } },
  ]) {
    const { results } = await ask({ query: 'cat', documents: [`${OTHERS} ${ANSWER}`], ...fields });
    expect(results[0]).not.toHaveProperty('relevant_spans');
  }
});

describe('a document that is read in windows', () => {
  const document = `😀 ${OTHERS} ${OTHERS} ${ANSWER} ${OTHERS} ${OTHERS}`;
  const windows = { query: 'What is a cat?', documents: [document, OTHERS], long_documents: 'chunk' };

  it('is answered with the window that has its score, in code points', async () => {
    const { results } = await ask({ ...windows, max_tokens_per_doc: 24, overlap_tokens: 12 });
    const { window, relevance_score: score } = results.find(({ index }) => index === 0)!;
    const shown = Array.from(document).slice(window!.start, window!.end).join('');
    expect(shown).toContain('soft fur');
    expect(shown.length).toBeLessThan(document.length / 2);
    expect(window!.score).toBe(score);
    const alone = await ask({ query: windows.query, documents: [shown] });
    expect(alone.results[0]!.relevance_score).toBeCloseTo(score, 2);
  });

  it('has windows of whole sentences, which share as many as asked for', async () => {
    const asked = { ...windows, max_tokens_per_doc: 40 };
    const shownBy = async (fields: object) => {
      const { results } = await ask({ ...asked, ...fields });
      const { window, token_count: tokens } = results.find(({ index }) => index === 0)!;
      return { text: Array.from(document).slice(window!.start, window!.end).join(''), tokens };
    };
    const apart = await shownBy({ overlap_sentences: 0 });
    const sharing = await shownBy({ overlap_sentences: 1 });
    for (const { text } of [apart, sharing]) {
      expect(text).toContain(ANSWER);
      expect(text).toMatch(/^(😀 The train|The train|Bread|A feline).*(nine|morning|purrs)\.$/su);
    }
    expect(sharing.tokens).toBeGreaterThan(apart.tokens);
  });

  it('has no window where it was read in one piece, or that was not asked', async () => {
    expect((await ask({ ...windows, documents: [OTHERS] })).results[0]).not.toHaveProperty('window');
    const silent = await ask({ ...windows, max_tokens_per_doc: 24, return_details: false });
    expect(silent.results[0]).not.toHaveProperty('window');
  });
});
