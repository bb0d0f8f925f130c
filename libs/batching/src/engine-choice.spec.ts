import { describe, expect, it } from 'vitest';
import { chooseEngine } from './engine-choice.js';

/** `waiting` by request: the engines that hold its prefix. */
function choose(loads: Readonly<Record<number, number>>, waiting: Readonly<Record<number, readonly number[]>>) {
  const due = Object.entries(loads).map(([engine, tokensInFlight]) => ({ engine: Number(engine), tokensInFlight }));
  const requests = Object.entries(waiting).map(([requestId, engines]) => {
    return { request: { requestId: Number(requestId), engines: new Set(engines) } };
  });
  const choice = chooseEngine(due, requests);
  return choice && [choice.engine, idsOf(choice.served), idsOf(choice.others)];
}

function idsOf(requests: readonly { request: { requestId: number } }[]): readonly number[] {
  return requests.map(({ request }) => request.requestId);
}

describe('the next batch', () => {
  it.each([
    ['is for the engine with the least to do', { 0: 300, 1: 100 }, { 7: [] }, [1, [7], []]],
    ['is for the first of equal engines', { 0: 0, 1: 0 }, { 7: [], 8: [] }, [0, [7, 8], []]],
    ['is for the engine that holds the prefix, busy as it is', { 0: 0, 1: 500 }, { 7: [1] }, [1, [7], []]],
    ['leaves requests to the engine of their prefix', { 0: 0, 1: 0 }, { 7: [1], 8: [0], 9: [] }, [0, [8, 9], [7]]],
    ['takes a request that several engines hold', { 1: 0 }, { 7: [0, 1], 8: [0] }, [1, [7], [8]]],
    ['computes a prefix again rather than leave an engine idle', { 1: 0 }, { 7: [0], 8: [0] }, [1, [7, 8], []]],
    ['does so on the engine with the least to do', { 1: 200, 2: 100 }, { 7: [0] }, [2, [7], []]],
  ])('%s', (_promise, loads, waiting, expected) => {
    expect(choose(loads, waiting)).toEqual(expected);
  });

  it('is for no request while no engine is due, or no request waits', () => {
    expect(choose({}, { 7: [] })).toBeUndefined();
    expect(choose({ 0: 0 }, {})).toBeUndefined();
  });
});
