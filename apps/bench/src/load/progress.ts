const WIDTH = 28;

/** A bar on a terminal; silent elsewhere, so that logs and pipes stay clean. Writes to standard error. */
export class Progress {
  private done = 0;

  constructor(
    private readonly total: number,
    private readonly out: Pick<NodeJS.WriteStream, 'write' | 'isTTY'> = process.stderr,
  ) {}

  step(label: string): void {
    if (this.out.isTTY) {
      const filled = Math.round((this.done / this.total) * WIDTH);
      const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
      this.out.write(`\r\u001b[K${bar} ${this.done}/${this.total} ${label}`);
    }
    this.done += 1;
  }

  end(): void {
    if (this.out.isTTY) this.out.write('\r\u001b[K');
  }
}
