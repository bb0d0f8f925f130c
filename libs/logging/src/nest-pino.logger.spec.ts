import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { expect, it } from 'vitest';
import { createLogger } from './create-logger.js';
import { NestPinoLogger } from './nest-pino.logger.js';

function record() {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { logger: new NestPinoLogger(createLogger({ level: 'trace', requests: true }, { write })), lines };
}

@Module({})
class EmptyModule {}

it("puts Nest's own messages into the stream, with the class that speaks as context, its lists at debug", async () => {
  const { logger, lines } = record();
  const app = await NestFactory.createApplicationContext(EmptyModule, { logger });
  new Logger('Batcher').warn('queue is full');
  await app.close();
  expect(lines).toContainEqual(expect.objectContaining({ level: 'debug', context: 'NestFactory' }));
  expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', context: 'Batcher', msg: 'queue is full' }));
});

it.each([
  ['log', 'info'],
  ['error', 'error'],
  ['warn', 'warn'],
  ['debug', 'debug'],
  ['verbose', 'trace'],
  ['fatal', 'fatal'],
] as const)('writes %s as %s', (method, level) => {
  const { logger, lines } = record();
  logger[method]('message', 'Context');
  expect(lines).toEqual([expect.objectContaining({ level, msg: 'message', context: 'Context' })]);
});

it('keeps the stack of an error apart from its message', () => {
  const { logger, lines } = record();
  logger.error('broken', new Error('broken').stack, 'ExceptionsHandler');
  expect(lines[0]).toMatchObject({ msg: 'broken', context: 'ExceptionsHandler' });
  expect(lines[0]!['stack']).toContain('nest-pino.logger.spec');
});

it('writes a thrown error with its type and stack', () => {
  const { logger, lines } = record();
  logger.error(new RangeError('too long'), undefined, 'Context');
  expect(lines[0]).toMatchObject({ msg: 'too long', err: { type: 'RangeError', message: 'too long' } });
});

it('spreads an object into fields', () => {
  const { logger, lines } = record();
  logger.log({ documents: 3 }, 'Context');
  expect(lines[0]).toMatchObject({ documents: 3, context: 'Context' });
});

it('keeps further values', () => {
  const { logger, lines } = record();
  logger.warn('odd', { tokens: 5 }, 'Context');
  expect(lines[0]).toMatchObject({ msg: 'odd', details: [{ tokens: 5 }], context: 'Context' });
});

it('takes fields and a text, as pino does', () => {
  const { logger, lines } = record();
  logger.log({ documents: 3 }, 'reranked', 'Context');
  expect(lines[0]).toMatchObject({ documents: 3, msg: 'reranked', context: 'Context' });
});
