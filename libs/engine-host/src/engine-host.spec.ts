import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BatchScorer, SequenceBatch } from '#libs/batching';
import { batchOf, FakeEngine, INFORMATION } from '../../../test/support/fake-engine.js';
import type { EngineOptions } from '#libs/engine-protocol';
import type { EngineEvent } from './engine-event.js';
import { EngineHost, type EngineLaunch } from './engine-host.js';

const OPTIONS = { threads: 1, modelFolder: 'model' } as EngineOptions;
const LAUNCH = { entry: 'engine', environment: {}, options: OPTIONS };

/** Starts fake engines, and keeps what the host tells. */
function setUp() {
  const engines: FakeEngine[] = [];
  const told: unknown[][] = [];
  let scorer: BatchScorer | undefined;
  const tell = (event: EngineEvent) => {
    if (event.kind === 'ready') scorer = event.scorer;
    told.push(Object.values(event).filter((detail) => detail !== scorer));
  };
  const start: EngineLaunch['start'] = (_command, onExit) => {
    const engine = new FakeEngine(onExit);
    engines.push(engine);
    return engine;
  };
  const host = new EngineHost({ ...LAUNCH, start }, tell);
  host.start();
  const score = (batch: SequenceBatch) => scorer!.score(batch);
  return { engines, told, host, score, newest: () => engines.at(-1)! };
}

/** Lets time pass while the engine beats. */
function live(engine: FakeEngine, ms: number): void {
  for (let passed = 0; passed < ms && !engine.killed; passed += 250) {
    engine.beat();
    vi.advanceTimersByTime(250);
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the host of an engine', () => {
  it('loads the model in the process it started, and passes batches and scores through', async () => {
    const { newest, told, score } = setUp();
    expect(newest().received[0]).toMatchObject({ kind: 'load', options: { modelFolder: 'model' } });
    newest().becomeReady();
    expect(told).toEqual([['ready', INFORMATION]]);
    const scores = score(batchOf(3));
    newest().answer(1, [0.5]);
    expect([...(await scores).logits]).toEqual([0.5]);
  });

  it('interrupts what a dead engine owed: the oldest batch was begun, the next one was not', async () => {
    const { newest, score } = setUp();
    newest().becomeReady();
    const outcomes = Promise.allSettled([score(batchOf(1)), score(batchOf(1))]);
    newest().exit('signal SIGKILL');
    expect((await outcomes).map((outcome) => (outcome as PromiseRejectedResult).reason)).toMatchObject([
      { code: 'engine_gone', begun: true },
      { code: 'engine_gone', begun: false },
    ]);
    await expect(score(batchOf(1))).rejects.toMatchObject({ code: 'engine_gone', begun: false });
  });

  it('waits twice as long after each crash, at most 30 s, and starts anew after a steady minute', () => {
    const { engines, newest, told } = setUp();
    const pauses = () => told.filter(([name]) => name === 'exited').map((exited) => exited[2]);
    for (let crash = 0; crash < 8; crash += 1) {
      newest().exit('exit code 1');
      vi.advanceTimersByTime(30_000);
    }
    expect(pauses()).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    expect(engines).toHaveLength(9);
    newest().becomeReady();
    for (let second = 0; second < 61; second += 1) {
      live(newest(), 1000);
      newest().say({ kind: 'pong' });
    }
    newest().exit('exit code 1');
    expect(pauses().at(-1)).toBe(500);
  });

  it('tells that a stopped engine is silent within a second, that it is heard again, and ends one that stays silent', () => {
    const { engines, newest, told } = setUp();
    newest().becomeReady();
    live(newest(), 1000);
    vi.advanceTimersByTime(1000);
    expect(told.at(-1)).toEqual(['silent']);
    live(newest(), 250);
    expect(told.at(-1)).toEqual(['heardAgain']);
    vi.advanceTimersByTime(6000);
    expect(engines[0]!.killed).toBe(true);
    expect(told.at(-1)).toEqual(['exited', expect.stringMatching(/heartbeat/u), 500]);
  });

  it('misses no beat of an engine that it told to leave', async () => {
    const { newest, told, host } = setUp();
    newest().becomeReady();
    live(newest(), 1000);
    const stopped = host.stop();
    vi.advanceTimersByTime(2000);
    newest().exit('exit code 0');
    await stopped;
    expect(told.map(([event]) => event)).toEqual(['ready']);
  });

  it('ends an engine that is stuck in a batch while it beats', async () => {
    const { newest, told, score } = setUp();
    newest().becomeReady();
    const failure = score(batchOf(1)).catch((error: unknown) => error);
    live(newest(), 6000);
    expect(await failure).toMatchObject({ begun: true });
    expect(told.at(-1)).toEqual(['exited', expect.stringMatching(/5000 ms/u), 500]);
  });

  it('ends an idle engine whose main thread does not answer, and leaves one alone that does', () => {
    const { newest } = setUp();
    newest().becomeReady();
    for (let round = 0; round < 5; round += 1) {
      live(newest(), 3000);
      expect(
        newest()
          .kinds()
          .filter((kind) => kind === 'ping'),
      ).toHaveLength(round + 1);
      newest().say({ kind: 'pong' });
    }
    expect(newest().killed).toBe(false);
    live(newest(), 10_000);
    expect(newest().killed).toBe(true);
  });

  it('ends an engine that fails batch after batch, as a device fault does', async () => {
    const { newest, score } = setUp();
    newest().becomeReady();
    for (const batchId of [1, 2]) {
      const failure = score(batchOf(1)).catch((error: unknown) => error);
      newest().say({ kind: 'batchFailed', batchId, code: 'INTERNAL', message: 'device-side assert' });
      expect(await failure).toMatchObject({ code: 'INTERNAL' });
    }
    live(newest(), 500);
    expect(newest().killed).toBe(true);
  });

  it('tells what the device failed of, and leaves the batch to the next engine', async () => {
    const { newest, told, score } = setUp();
    newest().becomeReady();
    const failure = score(batchOf(1)).catch((error: unknown) => error);
    newest().say({ kind: 'fault', reason: 'CUDA error: uncorrectable ECC error encountered' });
    newest().exit('exit code 1');
    expect(await failure).toMatchObject({ code: 'engine_gone', begun: true });
    expect(told.at(-1)).toEqual(['exited', 'CUDA error: uncorrectable ECC error encountered', 500]);
    vi.advanceTimersByTime(500);
    newest().exit('exit code 1');
    expect(told.at(-1)).toEqual(['exited', 'exit code 1', 1000]);
  });

  it('passes on what the process writes, also before it is loaded', () => {
    const { newest, told } = setUp();
    newest().writeLine('(node:1) Warning: a warning of the runtime');
    expect(told).toEqual([['said', '(node:1) Warning: a warning of the runtime']]);
  });

  it('passes on that batches must be smaller, and starts the next engine with that', () => {
    const { newest, told } = setUp();
    newest().becomeReady();
    newest().say({ kind: 'budget', maxBatchTokens: 2048 });
    newest().say({ kind: 'budget', maxBatchTokens: 1024 });
    expect(told.slice(-2)).toEqual([
      ['budget', 2048],
      ['budget', 1024],
    ]);
    newest().exit('exit code 1');
    vi.advanceTimersByTime(500);
    expect(newest().received[0]).toMatchObject({ kind: 'load', options: { maxBatchTokens: 1024 } });
  });

  it('takes an engine that could not even be started for one that ended, and tries again', () => {
    const told: unknown[][] = [];
    let starts = 0;
    const start = () => {
      starts += 1;
      throw new Error('spawn ENOMEM');
    };
    new EngineHost({ ...LAUNCH, start }, (event) => void told.push(Object.values(event))).start();
    vi.advanceTimersByTime(500);
    expect(told).toEqual([
      ['exited', 'it could not be started: spawn ENOMEM', 500],
      ['exited', 'it could not be started: spawn ENOMEM', 1000],
    ]);
    expect(starts).toBe(2);
  });

  it('calls a model unusable that no engine could load, and tries again where one could before', () => {
    const failed = { kind: 'loadFailed', code: 'BACKEND', message: 'no such device' } as const;
    const first = setUp();
    first.newest().say(failed);
    expect(first.told).toEqual([['unusable', expect.objectContaining({ code: 'BACKEND' })]]);
    expect(first.host.lifecycle.state).toBe('failed');

    const { newest, told, host, engines } = setUp();
    newest().becomeReady();
    newest().exit('exit code 1');
    expect([host.restarts, host.lifecycle.state, host.retryAfterSeconds]).toEqual([1, 'starting', 2]);
    vi.advanceTimersByTime(500);
    newest().say(failed);
    expect(told.slice(-2)).toEqual([
      ['loadFailed', expect.objectContaining({ message: 'no such device' })],
      ['exited', 'no such device', 1000],
    ]);
    vi.advanceTimersByTime(1000);
    expect(engines).toHaveLength(3);
    newest().becomeReady();
    expect([host.lifecycle.state, host.restarts]).toEqual(['ready', 2]);
  });

  it('starts no other engine once it was told to stop, and kills one that does not leave', async () => {
    const { engines, newest, host } = setUp();
    newest().becomeReady();
    const stopped = host.stop();
    expect(newest().kinds().at(-1)).toBe('stop');
    live(newest(), 5000);
    await stopped;
    vi.advanceTimersByTime(60_000);
    expect(newest().killed).toBe(true);
    expect(engines).toHaveLength(1);
  });
});
