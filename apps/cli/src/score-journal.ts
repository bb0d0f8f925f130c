import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** The scores of one part: relevance and raw score of each of its documents. */
export type PartScores = readonly (readonly [relevanceScore: number, rawScore: number])[];

/** The file belongs to another run. */
export class JournalError extends Error {}

interface Line {
  readonly part: number;
  readonly scores: PartScores;
}

/**
 * Scores of finished parts in a file, so that a run that was stopped goes on where it was. The first line says which run it is: its
 * inputs and whatever else decides on scores. A last line that was cut off is left out.
 */
export class ScoreJournal {
  private constructor(private readonly file: string) {}

  /** Throws a JournalError when the file is of another run. */
  static open(
    file: string,
    run: Readonly<Record<string, string | number>>,
  ): { readonly journal: ScoreJournal; readonly finished: ReadonlyMap<number, PartScores> } {
    const head = JSON.stringify(run);
    const [found, ...lines] = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [head];
    if (found !== head) {
      throw new JournalError(
        `${file} is of another run (${found?.slice(0, 300)}), this one is ${head}: repeat that command, name another --output, or start again with --restart`,
      );
    }
    const whole = lines.slice(0, -1); // What stands after the last line end was cut off.
    writeFileSync(`${file}.new`, [head, ...whole, ''].join('\n'));
    renameSync(`${file}.new`, file);
    const parts = whole.map((line) => JSON.parse(line) as Line);
    return { journal: new ScoreJournal(file), finished: new Map(parts.map(({ part, scores }) => [part, scores])) };
  }

  add(part: number, scores: PartScores): void {
    appendFileSync(this.file, `${JSON.stringify({ part, scores } satisfies Line)}\n`);
  }
}
