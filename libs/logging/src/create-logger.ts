import { pino, type DestinationStream, type Level, type Logger } from 'pino';
import { LogOutput } from './log-output.js';
import { TextLines } from './text-lines.js';

export interface LoggerSettings {
  /** Least severe level that is written. */
  readonly level: Level;
  /** False leaves out the line per request and all other information: only warnings and errors are written. */
  readonly requests: boolean;
  /** `text` is for people, `json` for machines; `auto` is text on a terminal and JSON elsewhere. Absent: JSON. */
  readonly format?: 'auto' | 'json' | 'text';
  /** Where lines go: 1 is standard output, the default, 2 standard error. */
  readonly descriptor?: 1 | 2;
}

/** Headers that carry keys. Node gives header names in lower case. */
const SECRET_HEADERS = ['authorization', 'proxy-authorization', 'x-api-key', 'api-key', 'cookie'];

/** Where a log line may hold headers: as the fields themselves, under `headers`, or under a request's `headers`. */
const HEADER_PLACES = ['', 'headers', '*.headers'];

/** A line for each event, on standard output unless a destination is given; keys in headers read `[redacted]`. */
export function createLogger({ level, requests, ...output }: LoggerSettings, destination?: DestinationStream): Logger {
  const options = {
    level: requests ? level : atLeastWarn(level),
    timestamp: timeField(),
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretPaths(), censor: '[redacted]' },
  };
  return pino(options, destination ?? standardStream(output));
}

/** Written to its end when the process ends, as far as that takes no waiting. */
function standardStream({
  format = 'json',
  descriptor = 1,
}: Pick<LoggerSettings, 'format' | 'descriptor'>): DestinationStream {
  const output = new LogOutput(descriptor);
  process.once('exit', () => output.flushSync());
  const stream = descriptor === 1 ? process.stdout : process.stderr;
  const isText = format === 'auto' ? stream.isTTY : format === 'text';
  return isText ? new TextLines(output, stream.isTTY && stream.hasColors()) : output;
}

/** The time in ISO 8601, as a field of a line. What a second has in common is made once in it: there are thousands of lines. */
function timeField(): () => string {
  let second = Number.NaN;
  let start = '';
  return () => {
    const nowMs = Date.now();
    if (Math.floor(nowMs / 1000) !== second) {
      second = Math.floor(nowMs / 1000);
      start = new Date(nowMs).toISOString().slice(0, -'000Z'.length);
    }
    return `,"time":"${start}${String(nowMs % 1000).padStart(3, '0')}Z"`;
  };
}

function atLeastWarn(level: Level): Level {
  const { values } = pino.levels;
  return values[level]! < values['warn']! ? 'warn' : level;
}

function secretPaths(): string[] {
  return HEADER_PLACES.flatMap((place) => SECRET_HEADERS.map((header) => `${place}["${header}"]`));
}
