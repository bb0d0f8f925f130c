import type { DestinationStream } from 'pino';

/** Fields that a reader at a terminal has no use for, or that the line shows otherwise. */
const NOT_SHOWN = new Set([
  'level',
  'time',
  'pid',
  'hostname',
  'context',
  'msg',
  'reqId',
  'stack',
  'err',
  'req',
  'res',
]);

const COLOURS: Readonly<Record<string, number>> = { trace: 90, debug: 90, warn: 33, error: 31, fatal: 31 };
const GREY = 90;
const CLOCK = 'HH:MM:SS'.length;
const CLOCK_START = 'YYYY-MM-DDT'.length;
const DIGITS = 4;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Turns pino's JSON lines into lines for a person at a terminal: `20:18:36 warn  message  name=value`. Only plain values are
 * shown; objects and lists are left to the JSON format.
 */
export class TextLines implements DestinationStream {
  constructor(
    private readonly output: DestinationStream,
    private readonly colours: boolean,
  ) {}

  write(line: string): void {
    this.output.write(`${this.text(JSON.parse(line) as Fields)}\n`);
  }

  private text(fields: Fields): string {
    const level = String(fields['level']);
    const clock = String(fields['time']).slice(CLOCK_START, CLOCK_START + CLOCK);
    const shown = Object.entries(fields).filter(([name, value]) => !NOT_SHOWN.has(name) && isPlain(value));
    const details = shown.map(([name, value]) => `${name}=${plainText(value)}`).join(' ');
    const words = [
      this.painted(clock, GREY),
      ...(level === 'info' ? [] : [this.painted(level.padEnd('error'.length), COLOURS[level] ?? GREY)]),
      ...(typeof fields['msg'] === 'string' ? [fields['msg']] : []),
      ...(details === '' ? [] : [this.painted(details, GREY)]),
    ];
    return [words.join('  '), ...stackOf(fields)].join('\n');
  }

  private painted(text: string, colour: number): string {
    return this.colours ? `\u001B[${colour}m${text}\u001B[0m` : text;
  }
}

function isPlain(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function plainText(value: unknown): string {
  if (typeof value === 'number' && !Number.isInteger(value)) return String(Number(value.toPrecision(DIGITS)));
  return typeof value === 'string' && /[\s"]/u.test(value) ? JSON.stringify(value) : String(value);
}

function stackOf({ stack, err }: Fields): readonly string[] {
  const found = stack ?? (err as { readonly stack?: unknown } | undefined)?.stack;
  return typeof found === 'string' ? [found] : [];
}
