import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'vitest';
import type { Client } from '../client.js';
import { KEY } from '../context.js';
import { realClients } from '../real-clients.js';
import { expectRecorded, record } from '../recordings.js';
import { serverForAll } from '../server-context.js';

/** Where run.mjs installs the packages; what imports them has to be there too. */
const INSTALLED = path.join(import.meta.dirname, '../../../build/npm-clients');
const MODULE = path.join(INSTALLED, 'clients.js');
copyFileSync(path.join(import.meta.dirname, 'npm/clients.js'), MODULE);

const context = serverForAll();
const { CLIENTS } = (await import(MODULE)) as { CLIENTS: readonly Client[] };

describe('the real client', () => {
  realClients(context, CLIENTS);

  it('sends what is recorded', async () => {
    await expectRecorded(
      'npm-apart',
      await record(CLIENTS, path.join(INSTALLED, 'node_modules'), context.server.url, KEY),
    );
  });
});
