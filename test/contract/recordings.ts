import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { ASKED } from './asked.js';
import type { Client } from './client.js';
import type { Reads } from './reads.js';
import { Recorder, type RecordedRequest } from './recorder.js';

/** What a published client sends, and which package of which version sent it; checked in. */
export interface Recording {
  readonly client: string;
  readonly package: string;
  readonly version: string;
  readonly reads: Reads;
  readonly requests: readonly RecordedRequest[];
  /** What it throws by the status of the answer, null where it throws nothing. */
  readonly refusals?: Readonly<Record<string, string | null>>;
}

/** By what makes them: `npm test`, and the parts of `npm test -- clients`. */
const FILES = ['npm', 'npm-apart', 'python', 'python-vendors', 'python-older', 'python-oldest', 'go'] as const;
const ASKED_FOR = 2;
/** Stands in the files for the list of ASKED.documents, which nearly every client sends as it is. */
const AS_ASKED = 'as asked';

type Name = (typeof FILES)[number];

/** With the day on which the client was run last to be recorded. */
type Dated = Recording & { readonly recordedOn: string };

export function recordings(files: readonly Name[] = FILES): readonly Dated[] {
  return files.flatMap((name) => JSON.parse(readFileSync(fileOf(name), 'utf8'), whole) as Dated[]);
}

/** Fails with the difference to what is checked in; `npm test -- clients --write` writes it instead, with the day. */
export async function expectRecorded(name: Name, made: readonly Recording[]): Promise<void> {
  const days = new Map(recordings([name]).map(({ client, recordedOn }) => [client, recordedOn]));
  const dated = made.map((each): Dated => {
    return { ...each, recordedOn: process.env['RECORDED_ON'] ?? days.get(each.client) ?? 'never' };
  });
  await expect(`${JSON.stringify(dated, shortened, 2)}\n`).toMatchFileSnapshot(fileOf(name));
}

/** Each client asks for two results; `modules` is the folder that its package is in. */
export async function record(clients: readonly Client[], modules: string, server: string, key: string) {
  const recorder = await Recorder.start(server);
  const made: Recording[] = [];
  for (const client of clients) {
    await client.rank(recorder.url, key, { ...ASKED, topN: ASKED_FOR });
    made.push({
      client: client.name,
      ...packageIn(path.join(modules, client.package ?? client.name)),
      reads: { ...client.reads, count: ASKED_FOR },
      requests: recorder.take(),
    });
  }
  await recorder.stop();
  return made;
}

function shortened(_: string, value: unknown): unknown {
  return isDeepStrictEqual(value, ASKED.documents) ? AS_ASKED : value;
}

function whole(_: string, value: unknown): unknown {
  return value === AS_ASKED ? ASKED.documents : value;
}

function packageIn(folder: string): Pick<Recording, 'package' | 'version'> {
  const { name, version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  return { package: name, version };
}

function fileOf(name: Name): string {
  return path.join(import.meta.dirname, 'recordings', `${name}.json`);
}
