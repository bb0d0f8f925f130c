import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROCESS = fileURLToPath(new URL('./liveness-process.js', import.meta.url));

/** How long a server stays silent, as another process sees it. */
export class LivenessWatch {
  private readonly child: ChildProcess;

  constructor(url: string) {
    this.child = fork(PROCESS, [url]);
  }

  /** The longest answer since the last call, in milliseconds. */
  async longestMs(): Promise<number> {
    this.child.send('next');
    // As text: JSON has no Infinity.
    const [ms] = (await once(this.child, 'message')) as [string];
    return Number(ms);
  }

  close(): void {
    this.child.disconnect();
  }
}
