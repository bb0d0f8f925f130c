import { describe, expect, it } from 'vitest';
import { limitOf } from './limit.js';

/** Nothing is at a limit, and yet the engine computes only half of the time. */
const IDLE = {
  computing: 0.5,
  batchFill: 0.98,
  tokenizeMs: 12,
  serverEventLoop: 0.4,
  engineEventLoop: 0.2,
  generator: 0.1,
};

describe('what limits the server', () => {
  it.each([
    [
      'nothing, while the GPU is busy, whatever else is too',
      { ...IDLE, serverEventLoop: 0.99 },
      0.93,
      'nothing: the GPU is busy 93 %',
    ],
    [
      'nothing, while the engine computes and no driver says more',
      { ...IDLE, computing: 0.95 },
      undefined,
      'nothing: the engine computes 95 %',
    ],
    [
      'the event loop of the server, although batches are small for it',
      { ...IDLE, serverEventLoop: 0.9, batchFill: 0.3 },
      0.6,
      "the server's event loop: 90 %",
    ],
    ['the event loop of the engine', { ...IDLE, engineEventLoop: 0.88 }, 0.6, "the engine's event loop: 88 %"],
    ['the generator', { ...IDLE, generator: 0.97, batchFill: 0.3 }, 0.6, 'this load generator: 97 %'],
    ['too few requests that wait', { ...IDLE, batchFill: 0.61 }, 0.6, 'too few requests wait: batches have 61 %'],
    ['the way between full batches', IDLE, 0.5, 'the way between batches: they are full, but the engine computes 50 %'],
    [
      'the passes, when the engine is always in one and the GPU is not busy',
      { ...IDLE, computing: 0.97 },
      0.8,
      'the passes: the engine is in one 97 %',
    ],
  ])('is %s', (_what, shares, gpuBusy, expected) => {
    expect(limitOf(shares, gpuBusy)).toContain(expected);
  });
});
