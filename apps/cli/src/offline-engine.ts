import 'reflect-metadata';
import { once } from 'node:events';
import { NestFactory } from '@nestjs/core';
import { AppModule, ConfiguredModel } from '#apps/server';
import type { AppConfig } from '#libs/config';
import { NestPinoLogger, type Logger } from '#libs/logging';
import { ModelService, type EngineInformation } from '#libs/model-service';
import { RerankService } from '#libs/rerank';

export interface OfflineEngine {
  readonly rerank: RerankService;
  readonly information: EngineInformation;
  close(): Promise<void>;
}

/** What the server is made of, without its port: resolves when the model is loaded and checked, rejects when it cannot be. */
export async function startOffline(config: AppConfig, logger: Logger, signal: AbortSignal): Promise<OfflineEngine> {
  const app = await NestFactory.createApplicationContext(
    AppModule.forRoot(config, new ConfiguredModel(config, logger)),
    {
      logger: new NestPinoLogger(logger),
      abortOnError: false,
    },
  );
  const model = app.get(ModelService);
  try {
    const ready = once(model.events, 'ready', { signal });
    const unusable = once(model.events, 'unusable', { signal }).then(([{ error }]) => Promise.reject(error as Error));
    signal.addEventListener('abort', () => model.drain(), { once: true });
    await Promise.all([model.start(), Promise.race([ready, unusable])]);
    if (model.verdict.status === 'pending') await once(model.events, 'judged', { signal });
    return { rerank: app.get(RerankService), information: model.information!, close: () => app.close() };
  } catch (error) {
    await app.close();
    throw error;
  }
}
