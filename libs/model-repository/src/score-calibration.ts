import { ConfigReader } from './config-reader.js';
import { readJsonObject } from './json-file.js';

/** The relevance, 0 to 1, is sigmoid(a · raw score + b); `a` is above 0, so that the order stays. */
export interface RelevanceFormula {
  readonly a: number;
  readonly b: number;
}

/** Reads what `bench calibrate-scores` wrote: a JSON object with `a` and `b`; other keys are notes. Throws ModelError. */
export function readScoreCalibration(file: string): RelevanceFormula {
  const reader = new ConfigReader(readJsonObject(file), file);
  return { a: reader.positive('a'), b: reader.finite('b') };
}
