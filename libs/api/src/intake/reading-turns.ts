import type { Readable } from 'node:stream';

/** Chunks of 64 KiB that are read in a turn of the event loop, which accepts one connection in each. */
const CHUNKS_A_TURN = 1;

/**
 * Large bodies, and what is thrown away of them, are read a chunk at a time, each in its turn: as fast as they come, five hundred of them would keep a new
 * connection waiting for seconds.
 */
export class ReadingTurns {
  private readonly waiting: (() => void)[] = [];
  private isScheduled = false;

  /** Stops reading a body; `resumed` is called when it goes on. */
  wait(body: Pick<Readable, 'pause' | 'resume'>, resumed: () => void = () => undefined): void {
    body.pause();
    this.waiting.push(() => {
      resumed();
      body.resume();
    });
    this.schedule();
  }

  private schedule(): void {
    if (this.isScheduled || this.waiting.length === 0) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      for (const resume of this.waiting.splice(0, CHUNKS_A_TURN)) resume();
      this.schedule();
    });
  }
}
