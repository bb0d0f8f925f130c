import { Describe } from '../describe-variable.js';
import { Flag, OneOf } from '../variable-types.js';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

const LOG_FORMATS = ['auto', 'json', 'text'] as const;
type LogFormat = (typeof LOG_FORMATS)[number];

/** Python's names for levels, so that an existing .env of a Python service keeps working. */
const PYTHON_LOG_LEVELS = { warning: 'warn', critical: 'fatal' };

/** What is written. */
export class LoggingConfig {
  @Describe('Writes a line per request. `false` leaves only warnings and errors.')
  @Flag()
  readonly ENABLE_LOGGING: boolean = true;

  @Describe(`Least severe level that is written: ${LOG_LEVELS.join(', ')}, in any case.`)
  @OneOf(LOG_LEVELS, PYTHON_LOG_LEVELS)
  readonly LOG_LEVEL: LogLevel = 'info';

  @Describe('`json`: a JSON object per line. `text`: lines for people. `auto`: text on a terminal, JSON elsewhere.')
  @OneOf(LOG_FORMATS)
  readonly LOG_FORMAT: LogFormat = 'auto';
}
