import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface Violation {
  readonly id: string;
  readonly help: string;
  readonly targets: readonly string[];
}

/** Every rule of axe-core at WCAG 2.2 A and AA, and its best practices. Runs through the debugger, so under any CSP. */
export async function accessibilityViolations(page: Page): Promise<Violation[]> {
  await page.evaluate(AXE);
  return page.evaluate<Violation[]>(`axe.run(document).then(({ violations }) => violations.map(({ id, help, nodes }) =>
    ({ id, help, targets: nodes.map(({ target }) => target.join(' ')) })))`);
}
