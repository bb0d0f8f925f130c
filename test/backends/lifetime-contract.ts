import { describe, expect, it } from 'vitest';
import { Random } from '#apps/workshop';
import { layOut, type KeyValues, type Pass, type Segment, type Tensor, type TensorOps } from '#libs/tensor';
import { loadSmallQwen3, SMALL_SHAPE } from './small-qwen3.js';
import { random } from './stored.js';
import { ids, ROPE, runPass, type Backend } from './workbench.js';

const PASSES = 200;

/** What a backend refuses, holds and releases. */
export function describeLifetimeContract(backend: Backend, open: () => Promise<TensorOps>): void {
  describe('what is refused', () => {
    it.each([-1, 8, 2 ** 31 - 1])('token id %i in a vocabulary of 8', async (id) => {
      const ops = backend();
      const table = ops.embeddingTable(random('x', [8, 16]));
      const segments = [{ ids: Int32Array.of(3, id) }];
      await expect(runPass(ops, segments, (pass) => ops.embed(table, pass))).rejects.toThrow(RangeError);
    });

    it.each(Object.entries(FOREIGN))('%s of another backend', async (_what, use) => {
      const ops = backend();
      const table = ops.embeddingTable(random('x', [8, 16]));
      const before = held(ops);
      const running = runPass(ops, [SEQUENCE], (pass) => use(ops, ops.embed(table, pass), pass, table));
      await expect(running).rejects.toThrow(TypeError);
      expect(held(ops)).toEqual(before);
    });

    it.each([
      ['kept', [{ kept: foreignKeyValues }, { ...SEQUENCE, parent: 0 }]],
      ['stored', [{ ...SEQUENCE, store: foreignKeyValues }]],
    ])('keys and values of another backend, %s', async (_how, segments) => {
      await expect(attendItself(backend(), segments)).rejects.toThrow(TypeError);
    });

    it('a kept segment that no pass stored', async () => {
      const ops = backend();
      const kept = ops.keyValues({ layers: 1, tokens: 4, width: 16 });
      await expect(attendItself(ops, [{ kept }, { ...SEQUENCE, parent: 0 }])).rejects.toThrow(/never stored/u);
      kept.dispose();
    });
  });

  describe('memory', () => {
    it(`is what it was after ${PASSES} passes of any shape, once keys and values are disposed of`, async () => {
      const ops = backend();
      const model = await loadSmallQwen3(ops);
      const before = held(ops);
      const integers = new Random(1);
      for (let run = 0; run < PASSES; run += 1) {
        const [headTokens, queryTokens, documents] = [
          1 + integers.below(20),
          1 + integers.below(10),
          1 + integers.below(5),
        ];
        const longest = run % 20 === 0 ? 300 : 20;
        const [kept, store] = [model.keyValues(headTokens), model.keyValues(queryTokens)];
        await model.score(layOut([{ ids: ids(headTokens), store: kept }]));
        const query: Segment = { ids: ids(queryTokens), parent: 0, store };
        const rest = Array.from({ length: documents }, () => document(1 + integers.below(longest)));
        const scores = await model.score(layOut([{ kept }, query, ...rest]));
        expect(scores.every((score) => Number.isFinite(score))).toBe(true);
        kept.dispose();
        store.dispose();
      }
      expect(held(ops)).toEqual(before);
    }, 120_000);

    it('holds stored keys and values until they are disposed of, once or twice', async () => {
      const ops = backend();
      const model = await loadSmallQwen3(ops);
      const before = held(ops);
      const { layers, keyValueHeads, headDim } = SMALL_SHAPE;
      const store = model.keyValues(100);
      expect(store).toMatchObject({ tokens: 100, bytes: 2 * layers * 100 * keyValueHeads * headDim * 4 });
      await model.score(layOut([{ ids: ids(100), store }]));
      expect(ops.memory().bytes - before.bytes).toBeGreaterThanOrEqual(store.bytes);
      store.dispose();
      store.dispose();
      expect(held(ops)).toEqual(before);
    });

    it('is released when a pass fails', async () => {
      const ops = backend();
      const table = ops.embeddingTable(random('x', [8, 16]));
      const before = held(ops);
      const failing = runPass(ops, [SEQUENCE], (pass) => {
        ops.embed(table, pass);
        throw new Error('in the middle');
      });
      await expect(failing).rejects.toThrow('in the middle');
      expect(held(ops)).toEqual(before);
    });

    it('that a failed pass worked in serves the next one, and is released when the backend is closed', async () => {
      const other = await open();
      const kept = other.keyValues({ layers: 1, tokens: 4, width: 16 });
      const fail = async () => {
        await expect(attendItself(other, [{ kept }, { ...SEQUENCE, parent: 0 }])).rejects.toThrow(/never stored/u);
        return other.memory().scratchBytes;
      };
      const first = await fail();
      expect([await fail(), await fail()]).toEqual([first, first]);
      kept.dispose();
      other.close();
      expect(other.memory().scratchBytes).toBe(0);
    });

    it('of the weights is released when the backend is closed', async () => {
      const other = await open();
      const before = held(other);
      await loadSmallQwen3(other);
      expect(other.memory().tensors).toBeGreaterThan(before.tensors);
      other.close();
      expect(held(other)).toEqual(before);
    });

    it('is forecast, with a way out', () => {
      const need = {
        linearParameters: 1000,
        tableParameters: 100,
        vectorParameters: 10,
        activationsPerRow: 5,
        keyValuesPerRow: 3,
        rows: 7,
      };
      const small = backend().forecastMemory(need);
      expect(small.bytes).toBeGreaterThan(2 * need.linearParameters);
      expect(small.wayOut).not.toBe('');
      const large = backend().forecastMemory({ ...need, linearParameters: 10 ** 12 });
      expect(large.bytes).toBeGreaterThan(10 ** 12);
    });
  });

  it('describes itself', () => {
    const { backend: name, version, device, dtype, threads } = backend().describe();
    for (const text of [name, version, device, dtype]) expect(text).not.toBe('');
    expect(threads).toBeGreaterThan(0);
  });
}

/** What must not grow; scratch that a backend keeps for the next pass may. */
function held(ops: TensorOps): { readonly tensors: number; readonly bytes: number } {
  const { tensors, bytes } = ops.memory();
  return { tensors, bytes };
}

const SEQUENCE: Segment = { ids: ids(4), scored: true };

function document(length: number): Segment {
  return { ids: ids(length), parent: 1, scored: true };
}

const foreignTensor: Tensor = { shape: [4, 16] };
const foreignKeyValues: KeyValues = { tokens: 4, bytes: 0, dispose: () => {} };
const foreignPass: Pass = { rope: ROPE };

/** Every place that takes a handle. */
const FOREIGN: Readonly<Record<string, (ops: TensorOps, x: Tensor, pass: Pass, table: Tensor) => Tensor>> = {
  'a table': (ops, _x, pass) => ops.embed(foreignTensor, pass),
  'an input of rmsNorm': (ops, x) => ops.rmsNorm(foreignTensor, x, 0),
  'a norm weight': (ops, x) => ops.rmsNorm(x, foreignTensor, 0),
  'a residual': (ops, x) => ops.addRmsNorm(foreignTensor, x, x, 0).normed,
  'a change of the residual': (ops, x) => ops.addRmsNorm(x, foreignTensor, x, 0).normed,
  'an input of linear': (ops, x) => ops.linear(foreignTensor, x),
  'a linear weight': (ops, x) => ops.linear(x, foreignTensor),
  'an input of swiglu': (ops) => ops.swiglu(foreignTensor),
  'a fused projection': (ops, _x, pass) =>
    ops.splitHeads(foreignTensor, [{ heads: 1 }], pass, { rows: 'all', eps: 0 })[0]!,
  'a head norm': (ops, x, pass) =>
    ops.splitHeads(x, [{ heads: 1, norm: foreignTensor }], pass, { rows: 'all', eps: 0 })[0]!,
  queries: (ops, x, pass) => ops.attention({ q: foreignTensor, k: x, v: x }, pass, { layer: 0, rows: 'all' }),
  keys: (ops, x, pass) => ops.attention({ q: x, k: foreignTensor, v: x }, pass, { layer: 0, rows: 'all' }),
  values: (ops, x, pass) => ops.attention({ q: x, k: x, v: foreignTensor }, pass, { layer: 0, rows: 'all' }),
  'rows to gather': (ops, _x, pass) => ops.gatherScored(foreignTensor, pass),
  'the result of a pass': () => foreignTensor,
  'a pass of embedded rows': (ops, _x, _pass, table) => ops.embed(table, foreignPass),
  'a pass of gathered rows': (ops, x) => ops.gatherScored(x, foreignPass),
  'a pass of heads': (ops, x) => ops.splitHeads(x, [{ heads: 1 }], foreignPass, { rows: 'all', eps: 0 })[0]!,
  'a pass of attention': (ops, x) => ops.attention({ q: x, k: x, v: x }, foreignPass, { layer: 0, rows: 'all' }),
};

function attendItself(ops: TensorOps, segments: readonly Segment[]): Promise<Float32Array> {
  const table = ops.embeddingTable(random('x', [8, 16]));
  return runPass(ops, segments, (pass) => {
    const [q, k, v] = [ops.embed(table, pass), ops.embed(table, pass), ops.embed(table, pass)];
    return ops.attention({ q, k, v }, pass, { layer: 0, rows: 'all' });
  });
}
