import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { TestServer } from '../support/server.js';

const ROOT = path.join(import.meta.dirname, '../..');

interface Answer {
  readonly results: { readonly index: number; readonly relevance_score: number }[];
}

const server = TestServer.forAll();

async function rerank(body: object | string): Promise<Answer> {
  const response = await server.post('/rerank', body);
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

describe('the embedded model', () => {
  it('gives the answer that the README shows to the request that it shows', async () => {
    const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
    const request = /rerank -H 'Content-Type: application\/json' -d '(?<body>\{.*?\})'\n```/su.exec(readme);
    const shown = JSON.parse(/```json\n(?<answer>\{.*?\})\n```/su.exec(readme)!.groups!['answer']!) as Answer;
    const { results } = await rerank(request!.groups!['body']!);
    expect(results.map(({ index }) => index)).toEqual(shown.results.map(({ index }) => index));
    shown.results.forEach(({ relevance_score: score }, place) => {
      expect(results[place]!.relevance_score).toBeCloseTo(score, 3);
    });
  });
});
