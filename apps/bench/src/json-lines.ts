import { readFileSync } from 'node:fs';

/** One JSON object a line; empty lines are skipped. */
export function readJsonLines<Row>(file: string): Row[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as Row);
}
