import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chart, markdown } from './report.js';
import type { PeersResult } from './result.js';

const DOCS = path.join(import.meta.dirname, '../../../../../docs');
const PAGE = path.join(DOCS, 'performance.md');

/** Puts the report into docs/performance.md between the marks of that name, and its chart beside the page. */
export function publish(name: string, result: PeersResult): void {
  writeFileSync(path.join(DOCS, `peers-${name}.svg`), chart(result));
  const picture = `![Documents per second by length](peers-${name}.svg)`;
  const page = replaceSection(readFileSync(PAGE, 'utf8'), `peers-${name}`, `${markdown(result)}\n${picture}`);
  writeFileSync(PAGE, page);
}

/** The page with the text between the marks `<!-- NAME:start -->` and `<!-- NAME:end -->` replaced. */
export function replaceSection(page: string, name: string, text: string): string {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`the page needs ${start} and, behind it, ${end}`);
  return `${page.slice(0, from + start.length)}\n\n${text}\n\n${page.slice(to)}`;
}
