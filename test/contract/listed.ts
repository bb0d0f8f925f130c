import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { recordings } from './recordings.js';
import { ROWS } from './rows.js';

const LIST = path.join(import.meta.dirname, '../../docs/clients.md');
const PACKAGES = path.join(import.meta.dirname, 'clients/python');

/** `name 1.2.3`, or `owner/repository commit`, and the file there. */
const SOURCE = /^(?<origin>(?:@[\w-]+\/)?[\w-]+ \d+\.\d+\.\d+|[\w-]+\/[\w-]+ [\da-f]{7,40}) \S+\.(?:js|ts|py|java)$/u;

/** What is recorded, and where from, is what docs/clients.md says. */
export function listed(): void {
  it.each(ROWS)('of $client names the file that it was read in', ({ source }) => {
    expect(source).toMatch(SOURCE);
  });

  it('of each client is a line of docs/clients.md, and each line is recorded', () => {
    const read = ROWS.map(({ client, source, path: route }) =>
      lineOf(client, SOURCE.exec(source)!.groups!['origin']!, route),
    );
    const driven = recordings().map((made) =>
      lineOf(made.client, `${made.package} ${made.version}`, made.requests.at(-1)!.path),
    );
    expect(linesOf(readFileSync(LIST, 'utf8')).toSorted()).toEqual([...read, ...driven].toSorted());
  });

  it.each([
    ['frameworks.txt', 'python'],
    ['vendors.txt', 'python-vendors'],
    ['older.txt', 'python-older'],
    ['oldest.txt', 'python-oldest'],
  ] as const)('of a Python client is of the version that is installed by %s', (list, file) => {
    const pinned = readFileSync(path.join(PACKAGES, list), 'utf8').replaceAll(/\[\w+\]/gu, '');
    for (const { package: name, version } of recordings([file])) expect(pinned).toContain(`${name}==${version}\n`);
  });
}

/** The first table's rows, without the setting. */
function linesOf(list: string): string[] {
  const [, table = ''] = list.split('| --- | --- | --- | --- |\n');
  const rows = table.slice(0, table.indexOf('\n\n')).split('\n');
  return rows.map((row) => {
    const [client = '', from = '', , request = ''] = row.slice(2, -2).split(' | ');
    return lineOf(client, from, request.replaceAll('`', ''));
  });
}

function lineOf(client: string, from: string, route: string): string {
  return `${client} | ${from} | ${route}`;
}
