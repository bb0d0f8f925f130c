import { ENGINE_LAUNCHES, ModelService } from '#libs/model-service';
import { createApp } from '#apps/server';
import { loadEnvironment } from '#libs/config';
import { createLogger } from '#libs/logging';
import { fileURLToPath } from 'node:url';

// The server with what a scenario needs changed: `--instant-engine` answers at once, `--leak` keeps 1 KiB per request, so
// that the soak can show that it would see a leak.
const LEAK_BYTES = 1024;
const leaked: Buffer[] = [];

const { config } = await loadEnvironment();
const app = await createApp(config, createLogger({ level: config.LOG_LEVEL, requests: config.ENABLE_LOGGING }));
if (process.argv.includes('--instant-engine')) {
  const entry = fileURLToPath(new URL('./instant-engine.js', import.meta.url));
  for (const launch of app.get<readonly object[]>(ENGINE_LAUNCHES)) Object.assign(launch, { entry });
}
if (process.argv.includes('--leak')) {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', async () => void leaked.push(Buffer.alloc(LEAK_BYTES, 1)));
}
process.once('SIGTERM', () => void app.close().finally(() => process.exit(0)));
app.get(ModelService).start();
await app.listen({ port: 0, host: '127.0.0.1' });
