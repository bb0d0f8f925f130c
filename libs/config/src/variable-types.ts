import { Transform } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidateBy,
  type ValidationArguments,
} from 'class-validator';

// Each decorator turns the text of a variable into a value and checks it. Text that cannot be turned stays as it is,
// so that the check refuses it; its message completes the sentence "<name> must be ...".

/** `auto` stands for unset: the server then finds the value itself. */
export function WholeNumber(range: { readonly min: number; readonly max?: number; readonly auto?: boolean }) {
  const { min, max = Number.MAX_SAFE_INTEGER, auto = false } = range;
  const upTo = range.max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  const message = `${auto ? 'auto or ' : ''}a whole number ${upTo}`;
  return together(
    parsed((text) => (auto && text.toLowerCase() === 'auto' ? undefined : toNumber(text, /^[+-]?\d+$/))),
    IsInt({ message }),
    Min(min, { message }),
    Max(max, { message }),
  );
}

/** Timers of Node hold at most 2^31 - 1 ms and fire at once beyond that, so a day is the longest duration. */
const LONGEST_SECONDS = 86_400;
const SHORTEST_SECONDS = 0.001;

export function Seconds({ orNone = false } = {}) {
  const message = `a number of seconds ${orNone ? 'from' : 'above'} 0 and up to ${LONGEST_SECONDS}`;
  return together(
    parsed((text) => toNumber(text, /^\d+(\.\d+)?$/)),
    IsNumber({}, { message }),
    Min(orNone ? 0 : SHORTEST_SECONDS, { message }),
    Max(LONGEST_SECONDS, { message }),
  );
}

const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
};

export function Flag() {
  return together(
    parsed((text) => FLAGS[text.toLowerCase()] ?? text),
    IsBoolean({ message: 'true or false' }),
  );
}

/** One of a few words, in any case; `synonyms` maps other spellings to them. */
export function OneOf(words: readonly string[], synonyms: Readonly<Record<string, string>> = {}) {
  return together(
    parsed((text) => synonyms[text.toLowerCase()] ?? text.toLowerCase()),
    IsIn([...words], { message: `one of ${words.join(', ')}` }),
  );
}

/** Text as it is; with a pattern, `message` says what the pattern takes. */
export function Text(pattern?: RegExp, message = 'text') {
  return together(IsString({ message }), ...(pattern === undefined ? [] : [Matches(pattern, { message })]));
}

/** Values separated by commas; blanks around them and empty ones do not count. */
export function ListOf(pattern: RegExp, message: string) {
  return together(parsed(toList), IsArray({ message }), Matches(pattern, { each: true, message }));
}

/** A flag that cannot be true while the variables `others` are all empty. */
export function NeedsWhenTrue(...others: readonly string[]): PropertyDecorator {
  const isMet = (value: unknown, { object }: ValidationArguments): boolean =>
    value !== true || others.some((other) => isSet(Reflect.get(object, other)));
  const [one] = others;
  return ValidateBy(
    { name: 'needsWhenTrue', validator: { validate: (value, details) => isMet(value, details!) } },
    {
      message: `false while ${others.join(' and ')} ${others.length > 1 ? 'are' : 'is'} not set (set ${one}, or leave this variable out)`,
    },
  );
}

/** A port that the variable `other` does not name as well; 0 is a free one in both. */
export function OtherPortThan(other: string): PropertyDecorator {
  const differs = (port: unknown, { object }: ValidationArguments): boolean =>
    port === 0 || port !== Reflect.get(object, other);
  return ValidateBy(
    { name: 'otherPortThan', validator: { validate: (port, details) => differs(port, details!) } },
    { message: `another port than ${other}` },
  );
}

function isSet(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.length > 0);
}

function parsed(parse: (text: string) => unknown): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? parse(value) : value));
}

function toNumber(text: string, pattern: RegExp): number | string {
  return pattern.test(text) ? Number(text) : text;
}

function toList(text: string): readonly string[] | string {
  const values = text.split(',').map((value) => value.trim());
  const present = values.filter((value) => value !== '');
  return present.length === 0 ? text : Object.freeze(present);
}

/** A variable may always be left out: then the default of the class holds. */
function together(...decorators: readonly PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    for (const decorate of [IsOptional(), ...decorators]) decorate(target, property);
  };
}
