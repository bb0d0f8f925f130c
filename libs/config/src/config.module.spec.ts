import { Injectable, Module } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import { expect, it } from 'vitest';
import { ConfigError } from './config-error.js';
import { ConfigModule } from './config.module.js';
import { loadConfig } from './load-config.js';
import { ServerConfig } from './sections/server.js';

@Injectable()
class Listener {
  constructor(readonly server: ServerConfig) {}
}

@Module({ providers: [Listener] })
class ListenerModule {}

it('injects the one frozen section by its class into modules that do not import it, and as a namespace of @nestjs/config', async () => {
  const { config } = loadConfig({ PORT: '0' });
  const app = await Test.createTestingModule({ imports: [ConfigModule.forRoot(config), ListenerModule] }).compile();
  const listener = app.get(Listener, { strict: false });
  expect(listener.server).toBe(config.server);
  expect(app.get(ConfigService, { strict: false }).get('server')).toBe(config.server);
  await app.close();
});

it('refuses a file of keys that cannot be used before there is a container, which would log it with a stack', () => {
  const { config } = loadConfig({ API_KEY_FILE: '/absent/keys' });
  expect(() => ConfigModule.forRoot(config)).toThrow(ConfigError);
});
