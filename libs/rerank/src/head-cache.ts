const CACHED_HEADS = 64;
// Callers choose instructions, so the cache is bounded in bytes too: at most 64 strings of this length and their ids.
const CACHED_INSTRUCTION_CHARACTERS = 4_096;

/** Heads of recent instructions, least recently used out first. Concurrent callers share one computation. */
export class HeadCache {
  // A Map iterates in insertion order, and an entry is inserted again when it is used.
  private readonly heads = new Map<string | undefined, Promise<Int32Array>>();

  get(instruction: string | undefined, compute: () => Promise<Int32Array>): Promise<Int32Array> {
    if (instruction !== undefined && instruction.length > CACHED_INSTRUCTION_CHARACTERS) return compute();
    const head = this.heads.get(instruction) ?? this.forgetOnFailure(instruction, compute());
    this.heads.delete(instruction);
    this.heads.set(instruction, head);
    const [oldest] = this.heads.keys();
    if (this.heads.size > CACHED_HEADS) this.heads.delete(oldest);
    return head;
  }

  private async forgetOnFailure(instruction: string | undefined, head: Promise<Int32Array>): Promise<Int32Array> {
    try {
      return await head;
    } catch (error) {
      this.heads.delete(instruction);
      throw error;
    }
  }
}
