import { writeFile } from 'node:fs/promises';
import { describeApi, describePlayground, sharedPathsPage } from '#libs/api';
import { loadEnvironment } from '#libs/config';
import { createLogger } from '#libs/logging';
import { createApp } from './bootstrap.js';

// Writes what the list of dialects is written to; a test compares it with what the server has.
const { config } = await loadEnvironment();
const app = await createApp(config, createLogger({ level: 'error', requests: false }));
await app.init();
await writeFile('docs/openapi.json', `${JSON.stringify(describeApi(app), null, 1)}\n`);
await writeFile('docs/shared-paths.md', sharedPathsPage());
const apis = JSON.stringify(describePlayground(), undefined, 2);
await writeFile(
  'apps/playground/public/dialects.js',
  `/** From libs/api/src/dialects; \`npm run generate\` writes it. */\nexport const DIALECTS = ${apis};\n`,
);
process.exit(0);
