import { embeddedModelFolder } from '#libs/embedded-model';
import { Tokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import path from 'node:path';
import { ALL_WORKLOADS, parseWorkload, RequestMaker } from './request-maker.js';

function made(seed: number) {
  return new RequestMaker(parseWorkload('3xmixed'), seed).next();
}

describe('workloads', () => {
  it('have documents of as many tokens as their name says', async () => {
    const tokenizer = Tokenizer.fromFile(path.join(embeddedModelFolder, 'tokenizer.json'));
    for (const tokens of [14, 50, 350]) {
      const { documents } = new RequestMaker(parseWorkload(`5x${tokens}`), 7).next();
      for (const document of documents) {
        // In the prompt a space comes before the document.
        expect((await tokenizer.encode(` ${document}`)).getIds()).toHaveLength(tokens);
      }
    }
  });

  it('are the same for the same seed, and others for another', () => {
    expect(made(1)).toEqual(made(1));
    expect(made(1)).not.toEqual(made(2));
  });

  it('repeat queries but no documents when their name says so', () => {
    const maker = new RequestMaker(parseWorkload('2x50-repeated'), 1);
    const requests = Array.from({ length: 12 }, () => maker.next());
    expect(new Set(requests.map(({ query }) => query)).size).toBe(4);
    expect(new Set(requests.flatMap(({ documents }) => documents)).size).toBe(24);
  });

  it('can all be read, and what cannot is refused with an example', () => {
    expect(ALL_WORKLOADS.map((name) => parseWorkload(name).name)).toEqual(ALL_WORKLOADS);
    for (const name of ['', '20', '0x50', '20x0', 'x', '20xlong']) expect(() => parseWorkload(name)).toThrow('20x50');
  });
});
