import type { LoggerService } from '@nestjs/common';
import type { Level, Logger } from 'pino';

/** Classes of the framework that list every module and route at each start: of use only for a search for faults. */
const CHATTERS = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/** Writes Nest's own messages into the same stream: `NestFactory.create(module, { logger })`. */
export class NestPinoLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...details: unknown[]): void {
    this.write(CHATTERS.has(String(details.at(-1))) ? 'debug' : 'info', message, details);
  }

  error(message: unknown, ...details: unknown[]): void {
    this.write('error', message, details);
  }

  warn(message: unknown, ...details: unknown[]): void {
    this.write('warn', message, details);
  }

  debug(message: unknown, ...details: unknown[]): void {
    this.write('debug', message, details);
  }

  verbose(message: unknown, ...details: unknown[]): void {
    this.write('trace', message, details);
  }

  fatal(message: unknown, ...details: unknown[]): void {
    this.write('fatal', message, details);
  }

  private write(level: Level, message: unknown, details: readonly unknown[]): void {
    if (message instanceof Error) this.logger[level]({ ...fieldsOf(details), err: message }, message.message);
    else if (typeof message === 'object') this.writeEvent(level, message, details);
    else this.logger[level](fieldsOf(details), message as string);
  }

  /** `log({ documents: 3 }, 'reranked')`: fields first, then the text, as pino has it; Nest adds the context behind both. */
  private writeEvent(level: Level, fields: object | null, details: readonly unknown[]): void {
    const [text, ...rest] = details;
    const hasText = typeof text === 'string' && rest.length > 0;
    this.logger[level]({ ...fieldsOf(hasText ? rest : details), ...fields }, hasText ? text : undefined);
  }
}

/**
 * Nest passes what belongs to a message by position: first values and, for errors, a stack; the context (the name of
 * the class that speaks) comes last.
 */
function fieldsOf(details: readonly unknown[]): Record<string, unknown> {
  const stack = details.find(isStack);
  const rest = details.filter((detail) => detail !== undefined && detail !== stack);
  const context = typeof rest.at(-1) === 'string' ? rest.pop() : undefined;
  return {
    ...(context === undefined ? {} : { context }),
    ...(stack === undefined ? {} : { stack }),
    ...(rest.length === 0 ? {} : { details: rest }),
  };
}

function isStack(detail: unknown): boolean {
  return typeof detail === 'string' && /\n\s+at /.test(detail);
}
