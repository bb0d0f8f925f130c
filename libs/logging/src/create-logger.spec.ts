import { describe, expect, it } from 'vitest';
import { createLogger, type LoggerSettings } from './create-logger.js';

function record(settings: LoggerSettings) {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { logger: createLogger(settings, { write }), lines };
}

describe('a line', () => {
  it('is JSON with the level by name and the time in ISO form', () => {
    const { logger, lines } = record({ level: 'info', requests: true });
    logger.info({ documents: 3 }, 'reranked');
    expect(lines).toEqual([expect.objectContaining({ level: 'info', documents: 3, msg: 'reranked' })]);
    expect(lines[0]!['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('hides keys wherever headers are logged', () => {
    const { logger, lines } = record({ level: 'info', requests: true });
    const headers = { authorization: 'Bearer sesame', 'x-api-key': 'sesame', 'api-key': 'sesame', accept: '*/*' };
    logger.info(headers);
    logger.info({ headers });
    logger.info({ req: { headers } });
    logger.child({ request: { headers } }).info('from a child');
    expect(JSON.stringify(lines)).not.toContain('sesame');
    expect(lines[1]!['headers']).toEqual({
      authorization: '[redacted]',
      'x-api-key': '[redacted]',
      'api-key': '[redacted]',
      accept: '*/*',
    });
  });
});

describe('the level', () => {
  it.each([
    ['debug', true, ['debug', 'info', 'warn', 'error']],
    ['info', true, ['info', 'warn', 'error']],
    ['error', true, ['error']],
    ['debug', false, ['warn', 'error']],
    ['info', false, ['warn', 'error']],
    ['error', false, ['error']],
  ] as const)('%s with request lines %s writes %j', (level, requests, written) => {
    const { logger, lines } = record({ level, requests });
    logger.debug('d');
    logger.info('i');
    logger.warn('w');
    logger.error('e');
    expect(lines.map((line) => line['level'])).toEqual(written);
  });
});
