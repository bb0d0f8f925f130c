import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const SAMPLE_MS = 200;

/** Asks the driver again and again how much of the time a kernel ran. */
export class GpuUtilisation {
  private text = '';
  private readonly ended: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    child.stdout!.on('data', (chunk) => (this.text += String(chunk)));
    // Without nvidia-smi there is no figure, which is no failure.
    this.ended = once(child, 'close').catch(() => undefined);
  }

  /** @param device As the server names it, `cuda:1` for example. */
  static start(device: string): GpuUtilisation {
    const gpu = /^cuda:(?<number>\d+)/u.exec(device)?.groups?.['number'] ?? '0';
    const query = ['--query-gpu=utilization.gpu', '--format=csv,noheader,nounits'];
    // Into a pipe it may write in blocks, and the last one would be lost.
    const command = ['-oL', 'nvidia-smi', ...query, `--id=${gpu}`, `--loop-ms=${SAMPLE_MS}`];
    return new GpuUtilisation(spawn('stdbuf', command, { stdio: ['ignore', 'pipe', 'ignore'] }));
  }

  /** The mean since the start, 0 to 1; undefined where nothing was sampled. */
  async stop(): Promise<number | undefined> {
    this.child.kill();
    await this.ended;
    return meanUtilisation(this.text);
  }
}

/** Of lines with percentages, 0 to 1. A driver that does not measure it writes [N/A], and a line may be cut off at the end. */
export function meanUtilisation(text: string): number | undefined {
  const lines = text.split('\n').slice(0, -1);
  const samples = lines.map((line) => Number.parseFloat(line)).filter((percent) => Number.isFinite(percent));
  if (samples.length === 0) return undefined;
  return samples.reduce((sum, percent) => sum + percent, 0) / samples.length / 100;
}
