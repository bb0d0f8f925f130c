import path from 'node:path';
import { describe, it } from 'vitest';
import { KEY } from './context.js';
import { description } from './description.js';
import { sameThroughEveryDialect } from './dialects.js';
import { keys } from './keys.js';
import { listed } from './listed.js';
import { longDocuments } from './long-documents.js';
import { CLIENTS } from './npm-clients.js';
import { probes } from './probes.js';
import { COHERE_PAGES, expectRuns, snippets } from './readme.js';
import { realClients } from './real-clients.js';
import { recordedRequests } from './recorded.js';
import { expectRecorded, record } from './recordings.js';
import { serverForAll } from './server-context.js';
import { undecided } from './undecided.js';

const MODULES = path.join(import.meta.dirname, '../../node_modules');

const context = serverForAll();

describe('the same request through every dialect', () => {
  sameThroughEveryDialect(context);
});
describe('a recorded request', () => {
  recordedRequests(context);
});
describe('the recording', () => {
  listed();
});
describe('a request that does not say who sent it', () => {
  undecided(context);
});
describe('a key', () => {
  keys(context);
});
describe('a probe', () => {
  probes(context);
});
describe('the program in the README', () => {
  it.each([...snippets('js'), ...snippets('js', COHERE_PAGES)])('$title', async (snippet) => {
    await expectRuns(context, process.execPath, ['--input-type=module', '--eval'], snippet);
  });
});
describe('the description of the API', () => {
  description(context);
});
describe('long documents', () => {
  longDocuments(context);
});
describe('the real client', () => {
  realClients(context, CLIENTS);

  it('sends what is recorded; `npm test -- clients --write` writes it', async () => {
    await expectRecorded('npm', await record(CLIENTS, MODULES, context.server.url, KEY));
  });
});
