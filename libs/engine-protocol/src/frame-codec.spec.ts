import { describe, expect, it } from 'vitest';
import { decodeFromEngine, decodeToEngine, encodeFromEngine, encodeToEngine } from './frame-codec.js';

const BATCH = {
  shares: [
    {
      requestId: 7,
      prefix: [Int32Array.of(151_644, 8948), Int32Array.of(3)],
      documents: [Int32Array.of(1, 2, 3), Int32Array.of(4)],
      last: false,
    },
    {
      requestId: 9,
      prefix: [Int32Array.of(2)],
      documents: [Int32Array.of(6, 7)],
      tail: Int32Array.of(8, 9),
      last: true,
    },
    { requestId: 8, prefix: [Int32Array.of(151_644, 8948)], documents: [Int32Array.of(5)], last: true },
  ],
};

describe('frames', () => {
  it('carry a batch with every id in its place', () => {
    const message = { kind: 'score', batchId: 12, batch: BATCH } as const;
    expect(decodeToEngine(encodeToEngine(message))).toEqual(message);
  });

  it('carry a batch that lies at an odd offset of a larger buffer', () => {
    const message = { kind: 'score', batchId: 1, batch: BATCH } as const;
    const frame = encodeToEngine(message);
    const shifted = new Uint8Array(frame.length + 1);
    shifted.set(frame, 1);
    expect(decodeToEngine(shifted.subarray(1))).toEqual(message);
  });

  it('carry scores as they are, to the bit', () => {
    const logits = Float32Array.of(0.1, -7.625, 1e-30);
    const usage = { prefixHits: 1, prefixMisses: 2, prefixEvictions: 0, prefixBytes: 10, deviceBytes: 20 };
    const message = {
      kind: 'scores',
      batchId: 3,
      logits,
      computedTokens: 5,
      sharedTokens: 6,
      computeSeconds: 0.25,
      usage,
    } as const;
    expect(decodeFromEngine(encodeFromEngine(message))).toEqual(message);
  });

  it('carry words in any script', () => {
    const message = { kind: 'batchFailed', batchId: 3, code: 'x', message: 'größer als 8 GiB, 内存不足' } as const;
    expect(decodeFromEngine(encodeFromEngine(message))).toEqual(message);
  });
});
