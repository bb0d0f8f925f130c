import path from 'node:path';
import { describe, it } from 'vitest';
import type { Client } from '../client.js';
import { KEY } from '../context.js';
import { realClients } from '../real-clients.js';
import { expectRecorded, record } from '../recordings.js';
import { serverForAll } from '../server-context.js';

const FOLDER = path.join(import.meta.dirname, 'npm');

const context = serverForAll();
const { CLIENTS } = (await import(path.join(FOLDER, 'clients.js'))) as { CLIENTS: readonly Client[] };

describe('the real client', () => {
  realClients(context, CLIENTS);

  it('sends what is recorded', async () => {
    await expectRecorded(
      'npm-apart',
      await record(CLIENTS, path.join(FOLDER, 'node_modules'), context.server.url, KEY),
    );
  });
});
