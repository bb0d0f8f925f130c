import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { expect, it } from 'vitest';
import { AppConfig } from './app-config.js';
import { ConfigModule } from './config.module.js';
import { loadConfig } from './load-config.js';

@Injectable()
class Listener {
  constructor(readonly config: AppConfig) {}
}

@Module({ providers: [Listener] })
class ListenerModule {}

it('injects the one frozen configuration by its class into modules that do not import it', async () => {
  const { config } = loadConfig({ PORT: '0' });
  const app = await Test.createTestingModule({ imports: [ConfigModule.forRoot(config), ListenerModule] }).compile();
  const listener = app.get(Listener, { strict: false });
  expect(listener.config).toBe(config);
  await app.close();
});
