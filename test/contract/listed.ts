import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { recordings } from './recordings.js';
import { ROWS } from './rows.js';

const LIST = path.join(import.meta.dirname, '../../docs/clients.md');
const TABLE = `| Client | Recorded from | Its setting | Request | Run |
| --- | --- | --- | --- | --- |
`;
const PACKAGES = path.join(import.meta.dirname, 'clients/python');

/** `name 1.2.3`, or `owner/repository commit`, and the file there. */
const SOURCE =
  /^(?<origin>(?:@[\w-]+\/)?[\w-]+ \d+\.\d+\.\d+|[\w-]+\/[\w-]+ [\da-f]{7,40}) \S+\.(?:js|ts|py|java|go)$/u;

/** What is recorded, and where from, is what docs/clients.md says. */
export function listed(): void {
  it.each(ROWS)('of $client names the file that it was read in', ({ source }) => {
    expect(source).toMatch(SOURCE);
  });

  it('of each client is a line of docs/clients.md; `npm test -- clients --write` writes it', async () => {
    const page = readFileSync(LIST, 'utf8');
    const driven = recordings().map(({ client, package: name, version, requests, recordedOn }) => ({
      client,
      origin: `${name} ${version}`,
      request: requests.at(-1)!.path,
      run: recordedOn,
    }));
    const read = ROWS.map(({ client, source, path: request }) => {
      return { client, origin: SOURCE.exec(source)!.groups!['origin']!, request, run: 'read' };
    });
    await expect(withLines(page, [...driven, ...read])).toMatchFileSnapshot(LIST);
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

interface Line {
  readonly client: string;
  readonly origin: string;
  readonly request: string;
  /** When it was run, or that it was read. */
  readonly run: string;
}

/** The page with these lines in its first table, each with the setting that it has there. */
function withLines(page: string, lines: readonly Line[]): string {
  const [before = '', rest = ''] = page.split(TABLE);
  const end = rest.indexOf('\n\n');
  const settings = new Map(rest.slice(0, end).split('\n').map(settingOf));
  const rows = lines.map(({ client, origin, request, run }) => {
    const setting = settings.get(client);
    if (setting === undefined)
      throw new Error(`docs/clients.md lacks a line "| ${client} | ? | its setting | ? | ? |"`);
    return `| ${client} | ${origin} | ${setting} | \`${request}\` | ${run} |`;
  });
  return before + TABLE + rows.join('\n') + rest.slice(end);
}

function settingOf(row: string): [client: string, setting: string] {
  const [client = '', , setting = ''] = row.slice(2, -2).split(' | ');
  return [client, setting];
}
