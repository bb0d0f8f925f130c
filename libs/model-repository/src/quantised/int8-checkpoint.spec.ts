import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { toFloat32, type StoredTensor } from '#libs/tensor';
import { writeTinyCheckpoint } from '../../../../test/support/tiny-checkpoint.js';
import { float32Tensor, writeSafetensors } from '../../../../test/support/write-safetensors.js';
import { ModelError } from '../model-error.js';
import { openCheckpoint, type OpenCheckpoint } from '../qwen3-checkpoint.js';
import { writeInt8Checkpoint } from './int8-checkpoint.js';
import { folderOfTest } from '../../../../test/support/temporary-folder.js';

let root: string;
let source: string;
let out: string;
beforeEach(() => {
  root = folderOfTest();
  [source, out] = [path.join(root, 'source'), path.join(root, 'out')];
});

const UP = 'model.layers.1.mlp.up_proj.weight';
const DOWN = 'model.layers.1.mlp.down_proj';

function values(stored: StoredTensor): number[] {
  return [...toFloat32(stored.read(), stored.dtype)];
}

function both<Result>(use: (written: OpenCheckpoint, original: OpenCheckpoint) => Result): Result {
  const [written, original] = [openCheckpoint(out), openCheckpoint(source)];
  try {
    return use(written, original);
  } finally {
    written.checkpoint.close();
    original.checkpoint.close();
  }
}

/** Rows of numbers of both signs, one row of zeros. */
const mixed = float32Tensor([6, 8], (index) => (index < 8 ? 0 : Math.sin(7 * index) * 10 ** ((index % 5) - 3)));

describe('a model that is written in int8', () => {
  beforeEach(() => {
    writeTinyCheckpoint(source, { tensors: { [UP]: mixed } });
    writeFileSync(path.join(source, 'tokenizer.json'), '{"tokens":1}');
    writeFileSync(path.join(source, 'chat_template.jinja'), 'a template');
  });

  it('is read as what it was, within half a step of its rows, and what no product reads as it was', () => {
    const { kept } = writeInt8Checkpoint({ folder: source }, out, (module) => module === DOWN);
    expect(kept).toEqual([DOWN]);
    both((written, original) => {
      expect(written.config).toMatchObject({ ...original.config, quantisation: { name: 'compressed-tensors, int8' } });
      expect(written.checkpoint.names().toSorted()).toEqual(original.checkpoint.names().toSorted());
      for (const name of original.checkpoint.names()) {
        const [found, expected] = [written.checkpoint.tensor(name), original.checkpoint.tensor(name)];
        const allowed = (value: number, index: number): number => {
          const step = found.int8?.scales[Math.floor(index / expected.shape[1]!)];
          // bfloat16 has 8 bits of a number.
          return step === undefined ? (name === `${DOWN}.weight` ? 2 ** -8 * Math.abs(value) : 0) : 0.5001 * step;
        };
        const read = values(found);
        const wrong = values(expected).filter((value, index) => Math.abs(value - read[index]!) > allowed(value, index));
        expect({ name, wrong }).toEqual({ name, wrong: [] });
      }
      const in8Bits = original.checkpoint.names().filter((name) => written.checkpoint.tensor(name).int8 !== undefined);
      expect(in8Bits).toHaveLength(13);
    });
  });

  it('says so as compressed-tensors reads it, and brings tokenizer and templates', () => {
    writeInt8Checkpoint({ folder: source }, out, (module) => module === DOWN);
    const config = JSON.parse(readFileSync(path.join(out, 'config.json'), 'utf8')) as Record<string, unknown>;
    expect(config['quantization_config']).toMatchObject({
      quant_method: 'compressed-tensors',
      format: 'int-quantized',
      ignore: ['lm_head', 'score', DOWN],
      config_groups: {
        group_0: { targets: ['Linear'], weights: { num_bits: 8, strategy: 'channel', symmetric: true } },
      },
    });
    expect(readFileSync(path.join(out, 'tokenizer.json'), 'utf8')).toBe('{"tokens":1}');
    expect(readFileSync(path.join(out, 'chat_template.jinja'), 'utf8')).toBe('a template');
  });

  it('uses all numbers in each row, whose scale gives the weight exactly', () => {
    writeInt8Checkpoint({ folder: source }, out, () => false);
    both(({ checkpoint }) => {
      const stored = checkpoint.tensor(UP);
      const numbers = new Int8Array(stored.int8!.read());
      const rows = Array.from({ length: 6 }, (_, row) => [...numbers.subarray(8 * row, 8 * row + 8)]);
      const largest = rows.map((row) => Math.max(...row.map((number) => Math.abs(number))));
      expect(largest).toEqual([0, 127, 127, 127, 127, 127]);
      const made = rows.flatMap((row, index) => row.map((number) => Math.fround(number * stored.int8!.scales[index]!)));
      expect(values(stored).map((value) => value + 0)).toEqual(made.map((value) => value + 0));
    });
  });

  it('brings what an adapter makes of it', () => {
    const adapter = path.join(root, 'adapter');
    writeTinyCheckpoint(adapter);
    writeFileSync(path.join(adapter, 'adapter_config.json'), '{"peft_type":"LORA","r":1,"lora_alpha":1}');
    const part = 'base_model.model.model.layers.1.mlp.down_proj.lora';
    writeSafetensors(path.join(adapter, 'adapter_model.safetensors'), {
      [`${part}_A.weight`]: float32Tensor([1, 6], () => 1),
      [`${part}_B.weight`]: float32Tensor([8, 1], () => 100),
    });
    writeInt8Checkpoint({ folder: source, adapterFolder: adapter }, out, () => false);
    both(({ checkpoint }, original) => {
      const change = values(checkpoint.tensor(`${DOWN}.weight`)).map(
        (value, index) => value - values(original.checkpoint.tensor(`${DOWN}.weight`))[index]!,
      );
      for (const value of change) expect(Math.abs(value - 100)).toBeLessThan(1);
    });
  });

  it('is refused in a folder that has something in it, and where the model is quantised already', () => {
    writeInt8Checkpoint({ folder: source }, out, () => false);
    const again = () => writeInt8Checkpoint({ folder: source }, out, () => false);
    expect(again).toThrow(ModelError);
    expect(again).toThrow(/must be a folder that is new or empty/u);
    const twice = () => writeInt8Checkpoint({ folder: out }, path.join(root, 'twice'), () => false);
    expect(twice).toThrow(/is quantised already \(compressed-tensors, int8\); expected the original one/u);
  });
});
