import os from 'node:os';
import { getHeapStatistics } from 'node:v8';

/** A body is in memory several times while it is parsed, and its texts until they are answered. */
const PART = 8;
const MOST_BYTES = 2 ** 28;

/** By the smaller of what the control group and what V8's heap may take. */
export function defaultInflightBytes(): number {
  // 0, or more than there is, where nothing constrains the process.
  const constrained = process.constrainedMemory() || Infinity;
  const memory = Math.min(constrained, os.totalmem(), getHeapStatistics().heap_size_limit);
  return Math.min(MOST_BYTES, Math.floor(memory / PART));
}
