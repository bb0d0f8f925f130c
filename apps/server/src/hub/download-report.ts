import { progressBar } from '#libs/logging';
import { percentOf, type DownloadProgress } from '#libs/model-repository';
import type { Download } from '#libs/model-service';

/** A log line for every five percent; a bar moves with each. */
const LINE_PERCENT = 5;

interface Listeners {
  /** Gets a bar in place of lines. */
  readonly terminal?: { write(text: string): unknown } | undefined;
  /** Gets every step. */
  readonly moved?: ((download: Download) => void) | undefined;
}

/** Tells how far a download is: each step once. */
export class DownloadReport {
  private received: DownloadProgress = { receivedBytes: 0, totalBytes: 0 };
  private said = -1;

  /** `say` gets a line. */
  constructor(
    private readonly say: (line: string) => void,
    private readonly listeners: Listeners = {},
  ) {}

  waiting(holder: string): void {
    this.listeners.moved?.({ ...this.received, waitingFor: holder });
    this.say(`waiting for ${holder}, which downloads the same model`);
  }

  moved({ receivedBytes, totalBytes }: DownloadProgress): void {
    const { terminal, moved } = this.listeners;
    this.received = { receivedBytes, totalBytes };
    moved?.({ ...this.received, waitingFor: null });
    const step = terminal === undefined ? LINE_PERCENT : 1;
    const percent = percentOf(this.received);
    const reached = Math.floor(percent / step) * step;
    if (reached === this.said) return;
    this.said = reached;
    const figures = `${percent} % of ${(totalBytes / 1e9).toFixed(2)} GB`;
    if (terminal === undefined) this.say(`download: ${figures}`);
    else terminal.write(`\r${progressBar(percent)} ${figures}${percent === 100 ? '\n' : ''}`);
  }
}
