import { AppConfig } from '#libs/config';
import { ModelService } from '#libs/model-service';
import { createApp } from './bootstrap.js';

try {
  const app = await createApp();
  const config = app.get(AppConfig);
  const model = app.get(ModelService);
  // A model that cannot be loaded will not load later either: say so and leave, so that an orchestrator sees it.
  model.events.once('unusable', () => void app.close().finally(() => process.exit(1)));
  model.start();
  await app.listen({ port: config.PORT, host: config.HOST, backlog: config.BACKLOG });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
