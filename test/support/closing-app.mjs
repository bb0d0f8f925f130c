// Uses the compiled application, or not, and closes it: a process that has nothing left to wait for ends by itself.
// node closing-app.mjs used|opening
const compiled = (file) => import(new URL(`../../dist/${file}`, import.meta.url).href);
const { AdminListener } = await compiled('apps/server/src/admin-listener.js');
const { ConfiguredModel, createApp } = await compiled('apps/server/src/index.js');
const { loadConfig } = await compiled('libs/config/src/index.js');
const { createLogger } = await compiled('libs/logging/src/index.js');
const { ModelService } = await compiled('libs/model-service/src/index.js');

const { config } = loadConfig({ MODEL_CHECK: 'off', DTYPE: 'f32', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
const logger = createLogger({ level: 'error', requests: true });
const app = await createApp(config, logger, new ConfiguredModel(config, logger));
await app.get(AdminListener).listen(app, { host: '127.0.0.1', port: 0 });
await app.listen(0, '127.0.0.1');
const model = app.get(ModelService);
const ready = new Promise((resolve) => void model.events.once('ready', resolve));
const started = model.start();
if (process.argv[2] === 'used') {
  await started;
  await ready;
  // Large enough for the thread that parses.
  const documents = Array.from({ length: 400 }, (_, index) => index + ' words of a document'.repeat(40));
  const answer = await fetch(`${await app.getUrl()}/rerank`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'q', documents }),
  });
  console.log(answer.status, (await answer.json()).results.length);
}
await app.close();
console.log('closed');
