import { describe, expect, it } from 'vitest';
import { RerankDto } from '../dialects/generic/generic.dto.js';
import { oneRequest, wantsDocuments, wantsRawScores } from './rerank-options.js';
import { validBody } from './validation.js';

const bodyOf = (fields: object) => validBody(RerankDto, { query: 'q', documents: ['a', 'b'], ...fields });
const requestOf = (fields: object) => oneRequest()(bodyOf(fields))[0];

const names = (count: number) => Array.from({ length: count }, (_, index) => (index === 0 ? 'a' : `b${index}`));

describe('options under all their names', () => {
  it.each([{ top_n: 1 }, { topN: 1 }, { top_k: 1 }, { topK: 1 }])('%o', (fields) => {
    expect(requestOf(fields).topN).toBe(1);
  });

  it.each([{ top_n: 0 }, { top_n: null }, {}])('all documents for %o', (fields) => {
    expect(requestOf(fields)).not.toHaveProperty('topN');
  });

  it.each([
    { return_documents: true },
    { return_documents: 'true' },
    { returnDocuments: true },
    { return_text: true },
    { return_input: 'true' },
  ])('%o shows documents', (fields) => {
    expect(wantsDocuments(bodyOf(fields))).toBe(true);
  });

  it.each([{ min_score: 0.4 }, { score_threshold: 0.4 }, { min_score: 0.4, raw_scores: false }])('%o', (fields) => {
    expect(requestOf(fields).minScore).toEqual({ of: 'relevanceScore', least: 0.4 });
  });

  it('compares the least score with what is answered, raw scores too', () => {
    expect(requestOf({ min_score: -2, raw_scores: true }).minScore).toEqual({ of: 'rawScore', least: -2 });
    expect(requestOf({ min_score: null })).not.toHaveProperty('minScore');
  });

  it('takes a priority, and leaves it to the server when there is none', () => {
    expect(requestOf({ priority: 0 })).toMatchObject({ priority: 0 });
    expect(requestOf({ priority: null })).not.toHaveProperty('priority');
    expect(() => bodyOf({ priority: 1000 })).toThrow(/at most 999/u);
  });

  it('does not decide about documents when the request does not say', () => {
    expect(wantsDocuments(bodyOf({ return_documents: null }))).toBeUndefined();
    expect(wantsDocuments(bodyOf({ return_documents: 'false' }))).toBe(false);
  });

  it.each([{ raw_scores: true }, { use_activation: false }, { softmax: false }, { activation: 'false' }])(
    '%o asks for raw scores',
    (fields) => {
      expect(wantsRawScores(bodyOf(fields))).toBe(true);
    },
  );

  it.each([{ raw_scores: false }, { use_activation: true }, { use_activation: null }])('%o does not', (fields) => {
    expect(wantsRawScores(bodyOf(fields))).toBe(false);
  });

  it.each([
    { instruction: 'i' },
    { instruct: 'i' },
    { chat_template_kwargs: { instruction: 'i' } },
    { chat_template_kwargs: { instruct: 'i' } },
  ])('%o', (fields) => {
    expect(requestOf(fields).instruction).toBe('i');
  });

  it.each([{ max_tokens_per_doc: 9 }, { maxTokensPerDoc: 9 }, { max_doc_length: 9 }])('%o', (fields) => {
    expect(requestOf(fields).limits).toEqual({ documentTokens: 9 });
  });

  it('takes the limits of vLLM, -1 being what the model can hold and 0 none', () => {
    expect(requestOf({ truncate_prompt_tokens: 7, max_tokens_per_query: 5 }).limits).toEqual({
      promptTokens: 7,
      queryTokens: 5,
    });
    expect(requestOf({ truncate_prompt_tokens: -1, max_tokens_per_query: 0 }).limits).toEqual({});
  });

  it.each([
    [{}, undefined],
    [{ truncation: true, truncate: 'END' }, undefined],
    [{ truncation: false }, { kind: 'refuse' }],
    [{ truncate: false }, { kind: 'refuse' }],
    [{ truncate: 'NONE' }, { kind: 'refuse' }],
    [{ long_documents: 'error' }, { kind: 'refuse' }],
    [{ truncation_side: 'left' }, { kind: 'cut', keep: 'end' }],
    [{ truncation_direction: 'Left' }, { kind: 'cut', keep: 'end' }],
    [{ truncate: 'START' }, { kind: 'cut', keep: 'end' }],
    [{ max_chunks_per_doc: 1 }, undefined],
    [{ max_chunks_per_doc: 10 }, { kind: 'windows', maxWindows: 10, overlapTokens: 64 }],
    [
      { max_chunks_per_doc: 10, overlap_tokens: 0 },
      { kind: 'windows', maxWindows: 10, overlapTokens: 0 },
    ],
    [{ long_documents: 'chunk' }, { kind: 'windows', maxWindows: Infinity, overlapTokens: 64 }],
    [
      { long_documents: 'chunk', overlap_sentences: 2 },
      { kind: 'windows', maxWindows: Infinity, overlapTokens: 64, overlapSentences: 2 },
    ],
    [{ long_documents: 'truncate', max_chunks_per_doc: 10 }, undefined],
  ])('%o: long documents %o', (fields, expected) => {
    expect(requestOf(fields).longDocuments).toEqual(expected);
  });

  it.each([
    [{ top_n: -1 }, 'top_n must be at least 0'],
    [{ top_n: 1.5 }, 'top_n must be an integer'],
    [{ top_k: '3' }, 'top_k must be an integer'],
    [{ return_documents: 'yes' }, 'return_documents must be true or false'],
    [{ truncate_prompt_tokens: -2 }, 'truncate_prompt_tokens must be at least -1'],
    [{ truncate: 'MIDDLE' }, 'truncate must be true, false, "NONE", "START", "END"'],
    [{ truncation_side: 'up' }, 'truncation_side must be "left", "right", "Left", "Right"'],
    [{ min_score: '0.4' }, 'min_score must be a number'],
    [{ rank_fields: [] }, 'rank_fields must not be empty'],
    [{ rank_fields: 'text' }, 'rank_fields must be an array of strings'],
    [{ instruction: 7 }, 'instruction must be a string'],
    [{ query: '  ' }, 'query must not be blank'],
    [{ query: { text: 7 } }, 'query must be a string'],
    [{ documents: 'a' }, 'documents must be an array of strings or of objects with a text'],
    [{ documents: ['a', { image: 'x' }] }, 'documents[1] must be a string or an object with a string text'],
    [{ documents: ['a', null] }, 'documents[1] must be a string or an object with a string text'],
    [{ documents: [{}] }, 'documents[0] must be a string or an object with a string text'],
    [{ documents: [{ content: [{ type: 'image_url' }] }] }, /^documents\[0\]/u],
    [{ documents: [{ a: 'x' }], rank_fields: ['b'] }, /^documents\[0\] .* one of the rank_fields$/u],
  ])('refuses %o: %s', (fields, message) => {
    expect(() => bodyOf(fields)).toThrow(message);
  });

  it('finds its rules whatever fields the caller has', () => {
    expect(bodyOf({ constructor: 3 }).constructor).toBe(RerankDto);
    expect(() => bodyOf({ constructor: { name: 'Object' }, query: 7 })).toThrow('query must be a string');
  });

  it.each(['text', 7, null, undefined, ['a']])('refuses the body %o', (body) => {
    expect(() => validBody(RerankDto, body)).toThrow('the body must be a JSON object');
  });
});

const textsOf = (documents: unknown[], fields: object = {}) => requestOf({ documents, ...fields }).documents;

describe('what of a document is read', () => {
  it('is the string, the text, or the text parts', () => {
    const parts = {
      content: [
        { type: 'text', text: 'c' },
        { type: 'text', text: 'd' },
      ],
    };
    expect(textsOf(['a', { text: 'b', title: 't' }, parts])).toEqual(['a', 'b', 'c\nd']);
  });

  it('is a content that is a string', () => {
    expect(textsOf([{ content: 'a' }])).toEqual(['a']);
  });

  it('is no key that an object only inherits', () => {
    expect(() => bodyOf({ documents: [{ text: 'a' }], rank_fields: ['constructor'] })).toThrow('rank_fields');
  });

  it('is what rank_fields name, in their order', () => {
    const document = { text: 'x', title: 't', year: 1999, none: null };
    expect(textsOf([document, 'plain'], { rank_fields: ['year', 'none', 'title'] })).toEqual(['1999\nt', 'plain']);
  });

  it('is every key of an object without a text', () => {
    expect(textsOf([{ title: 't', tags: ['a'], none: null }])).toEqual(['title: t\ntags: ["a"]']);
  });

  it('is the same for a query', () => {
    expect(requestOf({ query: { content: [{ type: 'text', text: 'q' }] } }).query).toBe('q');
  });
});

describe('rank_fields', () => {
  it('are at most a hundred: each is looked for in each document', () => {
    const documents = [{ a: 'x' }];
    expect(requestOf({ documents, rank_fields: names(100) }).documents).toEqual(['x']);
    const message = 'rank_fields must hold at most 100 names';
    expect(() => bodyOf({ documents, rank_fields: names(101) })).toThrow(message);
    // Also where they would not be found.
    expect(() => bodyOf({ documents: [{ c: 'x' }], rank_fields: names(101) })).toThrow(message);
  });

  it('are read once each: no text is longer than what was sent', () => {
    const documents = [{ a: 'x', b: 'y' }];
    expect(requestOf({ documents, rank_fields: ['b', 'a', 'b', 'b'] }).documents).toEqual(['y\nx']);
  });
});
