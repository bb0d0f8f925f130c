import { constants, existsSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/** Half-open, in bytes. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What a killed download loses is at most one block for each connection. */
const BLOCK_BYTES = 2 ** 20;
/** Long enough that a request's overhead does not count, short enough that all connections end together. */
const RUN_BLOCKS = 16;

/**
 * A file on its way, written in any order, that knows after a crash what it has:
 *
 *     [ contents: bytes ][ journal: one byte for each block, 1 when it is complete ]
 *
 * The journal is cut off at the end. A block that the journal promises and a crash of the system took is found by the
 * checksum of the whole.
 */
export class PartialFile {
  private readonly claimed: boolean[];

  private constructor(
    private readonly handle: FileHandle,
    private readonly bytes: number,
    private readonly complete: Uint8Array,
  ) {
    this.claimed = Array.from(complete, (flag) => flag === 1);
  }

  /** Goes on with what lies at the path, or starts anew when that is not a partial file of the same size. */
  static async open(file: string, bytes: number): Promise<PartialFile> {
    const handle = await open(file, constants.O_RDWR | constants.O_CREAT);
    const { size } = await handle.stat();
    const complete = new Uint8Array(Math.ceil(bytes / BLOCK_BYTES));
    if (size === bytes + complete.length) await handle.read(complete, 0, complete.length, bytes);
    else if (size !== bytes) await handle.truncate(bytes + complete.length);
    // The journal is gone when the last run ended between cutting it off and renaming.
    else complete.fill(1);
    return new PartialFile(handle, bytes, complete);
  }

  /** What a partial file of `bytes` at the path has received; makes none. */
  static async receivedBytes(file: string, bytes: number): Promise<number> {
    if (!existsSync(file)) return 0;
    const partial = await PartialFile.open(file, bytes);
    await partial.close();
    return partial.complete.reduce((total, flag, block) => total + flag * partial.blockLength(block), 0);
  }

  /** The next stretch that is not fetched yet; undefined when all is there or on its way. */
  claim(): ByteRange | undefined {
    const first = this.claimed.indexOf(false);
    if (first === -1) return undefined;
    let end = first;
    while (end < first + RUN_BLOCKS && this.claimed[end] === false) {
      this.claimed[end] = true;
      end += 1;
    }
    return { start: first * BLOCK_BYTES, end: Math.min(end * BLOCK_BYTES, this.bytes) };
  }

  /** Writes the next bytes of a claimed range, and notes each block that they complete. */
  async write(chunk: Uint8Array, position: number): Promise<void> {
    await this.writeWhole(chunk, position);
    const end = position + chunk.length;
    for (let block = Math.floor(position / BLOCK_BYTES); block * BLOCK_BYTES < end; block += 1) {
      if (block * BLOCK_BYTES + this.blockLength(block) > end) break;
      this.complete[block] = 1;
      await this.handle.write(this.complete, block, 1, this.bytes + block);
    }
  }

  /** Cuts the journal off: what is left is the file. */
  async finish(): Promise<void> {
    await this.handle.truncate(this.bytes);
    await this.handle.sync();
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  /** The system may take less than it is given, as when a disk is nearly full. */
  private async writeWhole(chunk: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < chunk.length;) {
      const { bytesWritten } = await this.handle.write(chunk, done, chunk.length - done, position + done);
      done += bytesWritten;
    }
  }

  private blockLength(block: number): number {
    return Math.min(BLOCK_BYTES, this.bytes - block * BLOCK_BYTES);
  }
}
