import type { Readable } from 'node:stream';

/**
 * A piece of each long work in its own turn of the event loop, first come, first served: bodies that are read and answers that are
 * written, 64 KiB at a time, and the steps of requests with very many tokens. In one turn, those of five hundred would keep a new
 * connection waiting for seconds.
 */
export class LoopTurns {
  private readonly waiting: (() => void)[] = [];

  /** Resolves in a turn that no other caller of it has. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      if (this.waiting.length === 1) this.schedule();
    });
  }

  /** Stops reading a body until its turn comes; `resumed` is called when it goes on. */
  async hold(body: Pick<Readable, 'pause' | 'resume'>, resumed: () => void = () => undefined): Promise<void> {
    body.pause();
    await this.next();
    resumed();
    body.resume();
  }

  private schedule(): void {
    setImmediate(() => {
      this.waiting.shift()!();
      if (this.waiting.length > 0) this.schedule();
    });
  }
}
