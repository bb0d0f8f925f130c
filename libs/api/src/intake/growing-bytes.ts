const NONE = new Uint8Array(0);
/** Sockets deliver no larger chunks. */
const MOST_TAKEN_OVER = 65_536;

/** Bytes that arrive one chunk after the other, laid end to end. Twice the room each time, at most what is expected. */
export class GrowingBytes {
  private buffer: Uint8Array<ArrayBuffer> = NONE;
  private filled = 0;

  constructor(private readonly mostBytes: number) {}

  get length(): number {
    return this.filled;
  }

  /** Memory that adding `bytes` would take beyond what is there, in bytes. */
  growthFor(bytes: number): number {
    const needed = this.filled + bytes;
    if (needed <= this.buffer.length) return 0;
    return Math.min(this.mostBytes, Math.max(needed, 2 * this.buffer.length)) - this.buffer.length;
  }

  add(chunk: Uint8Array<ArrayBuffer>): void {
    if (this.filled === 0 && chunk.length === this.mostBytes && chunk.length <= MOST_TAKEN_OVER) {
      // All of a small body at once, as most clients send it: not copied.
      this.buffer = chunk;
      this.filled = chunk.length;
      return;
    }
    const growth = this.growthFor(chunk.length);
    if (growth > 0) {
      // Not filled with zeros: what is not written is never read.
      const larger = Buffer.allocUnsafeSlow(this.buffer.length + growth);
      larger.set(this.buffer.subarray(0, this.filled));
      this.buffer = larger;
    }
    this.buffer.set(chunk, this.filled);
    this.filled += chunk.length;
  }

  /** All of them; more than 64 KiB are in a buffer of their own. What is left here keeps none of them from being freed. */
  take(): Uint8Array<ArrayBuffer> {
    const all = this.filled === this.buffer.length ? this.buffer : this.buffer.subarray(0, this.filled);
    this.buffer = NONE;
    this.filled = 0;
    return all;
  }
}
