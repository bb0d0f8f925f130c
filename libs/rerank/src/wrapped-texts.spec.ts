import { describe, expect, it } from 'vitest';
import { FAMILIES } from '#libs/model-repository';
import { WrappedTexts } from './wrapped-texts.js';

const PREFIX =
  '<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct provided. ' +
  'Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n';
const SUFFIX = '<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n';
const query = `${PREFIX}<Instruct>: Judge.\n<Query>: What is\nthat?\n`;
const wrap = (document: string) => `<Document>: ${document}${SUFFIX}`;

describe("texts in Qwen3-Reranker's frame", () => {
  const wrapped = new WrappedTexts(FAMILIES.QWEN3_RERANKER.prompt);

  it('are taken out of it: instruction and query, and each document by its own', () => {
    const documents = [wrap('a'), 'plain', wrap(''), wrap('\nb\n')];
    expect(wrapped.unwrap({ query, documents })).toEqual({
      instruction: 'Judge.',
      query: 'What is\nthat?',
      documents: ['a', 'plain', '', '\nb\n'],
    });
  });

  it.each([
    ['no frame', 'What is that?'],
    ['no line feed at the end', query.slice(0, -1)],
    ['something before the frame', ` ${query}`],
    ['no query in it', `${PREFIX}<Instruct>: Judge.\n`],
  ])('stay what they are with %s around the query', (_what, text) => {
    expect(wrapped.unwrap({ query: text, documents: [wrap('a')] })).toBeUndefined();
  });

  it('stay text where a document only quotes a frame', () => {
    const quoting = `see ${wrap('a')} there`;
    const half = `<Document>: a`;
    expect(wrapped.unwrap({ query, documents: [quoting, half] })!.documents).toEqual([quoting, half]);
  });
});

it('prompts of another order have no such frame', () => {
  const { CTXL_RERANK, ZERANK, MXBAI_RERANK } = FAMILIES;
  for (const { prompt } of [CTXL_RERANK, ZERANK, MXBAI_RERANK]) {
    expect(new WrappedTexts(prompt).unwrap({ query, documents: [] })).toBeUndefined();
  }
});
