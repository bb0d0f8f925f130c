import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ASKED } from './asked.js';
import { KEY, type Context } from './context.js';

const PAGE = path.join(import.meta.dirname, '../../docs/clients.md');
/** A line of its table of keys. */
const FORM = /^\| `(?<name>[\w-]+): (?<before>.*)KEY` \|/gmu;

/** The forms in which docs/clients.md says that a key may come. */
export function keys(context: Context): void {
  const forms = [...readFileSync(PAGE, 'utf8').matchAll(FORM)].map(({ groups }) => groups as Record<string, string>);

  it.each(forms)('as "$name: $before…" opens the server, and a wrong one does not', async ({ name, before }) => {
    const statusWith = async (key: string) =>
      (await context.server.post('/rerank', ASKED, { [name!]: `${before}${key}` })).status;
    expect([await statusWith(KEY), await statusWith('wrong')]).toEqual([200, 401]);
  });

  it('comes in as many forms as are documented', () => {
    expect(forms.length).toBeGreaterThanOrEqual(6);
  });
}
