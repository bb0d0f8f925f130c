import { describe, expect, it } from 'vitest';
import type { EngineInformation, LifecycleState } from '#libs/engine-host';
import { INFORMATION } from '../../../test/support/fake-engine.js';
import { informationTogether, stateTogether, usageTogether } from './together.js';

const engine = (device: string, figures: Partial<EngineInformation>) => ({ ...INFORMATION, device, ...figures });

describe('several engines', () => {
  it.each<[readonly LifecycleState[], LifecycleState]>([
    [['ready', 'starting'], 'ready'],
    [['failed', 'unresponsive'], 'unresponsive'],
    [['starting', 'loading'], 'loading'],
    [['starting', 'failed'], 'starting'],
    [['draining', 'draining'], 'draining'],
    [['stopped', 'stopped'], 'stopped'],
  ])('that are %o are together %s', (states, together) => {
    expect(stateTogether(states)).toBe(together);
  });

  it('add up their rates; a batch of the largest budget is possible', () => {
    const together = informationTogether([
      engine('cuda:0', { tokensPerSecond: 1000, maxBatchTokens: 4096, passedOver: ['a'], loadSeconds: 3 }),
      engine('cuda:1', { tokensPerSecond: 500, maxBatchTokens: 2048, passedOver: ['a', 'b'], loadSeconds: 4 }),
    ]);
    expect(together).toMatchObject({
      device: 'cuda:0, cuda:1',
      tokensPerSecond: 1500,
      maxBatchTokens: 4096,
      passedOver: ['a', 'b'],
      loadSeconds: 4,
      threads: 2,
    });
    expect(informationTogether([])).toBeUndefined();
    expect(informationTogether([INFORMATION])).toBe(INFORMATION);
  });

  it('add up what they use', () => {
    const usage = { prefixHits: 1, prefixMisses: 2, prefixEvictions: 3, prefixBytes: 4, deviceBytes: 5 };
    expect(Object.values(usageTogether([usage, usage]))).toEqual([2, 4, 6, 8, 10]);
  });
});
