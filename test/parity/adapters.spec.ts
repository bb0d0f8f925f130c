import { cpSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCheckpoint } from '#libs/model-repository';
import { TestServer } from '../support/server.js';
import { ADAPTERS, adapterValues, writeAdapter, writeBase, type GoldenAdapter } from './adapters.js';
import { expectClose, LOGIT_TOLERANCE } from './expect-close.js';
import { FAMILIES_OF_GOLDENS } from './families.js';
import { FamilyModel } from './family-model.js';
import { folderOfTest, temporaryFolder } from '../support/temporary-folder.js';

const { requests } = FAMILIES_OF_GOLDENS;

let root: string;
let base: string;
let adapterFolder: string;
beforeEach(() => {
  root = folderOfTest();
  [base, adapterFolder] = [path.join(root, 'base'), path.join(root, 'adapter')];
});

async function distance({ scores }: GoldenAdapter): Promise<number> {
  const opened = openCheckpoint(base, adapterFolder);
  try {
    return await (await FamilyModel.load(opened)).distance(requests, scores);
  } finally {
    opened.checkpoint.close();
  }
}

describe.each(Object.entries(ADAPTERS))('the adapter %s', (name, adapter) => {
  it("scores as PEFT's own forward pass", async () => {
    writeBase(name, base);
    writeAdapter(adapter, adapterFolder);
    expect(await distance(adapter)).toBeLessThanOrEqual(1);
  }, 60_000);
});

describe('an adapter that is merged wrong scores otherwise:', () => {
  const adapter = ADAPTERS['r8']!;
  const { r, lora_alpha: alpha } = adapter.config as { r: number; lora_alpha: number };

  it.each<[string, () => void]>([
    [
      'alpha/r inverted',
      () => writeAdapter({ ...adapter, config: { ...adapter.config, lora_alpha: (r * r) / alpha } }, adapterFolder),
    ],
    ['A and B of one square module swapped', () => writeAdapter(adapter, adapterFolder, swapped)],
    ['one target module skipped', () => writeAdapter(adapter, adapterFolder, skipped)],
    [
      'rslora read as plain',
      () => writeAdapter({ ...adapter, config: { ...adapter.config, use_rslora: true } }, adapterFolder),
    ],
  ])(
    '%s',
    async (_what, write) => {
      writeBase('r8', base);
      write();
      expect(await distance(adapter)).toBeGreaterThan(10);
    },
    60_000,
  );

  const MODULE = 'layers.1.self_attn.o_proj';

  /** Bᵀ where A belongs, and Aᵀ where B belongs. */
  function swapped(tensor: string, shape: readonly number[]): Float32Array {
    if (!tensor.includes(MODULE)) return adapterValues(tensor, shape);
    const other = tensor.includes('lora_A') ? tensor.replace('lora_A', 'lora_B') : tensor.replace('lora_B', 'lora_A');
    const [rows, columns] = shape as [number, number];
    const values = adapterValues(other, [columns, rows]);
    return Float32Array.from(values, (_, index) => values[(index % columns) * rows + Math.floor(index / columns)]!);
  }

  function skipped(tensor: string, shape: readonly number[]): Float32Array {
    const values = adapterValues(tensor, shape);
    return tensor.includes(MODULE) ? values.fill(0) : values;
  }
});

describe('a server finds an adapter', { timeout: 60_000 }, () => {
  const adapter = ADAPTERS['r8']!;
  const model = temporaryFolder();
  const places = {
    base: path.join(model, 'base'),
    adapter: path.join(model, 'adapter'),
    both: path.join(model, 'both'),
  };

  beforeAll(() => {
    writeBase('r8', places.base);
    writeAdapter(adapter, places.adapter);
    cpSync(places.base, places.both, { recursive: true });
    writeAdapter(adapter, places.both);
  }, 60_000);

  it.each<[string, Readonly<Record<string, string>>]>([
    ['that names its base', { MODEL_NAME: places.adapter }],
    ['beside its base', { MODEL_NAME: places.both }],
    ['that is named beside a base', { MODEL_NAME: places.base, ADAPTER: places.adapter }],
  ])('%s', async (_what, env) => {
    await TestServer.with({ BACKEND: 'tfjs', ...env }, async (server) => {
      expectClose(await server.scores({ ...requests[1], raw_scores: true }), adapter.scores[1]!, LOGIT_TOLERANCE);
      const { described_as: described } = await server.json<{ described_as: { adapter: string } }>('/info');
      expect(described.adapter).toBe(env['ADAPTER'] ?? env['MODEL_NAME']);
    });
  });
});
