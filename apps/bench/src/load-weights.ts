// `npm run bench -- loading [--stored bf16|int8|lora] [--dtype f32|bf16|int8]`: writes a checkpoint of an official shape, loads it as
// the engine does, and prints the time and the peak of resident memory beside what the weights take as they are served.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { forgetPeakOf, peakBytesOf } from '#apps/workshop';
import { openBackend } from '#libs/backends';
import { openCheckpoint, writeInt8Checkpoint, type ResolvedModel } from '#libs/model-repository';
import { loadQwen3Weights, PreciseWeights } from '#libs/models';
import { asInEngine } from './as-in-engine.js';
import { writeOfficialAdapter, writeOfficialCheckpoint } from './write-checkpoint.js';

const MEBIBYTE = 2 ** 20;

const { values: options } = parseArgs({
  options: {
    shape: { type: 'string', default: '0.6b' },
    backend: { type: 'string', default: 'libtorch' },
    threads: { type: 'string', default: '2' },
    stored: { type: 'string', default: 'bf16' },
    dtype: { type: 'string', default: 'auto' },
    rank: { type: 'string', default: '64' },
  },
});

const root = mkdtempSync(path.join(os.tmpdir(), 'rerank-load-'));
try {
  const { folder, adapterFolder } = written();
  const { config, checkpoint } = openCheckpoint(folder, adapterFolder);
  asInEngine(Number(options.threads));
  const { ops } = await openBackend({ ...options, device: 'auto', threads: Number(options.threads) });
  forgetPeakOf('self'); // Writing the checkpoint took memory, too.
  const before = peakBytesOf('self');
  const startedMs = performance.now();
  const source = {
    tensor: (name: string) => checkpoint.tensor(name),
    scoreDirection: new Float32Array(config.hiddenSize).fill(0.01),
    precise: PreciseWeights.NONE,
  };
  await loadQwen3Weights(ops, config, source, async () => undefined);
  const seconds = (performance.now() - startedMs) / 1000;
  const served = ops.memory().bytes;
  const peak = peakBytesOf('self');
  console.log(
    `${options.shape}, ${checkpoint.parameterCount} parameters, stored as ${options.stored}, served in ${ops.describe().dtype}: ` +
      `weights ${mebibytes(served)} MiB; loaded in ${seconds.toFixed(1)} s; peak resident ${mebibytes(peak)} MiB ` +
      `(${mebibytes(before)} before), ${(peak / served).toFixed(2)} × the weights`,
  );
  ops.close();
} finally {
  rmSync(root, { recursive: true });
}

function written(): ResolvedModel {
  const [folder, other] = [path.join(root, 'model'), path.join(root, 'other')];
  mkdirSync(folder);
  writeOfficialCheckpoint(options.shape, folder);
  if (options.stored === 'bf16') return { folder };
  mkdirSync(other);
  if (options.stored === 'lora') {
    writeOfficialAdapter(options.shape, other, Number(options.rank));
    return { folder, adapterFolder: other };
  }
  if (options.stored !== 'int8') throw new Error(`--stored must be bf16, int8 or lora, got ${options.stored}`);
  writeInt8Checkpoint({ folder }, other, () => false);
  rmSync(folder, { recursive: true });
  return { folder: other };
}

function mebibytes(bytes: number): string {
  return (bytes / MEBIBYTE).toFixed(0);
}
