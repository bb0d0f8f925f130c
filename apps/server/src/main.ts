import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadEnvironment, readCommandLine, requireNoArguments, type LoadedConfig } from '#libs/config';
import { createLogger, type Logger } from '#libs/logging';
import { HubError } from '#libs/model-repository';
import { ModelService } from '#libs/model-service';
import { whereToLook } from './where-to-look.js';
import { AdminListener } from './admin-listener.js';
import { createApp } from './bootstrap.js';
import { drain } from './drain.js';
import { listenError } from './listen-error.js';

try {
  const commandLine = readCommandLine(process.argv.slice(2));
  requireNoArguments(commandLine);
  const environment = await loadEnvironment(commandLine);
  await serve(environment, loggerFor(environment));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  // Told to stop while it downloaded: that is no failure.
  process.exit(error instanceof HubError && error.code === 'hub_interrupted' ? 0 : 1);
}

async function serve({ config }: LoadedConfig, logger: Logger): Promise<void> {
  const app = await createApp(config, logger);
  const model = app.get(ModelService);
  // A model that cannot be loaded will not load later either: say so and leave, so that an orchestrator sees it.
  model.events.once('unusable', () => void stop(app, 1));
  const stopping = new AbortController();
  // Not `once`: `npm start` passes on the Ctrl-C that the terminal has sent to the server too, and the second would kill it.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
  stopping.signal.addEventListener('abort', () => void drain(app).then(() => stop(app)));
  const { HOST: host, PORT: port, ADMIN_PORT: adminPort, BACKLOG: backlog } = config.server;
  if (adminPort !== undefined)
    await opened(app.get(AdminListener).listen(app, { host, port: adminPort }), host, adminPort, 'ADMIN_PORT');
  await app.init();
  // Not by Nest, which logs the error as well.
  await opened(app.getHttpAdapter().getInstance().listen({ port, host, backlog }), host, port, 'PORT');
  logger.info(whereToLook(config.server, app.getHttpServer().address() as AddressInfo));
  await model.start();
}

async function opened(listening: Promise<unknown>, host: string, port: number, variable: string): Promise<void> {
  await listening.catch((error: unknown) => {
    throw listenError(error, { host, port, variable });
  });
}

function loggerFor({ config: { logging }, notes, warnings }: LoadedConfig): Logger {
  const logger = createLogger({
    level: logging.LOG_LEVEL,
    requests: logging.ENABLE_LOGGING,
    format: logging.LOG_FORMAT,
  });
  for (const note of notes) logger.info(note);
  for (const warning of warnings) logger.warn(warning);
  return logger;
}

/** Answers what was accepted, ends the engine, and leaves. */
async function stop(app: NestFastifyApplication, exitCode = 0): Promise<void> {
  try {
    await app.close();
  } finally {
    process.exit(exitCode);
  }
}
