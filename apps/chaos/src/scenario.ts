/** One figure against its bar. */
export interface Check {
  readonly name: string;
  readonly figure: string;
  readonly bar: string;
  readonly ok: boolean;
}

export interface ScenarioOptions {
  /** Scales durations and counts: 1 is what docs/reliability.md reports, less is a quick look. */
  readonly scale: number;
  readonly leak: boolean;
  /** `stub`: an engine without a model that is five times as fast, where the scenario can have one. Absent: the real one. */
  readonly engine?: string | undefined;
  /** Only the cases of the scenario with this text in their name. Absent: all. */
  readonly only?: string | undefined;
}

export type Scenario = (options: ScenarioOptions) => Promise<readonly Check[]>;

/** A figure that must not be above its bar. */
export function atMost(name: string, figure: number, bar: number, unit: string): Check {
  return { name, figure: `${round(figure)} ${unit}`, bar: `<= ${round(bar)} ${unit}`, ok: figure <= bar };
}

export function atLeast(name: string, figure: number, bar: number, unit: string): Check {
  return { name, figure: `${round(figure)} ${unit}`, bar: `>= ${round(bar)} ${unit}`, ok: figure >= bar };
}

export function exactly(name: string, figure: number | string, bar: number | string): Check {
  return { name, figure: String(figure), bar: `= ${bar}`, ok: figure === bar };
}

/** A figure without a bar. */
export function measured(name: string, figure: number, unit: string): Check {
  return { name, figure: `${round(figure)} ${unit}`, bar: 'none', ok: true };
}

function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
