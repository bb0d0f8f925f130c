export interface StepOutcome {
  readonly name: string;
  readonly ok: boolean;
  readonly reason?: string;
  readonly stdout: string;
}

export interface Verdict {
  readonly name: string;
  readonly bar?: number;
  readonly figure?: number;
  readonly unit?: string;
  readonly held: boolean;
}

export function verdicts(outcomes: readonly StepOutcome[]): readonly Verdict[];
export function verdictLines(outcomes: readonly StepOutcome[]): readonly string[];
export function sentence(
  environment: { readonly gpu: string; readonly rehearsal?: string },
  outcomes: readonly StepOutcome[],
): string | undefined;
