import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { TestServer } from '../support/server.js';
import { writeSafetensors, type WrittenTensor } from '../support/write-safetensors.js';
import { written, type GoldenTensor } from './golden-tensor.js';
import { FAMILIES_OF_GOLDENS, type FamilyShape } from './families.js';
import { hashWeights, toBfloat16 } from './hash-weights.js';
import { expectClose, LOGIT_TOLERANCE, PROBABILITY_TOLERANCE } from './expect-close.js';
import { listTensors } from './shapes.js';
import { tokenizerPath } from './write-checkpoint.js';
import { folderOfTest } from '../support/temporary-folder.js';

interface Case {
  readonly config: Readonly<Record<string, unknown>>;
  /** Of each module, the same in every layer. */
  readonly parts: Readonly<Record<string, Readonly<Record<string, GoldenTensor>>>>;
  readonly scores: readonly (readonly number[])[];
}

const GOLDENS = new URL('goldens/quantised-models.json', import.meta.url);
const { shape, cases } = JSON.parse(readFileSync(GOLDENS, 'utf8')) as {
  shape: FamilyShape;
  cases: Readonly<Record<string, Case>>;
};

/** Everything but the products, as hashed. */
const others: Readonly<Record<string, WrittenTensor>> = Object.fromEntries(
  listTensors(shape)
    .filter(({ name }) => !name.includes('_proj.'))
    .map(({ name, size, rule }) => {
      const values = toBfloat16(
        hashWeights(
          name,
          size.reduce((product, one) => product * one, 1),
          rule,
        ),
      );
      return [name, { dtype: 'BF16', shape: size, bytes: new Uint8Array(values.buffer) }];
    }),
);

let folder: string;
beforeEach(() => void (folder = folderOfTest()));

function write({ config, parts }: Case): void {
  const layers = Array.from({ length: shape.config.num_hidden_layers }, (_, layer) => `model.layers.${layer}`);
  const products = layers.flatMap((layer) =>
    Object.entries(parts).flatMap(([module, stored]) =>
      Object.entries(stored).map(([part, tensor]) => [`${layer}.${module}.${part}`, written(tensor)]),
    ),
  );
  writeSafetensors(path.join(folder, 'model.safetensors'), { ...others, ...Object.fromEntries(products) });
  const whole = { ...shape.config, quantization_config: config };
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(whole));
  copyFileSync(tokenizerPath(), path.join(folder, 'tokenizer.json'));
}

describe.each(Object.entries(cases))('a model in %s, through HTTP', (_name, one) => {
  it('scores as transformers does with the weights that its library makes', { timeout: 120_000 }, async () => {
    write(one);
    await TestServer.with({ MODEL_NAME: folder, BACKEND: 'tfjs' }, async (server) => {
      for (const [index, request] of FAMILIES_OF_GOLDENS.requests.entries()) {
        const expected = one.scores[index]!;
        expectClose(await server.scores({ ...request, raw_scores: true }), expected, LOGIT_TOLERANCE);
        const relevances = expected.map((score) => 1 / (1 + Math.exp(-score)));
        expectClose(await server.scores(request), relevances, PROBABILITY_TOLERANCE);
      }
      const health = await server.json<{ stored_as: string; dtype: string }>('/health');
      expect(health.stored_as).toContain(one.config['quant_method']);
      expect(health.dtype).toBe('f32');
    });
  });
});

it('has goldens that tell the schemes apart', () => {
  const rows = Object.values(cases).map(({ scores }) => scores.flat().join());
  // By tensor and by channel, packed or not: the same numbers.
  expect(new Set(rows).size).toBeGreaterThan(rows.length / 2);
});
