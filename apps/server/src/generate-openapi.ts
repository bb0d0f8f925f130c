import { writeFile } from 'node:fs/promises';
import { describeApi } from '#libs/api';
import { loadEnvironment } from '#libs/config';
import { createLogger } from '#libs/logging';
import { createApp } from './bootstrap.js';

// Writes docs/openapi.json, which a test compares with what the server serves.
const { config } = await loadEnvironment();
const app = await createApp(config, createLogger({ level: 'error', requests: false }));
await app.init();
await writeFile('docs/openapi.json', `${JSON.stringify(describeApi(app), null, 1)}\n`);
process.exit(0);
