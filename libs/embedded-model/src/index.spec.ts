import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { embeddedModelFolder } from './index.js';

const FILES = ['model.safetensors', 'config.json', 'tokenizer.json', 'tokenizer_config.json'];
const readme = readFileSync(path.join(embeddedModelFolder, 'README.md'), 'utf8');

describe('what the README says about the embedded checkpoint', () => {
  it('parameters', () => {
    const tensors = Object.entries(tensorsOf(path.join(embeddedModelFolder, 'model.safetensors')));
    const parameters = (wanted: RegExp): string => {
      const sizes = tensors.filter(([name]) => wanted.test(name)).map(([, { shape }]) => shape.reduce((a, b) => a * b));
      return (sizes.reduce((sum, size) => sum + size, 0) / 1e6).toFixed(2);
    };
    expect(line('parameters')).toBe(
      `${parameters(/^model\.(layers|norm)\./u)} M in the layers, ${parameters(/embed_tokens/u)} M in the tied embedding; bf16`,
    );
    expect(tensors.every(([, { dtype }]) => dtype === 'BF16')).toBe(true);
    expect(Number(parameters(/layers/u))).toBeLessThan(3);
  });

  it('vocabulary, positions and shape', () => {
    const config = json('config.json') as Record<string, number>;
    const { model, added_tokens: added } = json('tokenizer.json') as Tokenizer;
    const entries = new Set([...Object.values(model.vocab), ...added.map(({ id }) => id)]).size;
    expect(entries).toBe(config['vocab_size']);
    expect(line('tokenizer')).toContain(`${entries.toLocaleString('en')} entries`);
    expect(line('positions')).toBe(config['max_position_embeddings']!.toLocaleString('en'));
    expect(line('architecture')).toContain(
      `${config['num_hidden_layers']} layers, hidden ${config['hidden_size']}, ${config['num_attention_heads']} query heads`,
    );
  });

  it('size, under 24 MB', () => {
    const bytes = FILES.map((file) => statSync(path.join(embeddedModelFolder, file)).size).reduce((a, b) => a + b);
    expect(line('size')).toContain(`${(bytes / 1e6).toFixed(1)} MB`);
    expect(bytes).toBeLessThan(24e6);
  });
});

interface Tokenizer {
  readonly model: { readonly vocab: Readonly<Record<string, number>> };
  readonly added_tokens: readonly { readonly id: number }[];
}

function line(name: string): string {
  const found = new RegExp(`^\\| ${name} \\| (?<value>.*) \\|$`, 'mu').exec(readme)?.groups?.['value'];
  if (found === undefined) throw new Error(`no line ${name}`);
  return found;
}

function json(file: string): unknown {
  return JSON.parse(readFileSync(path.join(embeddedModelFolder, file), 'utf8'));
}

/** The header of a safetensors file: its length in eight bytes, then JSON. */
function tensorsOf(file: string): Record<string, { dtype: string; shape: number[] }> {
  const handle = openSync(file, 'r');
  const length = Buffer.alloc(8);
  readSync(handle, length, 0, 8, 0);
  const header = Buffer.alloc(Number(length.readBigUInt64LE()));
  readSync(handle, header, 0, header.length, 8);
  closeSync(handle);
  const { __metadata__: _, ...tensors } = JSON.parse(header.toString()) as Record<string, never>;
  return tensors;
}
