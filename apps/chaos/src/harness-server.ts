import { ModelService, type ModelSource } from '#libs/model-service';
import { ConfiguredModel, createApp } from '#apps/server';
import { loadEnvironment } from '#libs/config';
import { createLogger } from '#libs/logging';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

// The server with what a scenario needs changed: `--engine NAME` takes one of engines/ in place of the model, `--leak` keeps 1 KiB
// per request, so that the soak can show that it would see a leak.
const LEAK_BYTES = 1024;
const leaked: Buffer[] = [];

const { values } = parseArgs({ options: { engine: { type: 'string' }, leak: { type: 'boolean', default: false } } });
const { config } = await loadEnvironment();
const logger = createLogger({ level: config.logging.LOG_LEVEL, requests: config.logging.ENABLE_LOGGING });
const model = new ConfiguredModel(config, logger);
const app = await createApp(config, logger, values.engine === undefined ? model : withEngine(model, values.engine));
if (values.leak) {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', async () => void leaked.push(Buffer.alloc(LEAK_BYTES, 1)));
}
process.once('SIGTERM', () => void app.close().finally(() => process.exit(0)));
await app.get(ModelService).start();
await app.listen({ port: 0, host: '127.0.0.1' });

function withEngine(source: ModelSource, name: string): ModelSource {
  const entry = fileURLToPath(new URL(`./engines/${name}.js`, import.meta.url));
  return {
    engineCount: source.engineCount,
    isRemote: source.isRemote,
    open: async (opening) => {
      const opened = await source.open(opening);
      for (const launch of opened.launches) Object.assign(launch, { entry });
      return opened;
    },
  };
}
