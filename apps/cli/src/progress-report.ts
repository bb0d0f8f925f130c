import { progressBar } from '#libs/logging';

/** A line of text for each of these steps where there is no terminal. */
const STEP_PERCENT = 10;
const REDRAW_MS = 200;

/** How far a run is: a bar on a terminal, a line for every tenth elsewhere. */
export class ProgressReport {
  private said = -1;
  private drawnMs = 0;
  private readonly startedMs = performance.now();

  constructor(
    private readonly total: number,
    private readonly before: number,
    private readonly output: { readonly isTTY?: boolean; write(text: string): unknown },
  ) {}

  /** @param finished Documents that have a score, those of an earlier run included. */
  moved(finished: number): void {
    const percent = Math.floor((100 * finished) / this.total);
    const now = performance.now();
    const isLast = finished === this.total;
    if (this.output.isTTY) {
      if (now - this.drawnMs < REDRAW_MS && !isLast) return;
      this.drawnMs = now;
      this.output.write(`\r${progressBar(percent)} ${this.figures(finished)}\u001B[K${isLast ? '\n' : ''}`);
      return;
    }
    const step = Math.floor(percent / STEP_PERCENT);
    if (step === this.said) return;
    this.said = step;
    this.output.write(`${this.figures(finished)}\n`);
  }

  private figures(finished: number): string {
    const seconds = (performance.now() - this.startedMs) / 1000;
    const rate = (finished - this.before) / seconds;
    const left = rate > 0 ? `, ${duration((this.total - finished) / rate)} left` : '';
    const count = `${finished.toLocaleString('en')} of ${this.total.toLocaleString('en')} documents`;
    return `${count}, ${rate.toFixed(rate < 10 ? 1 : 0)}/s${finished === this.total ? '' : left}`;
  }
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
