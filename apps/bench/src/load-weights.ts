// `npm run bench:loading`: writes a bf16 checkpoint of an official shape, loads it as the engine does, and prints the time and
// the peak of resident memory beside the size of the weights in float32.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openBackend } from '#libs/engine';
import { openCheckpoint } from '#libs/model-repository';
import { loadQwen3Weights } from '#libs/models';
import { writeOfficialCheckpoint } from './write-checkpoint.js';

const MEBIBYTE = 2 ** 20;

const { values: options } = parseArgs({
  options: {
    shape: { type: 'string', default: '0.6b' },
    backend: { type: 'string', default: 'libtorch' },
    threads: { type: 'string', default: '2' },
  },
});

const folder = mkdtempSync(path.join(os.tmpdir(), 'rerank-load-'));
try {
  writeOfficialCheckpoint(options.shape, folder);
  const { config, checkpoint } = openCheckpoint(folder);
  const { ops } = await openBackend({ ...options, device: 'auto', dtype: 'auto', threads: Number(options.threads) });
  const before = peakBytes();
  const startedMs = performance.now();
  const scoreDirection = new Float32Array(config.hiddenSize).fill(0.01);
  const source = { tensor: (name: string) => checkpoint.tensor(name), scoreDirection };
  await loadQwen3Weights(ops, config, source, async () => undefined);
  const seconds = (performance.now() - startedMs) / 1000;
  const float32 = 4 * checkpoint.parameterCount;
  const peak = peakBytes();
  console.log(
    `${options.shape}: ${checkpoint.parameterCount} parameters, ${mebibytes(float32)} MiB in float32; loaded in ` +
      `${seconds.toFixed(1)} s; peak resident ${mebibytes(peak)} MiB (${mebibytes(before)} before), ` +
      `${(peak / float32).toFixed(2)} × float32`,
  );
  ops.close();
} finally {
  rmSync(folder, { recursive: true });
}

function peakBytes(): number {
  const line = /VmHWM:\s+(?<kibibytes>\d+)/u.exec(readFileSync('/proc/self/status', 'utf8'));
  return 1024 * Number(line?.groups?.['kibibytes']);
}

function mebibytes(bytes: number): string {
  return (bytes / MEBIBYTE).toFixed(0);
}
