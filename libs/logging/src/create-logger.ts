import { pino, stdTimeFunctions, type DestinationStream, type Level, type Logger } from 'pino';
import { LogOutput } from './log-output.js';
import { TextLines } from './text-lines.js';

export interface LoggerSettings {
  /** Least severe level that is written. */
  readonly level: Level;
  /** False leaves out the line per request and all other information: only warnings and errors are written. */
  readonly requests: boolean;
  /** `text` is for people, `json` for machines; `auto` is text on a terminal and JSON elsewhere. Absent: JSON. */
  readonly format?: 'auto' | 'json' | 'text';
}

/** Headers that carry keys. Node gives header names in lower case. */
const SECRET_HEADERS = ['authorization', 'proxy-authorization', 'x-api-key', 'api-key', 'cookie'];

/** Where a log line may hold headers: as the fields themselves, under `headers`, or under a request's `headers`. */
const HEADER_PLACES = ['', 'headers', '*.headers'];

/** A line for each event, on standard output unless a destination is given; keys in headers read `[redacted]`. */
export function createLogger({ level, requests, format }: LoggerSettings, destination?: DestinationStream): Logger {
  const options = {
    level: requests ? level : atLeastWarn(level),
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretPaths(), censor: '[redacted]' },
  };
  return pino(options, destination ?? standardOutput(format));
}

/** Written to its end when the process ends, as far as that takes no waiting. */
function standardOutput(format: LoggerSettings['format'] = 'json'): DestinationStream {
  const output = new LogOutput(1);
  process.once('exit', () => output.flushSync());
  const isText = format === 'auto' ? process.stdout.isTTY : format === 'text';
  return isText ? new TextLines(output, process.stdout.isTTY && process.stdout.hasColors()) : output;
}

function atLeastWarn(level: Level): Level {
  const { values } = pino.levels;
  return values[level]! < values['warn']! ? 'warn' : level;
}

function secretPaths(): string[] {
  return HEADER_PLACES.flatMap((place) => SECRET_HEADERS.map((header) => `${place}["${header}"]`));
}
