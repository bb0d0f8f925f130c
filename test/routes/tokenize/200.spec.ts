import { expect, it } from 'vitest';
import { useTestApp } from '../../support/test-app.js';

const app = useTestApp();

it('answers the tokens of each text with their places in bytes', async () => {
  const response = await app().post('/tokenize', { inputs: ['a ü', 'b'] });
  expect(response.statusCode).toBe(200);
  const [first, second] =
    response.json<{ id: number; text: string; start: number; stop: number; special: boolean }[][]>();
  expect(first![0]).toMatchObject({ text: 'a', start: 0, stop: 1 });
  expect(first!.at(-1)).toMatchObject({ stop: 4, special: false });
  expect(second).toHaveLength(1);
});

it('answers the ids of a prompt as vLLM does', async () => {
  const {
    count,
    tokens,
    max_model_len: most,
  } = (await app().post('/tokenize', { prompt: 'a b c' })).json<{
    count: number;
    tokens: number[];
    max_model_len: number;
  }>();
  expect(tokens).toHaveLength(count);
  expect(most).toBeGreaterThan(0);
});
