import { expect, it } from 'vitest';
import { createLogger } from './create-logger.js';
import { TextLines } from './text-lines.js';

function record(colours = false) {
  let written = '';
  const output = new TextLines({ write: (text: string) => void (written += text) }, colours);
  return { logger: createLogger({ level: 'debug', requests: true }, output), text: () => written };
}

it('shows the time, the message and plain values; the level where it is not info', () => {
  const { logger, text } = record();
  logger.info({ documents: 3, seconds: 0.012_345_67, id: 'a b', timing: { queue: 1 }, list: [1] }, 'answered');
  logger.warn('odd');
  const [first, second] = text().split('\n');
  expect(first).toMatch(/^\d\d:\d\d:\d\d {2}answered {2}documents=3 seconds=0\.01235 id="a b"$/u);
  expect(second).toMatch(/^\d\d:\d\d:\d\d {2}warn {3}odd$/u);
});

it('puts the stack of an error below its line', () => {
  const { logger, text } = record();
  logger.error({ err: new RangeError('too long') }, 'broken');
  expect(text()).toMatch(/error {2}broken\nRangeError: too long\n\s+at /u);
});

it('paints only where it may', () => {
  const plain = record();
  plain.logger.warn('odd');
  expect(plain.text()).not.toContain('\u001B');
  const painted = record(true);
  painted.logger.warn('odd');
  expect(painted.text()).toContain('\u001B[33mwarn ');
});

it('keeps keys in headers hidden', () => {
  const { logger, text } = record();
  logger.info({ authorization: 'Bearer sesame' }, 'asked');
  expect(text()).toContain('authorization=[redacted]');
});
