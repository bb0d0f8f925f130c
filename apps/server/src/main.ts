import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppConfig } from '#libs/config';
import { ModelService } from '#libs/model-service';
import { createApp } from './bootstrap.js';

try {
  const app = await createApp();
  const config = app.get(AppConfig);
  const model = app.get(ModelService);
  // A model that cannot be loaded will not load later either: say so and leave, so that an orchestrator sees it.
  model.events.once('unusable', () => void stop(app, 1));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(app));
  model.start();
  await app.listen({ port: config.PORT, host: config.HOST, backlog: config.BACKLOG });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

/** Answers what was accepted, ends the engine, and leaves. */
async function stop(app: NestFastifyApplication, exitCode = 0): Promise<void> {
  try {
    await app.close();
  } finally {
    process.exit(exitCode);
  }
}
