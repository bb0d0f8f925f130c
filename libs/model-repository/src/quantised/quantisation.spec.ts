import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { toFloat32 } from '#libs/tensor';
import { written, type GoldenTensor } from '../../../../test/parity/golden-tensor.js';
import { writeSafetensors, type WrittenTensor } from '../../../../test/support/write-safetensors.js';
import { ConfigReader } from '../config-reader.js';
import { ModelError } from '../model-error.js';
import { SafetensorsFile } from '../safetensors.js';
import { dequantised, quantisationOf } from './quantisation.js';
import { folderOfTest } from '../../../../test/support/temporary-folder.js';

interface Case {
  readonly config: Readonly<Record<string, unknown>>;
  readonly parts: Readonly<Record<string, GoldenTensor>>;
  readonly weight: GoldenTensor;
}

const GOLDENS = new URL('../../../../test/parity/goldens/quantised.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(GOLDENS, 'utf8')) as { cases: Readonly<Record<string, Case>> };
const MODULE = 'model.layers.0.mlp.up_proj';

let folder: string;
beforeEach(() => void (folder = folderOfTest()));

function partsOf(one: Case): Record<string, WrittenTensor> {
  return Object.fromEntries(Object.entries(one.parts).map(([part, stored]) => [`${MODULE}.${part}`, written(stored)]));
}

/** Rows of the weight that the parts make. */
function read(config: object, parts: Readonly<Record<string, WrittenTensor>>, rows?: { first: number; count: number }) {
  const file = path.join(folder, 'model.safetensors');
  writeSafetensors(file, parts);
  const opened = new SafetensorsFile(file);
  try {
    const quantisation = quantisationOf(new ConfigReader({ quantization_config: config }, 'config.json'));
    const weight = dequantised(opened.tensors, quantisation).get(`${MODULE}.weight`)!;
    return { shape: weight.shape, values: toFloat32(weight.read(rows), weight.dtype) };
  } finally {
    opened.close();
  }
}

describe.each(Object.entries(cases))('%s', (_name, one) => {
  const expected = new Float32Array(new Uint8Array(Buffer.from(one.weight.bytes, 'base64')).buffer);
  const columns = one.weight.shape[1]!;

  it('is what its library makes of it', () => {
    const { shape, values } = read(one.config, partsOf(one));
    expect(shape).toEqual(one.weight.shape);
    const worst = Math.max(...expected.map((value, index) => Math.abs(value - values[index]!)));
    // Libraries round to the type of the scales, and some tables have fewer digits.
    expect(worst).toBeLessThanOrEqual(2e-3);
  });

  it('is read by rows', () => {
    const whole = read(one.config, partsOf(one)).values;
    const some = read(one.config, partsOf(one), { first: 5, count: 3 }).values;
    expect(some).toEqual(whole.subarray(5 * columns, 8 * columns));
  });

  it('is refused without one of its parts, and with a part of another size', () => {
    for (const part of Object.keys(one.parts)) {
      if (/weight$|qweight|weight_packed|g_idx|zero_point/u.test(part)) continue;
      const all = partsOf(one);
      const { [`${MODULE}.${part}`]: gone, ...rest } = all;
      expect(() => read(one.config, rest)).toThrow(ModelError);
      const cut = { ...gone!, shape: [gone!.shape[0]! + 1, ...gone!.shape.slice(1)] };
      const bytes = new Uint8Array((gone!.bytes.length / gone!.shape[0]!) * cut.shape[0]!);
      if (gone!.shape.length === 0 || part.includes('quant_state')) continue;
      expect(() => read(one.config, { ...all, [`${MODULE}.${part}`]: { ...cut, bytes } })).toThrow(ModelError);
    }
  });
});

describe('is refused by name:', () => {
  it.each<[string, object, RegExp]>([
    ['another method', { quant_method: 'hqq' }, /quant_method must be one of compressed-tensors, .*, got "hqq"/u],
    [
      'nvfp4',
      { quant_method: 'compressed-tensors', format: 'nvfp4-pack-quantized' },
      /format must be one of int-quantized/u,
    ],
    [
      'mixed groups',
      { quant_method: 'compressed-tensors', format: 'int-quantized', config_groups: { a: {}, b: {} } },
      /config_groups must be one group/u,
    ],
    ['3 bits', { quant_method: 'gptq', bits: 3, group_size: 16 }, /bits must be 4 or 8 .*, got 3/u],
    ['marlin', { quant_method: 'awq', bits: 4, version: 'marlin' }, /version must be gemm or gemv .*, got "marlin"/u],
    [
      'blocks that are none',
      { quant_method: 'fp8', weight_block_size: [0, 1] },
      /weight_block_size must be two sizes/u,
    ],
  ])('%s', (_what, config, message) => {
    expect(() => quantisationOf(new ConfigReader({ quantization_config: config }, 'config.json'))).toThrow(message);
  });

  it('MLX', () => {
    expect(() => quantisationOf(new ConfigReader({ quantization: { bits: 4 } }, 'config.json'))).toThrow(
      /MLX is not read: take/u,
    );
  });
});
