import { describe, expect, it } from 'vitest';
import { Lifecycle, type EngineState } from './lifecycle.js';

function after(...moves: readonly EngineState[]): Lifecycle {
  const lifecycle = new Lifecycle();
  for (const move of moves) lifecycle.moveTo(move);
  return lifecycle;
}

const UP = ['loading', 'loading', 'warming', 'ready'] as const;

describe('the lifecycle', () => {
  it('goes up to ready, and can score from there', () => {
    const lifecycle = after(...UP);
    expect(lifecycle).toMatchObject({ state: 'ready', canScore: true, hasStarted: true });
  });

  it.each([['loading'], ['warming'], ['ready'], ['unresponsive'], ['failed']] as const)(
    'falls back to starting from %s when the engine dies',
    (state) => {
      const way: readonly EngineState[] = state === 'failed' ? ['failed'] : [...UP, 'unresponsive'];
      const lifecycle = after(...way.slice(0, way.indexOf(state) + 1), 'starting');
      expect(lifecycle).toMatchObject({ state: 'starting', canScore: false });
    },
  );

  it.each([
    [[], 'ready'],
    [[], 'warming'],
    [UP, 'warming'],
    [['failed'], 'ready'],
  ] as const)('refuses the move from %j to %s', (moves, next) => {
    expect(() => after(...moves).moveTo(next)).toThrow(/no move/u);
  });

  it('stays started while a new engine loads', () => {
    expect(after(...UP, 'starting', 'loading')).toMatchObject({ state: 'loading', hasStarted: true });
  });

  it('says draining while it still scores, also with an engine that comes back meanwhile', () => {
    const lifecycle = after(...UP);
    lifecycle.drain();
    expect(lifecycle).toMatchObject({ state: 'draining', canScore: true });
    lifecycle.moveTo('starting');
    expect(lifecycle).toMatchObject({ state: 'draining', canScore: false });
  });

  it('hears nothing any more once it is stopped', () => {
    const lifecycle = after(...UP);
    lifecycle.stop();
    lifecycle.moveTo('loading');
    lifecycle.drain();
    expect(lifecycle).toMatchObject({ state: 'stopped', canScore: false });
  });
});
