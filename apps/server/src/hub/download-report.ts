import { progressBar } from '#libs/logging';
import type { DownloadProgress } from '#libs/model-repository';

/** A log line for every five percent; a bar moves with each. */
const LINE_PERCENT = 5;

/** How far a download is, for probes, and each step of it logged once. */
export class DownloadReport {
  private received: DownloadProgress = { receivedBytes: 0, totalBytes: 0 };
  private said = -1;
  /** The process that downloads while this one waits for it. */
  waitingFor: string | null = null;

  /** `say` gets a line; `terminal`, where there is one, a bar in its place. */
  constructor(
    private readonly say: (line: string) => void,
    private readonly terminal?: { write(text: string): unknown },
  ) {}

  get progress(): DownloadProgress {
    return this.received;
  }

  /** 0 to 100, rounded down: 100 is said when all is there. */
  get percent(): number {
    const { receivedBytes, totalBytes } = this.received;
    return totalBytes === 0 ? 0 : Math.floor((100 * Math.min(receivedBytes, totalBytes)) / totalBytes);
  }

  waiting(holder: string): void {
    this.waitingFor = holder;
    this.say(`waiting for ${holder}, which downloads the same model`);
  }

  moved({ receivedBytes, totalBytes }: DownloadProgress): void {
    this.received = { receivedBytes, totalBytes };
    this.waitingFor = null;
    const step = this.terminal === undefined ? LINE_PERCENT : 1;
    const reached = Math.floor(this.percent / step) * step;
    if (reached === this.said) return;
    this.said = reached;
    const figures = `${this.percent} % of ${(totalBytes / 1e9).toFixed(2)} GB`;
    if (this.terminal === undefined) this.say(`download: ${figures}`);
    else this.terminal.write(`\r${progressBar(this.percent)} ${figures}${this.percent === 100 ? '\n' : ''}`);
  }
}
