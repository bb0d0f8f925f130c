import { JsonFault } from './json-fault.js';

/** What a body may hold, whatever its size: each value becomes an object, each level a call on the stack. */
export interface JsonBounds {
  readonly depth: number;
  /** Members of objects and elements of arrays. */
  readonly values: number;
  /** Members of objects that stand in no array: the fields of a request, which are copied and looked at one by one. */
  readonly fields: number;
}

/** What may come next. */
const enum Next {
  /** The first byte, or the rest of a byte order mark. */
  Start,
  Value,
  /** A value or `]`. */
  First,
  /** A key or `}`. */
  FirstKey,
  Key,
  Colon,
  /** A comma, or what closes the array or object. */
  Comma,
  String,
  Escape,
  /** The rest of a number, or of true, false or null. */
  Atom,
  Nothing,
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const COLON = 0x3a;
const COMMA = 0x2c;
const SPACE = 0x20;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Up to this many bytes, looking at each is faster than a search. */
const BYTE_BY_BYTE = 64;
/** Digits of a number beyond this say nothing, and take the parser long. */
const MOST_ATOM_BYTES = 400;
const ATOM = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/u;
const ESCAPED = new Set(Buffer.from('"\\/bfnrtu'));

/**
 * Reads JSON as it arrives and keeps nothing of it: finds the place where it is wrong, deeper or wider than its bounds, before
 * memory is spent on it. One to two nanoseconds a byte. What follows `\u` is left to the parser.
 */
export class JsonScanner {
  /** The containers that are open, outermost first. */
  private readonly open: Uint8Array;
  private depth = 0;
  private values = 0;
  private fields = 0;
  private openArrays = 0;
  private next: Next = Next.Start;
  private isKey = false;
  private atom = '';
  private atomAt = 0;
  /** The next quote and the next backslash of this chunk, kept so that no part of it is searched twice. */
  private quoteAt = -1;
  private backslashAt = -1;
  /** Bytes of the chunks before this one. */
  private before = 0;

  constructor(private readonly bounds: JsonBounds) {
    this.open = new Uint8Array(bounds.depth);
  }

  /** Throws a JsonFault at the first byte that is wrong. */
  write(chunk: Uint8Array): void {
    let at = 0;
    this.quoteAt = -1;
    this.backslashAt = -1;
    while (at < chunk.length) {
      if (this.next === Next.String) at = this.readString(chunk, at);
      else if (this.next === Next.Atom) at = this.readAtom(chunk, at);
      else if (this.next === Next.Start) at = this.readMark(chunk[at]!, at);
      else if (this.next === Next.Escape) this.readEscape(chunk, at++);
      else this.readByte(chunk[at]!, at++);
    }
    this.before += chunk.length;
  }

  /** Throws a JsonFault unless one whole value was read. */
  end(): void {
    if (this.next === Next.Atom) this.endAtom();
    if (this.next === Next.Nothing) return;
    throw JsonFault.syntax(this.before === 0 ? 'it is empty' : `it ends in the middle, after byte ${this.before}`);
  }

  /** A byte order mark in front is no part of the JSON; it may come in several chunks. */
  private readMark(byte: number, at: number): number {
    const place = this.before + at;
    if (byte === BYTE_ORDER_MARK[place]) return at + 1;
    if (place !== 0 && place !== BYTE_ORDER_MARK.length) throw this.fault('a byte order mark is cut off', at);
    this.next = Next.Value;
    return at;
  }

  private readByte(byte: number, at: number): void {
    if (byte > SPACE) this.readToken(byte, at);
    else if (byte !== SPACE && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) throw this.unexpected(byte, at);
  }

  private readString(chunk: Uint8Array, from: number): number {
    const soon = Math.min(from + BYTE_BY_BYTE, chunk.length);
    for (let at = from; at < soon; at += 1) {
      const byte = chunk[at]!;
      if (byte === QUOTE) return this.endString(at);
      if (byte === BACKSLASH) return this.beginEscape(at);
      if (byte < SPACE) throw this.fault('a control character in a string must be escaped', at);
    }
    return soon === chunk.length ? soon : this.readLongString(chunk, soon);
  }

  /** By the searches that the processor is fast at. Control characters are left to the parser here. */
  private readLongString(chunk: Uint8Array, from: number): number {
    if (this.quoteAt < from) this.quoteAt = next(QUOTE, chunk, from);
    if (this.backslashAt < from) this.backslashAt = next(BACKSLASH, chunk, from);
    if (this.backslashAt < this.quoteAt) return this.beginEscape(this.backslashAt);
    return this.quoteAt === chunk.length ? chunk.length : this.endString(this.quoteAt);
  }

  private endString(at: number): number {
    this.next = this.isKey ? Next.Colon : this.afterValue();
    return at + 1;
  }

  private beginEscape(at: number): number {
    this.next = Next.Escape;
    return at + 1;
  }

  private readEscape(chunk: Uint8Array, at: number): void {
    if (!ESCAPED.has(chunk[at]!)) throw this.fault('a string has a backslash before a character that takes none', at);
    this.next = Next.String;
  }

  private readAtom(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && isOfAtom(chunk[at]!)) at += 1;
    this.atom += Buffer.from(chunk.buffer, chunk.byteOffset + from, at - from).toString('latin1');
    if (this.atom.length > MOST_ATOM_BYTES) {
      throw new JsonFault(`a number in the body has more than ${MOST_ATOM_BYTES} characters, at byte ${this.atomAt}`);
    }
    if (at < chunk.length) this.endAtom();
    return at;
  }

  private endAtom(): void {
    if (!ATOM.test(this.atom)) {
      throw JsonFault.syntax(`expected a value, found something else at byte ${this.atomAt}`);
    }
    this.atom = '';
    this.next = this.afterValue();
  }

  private readToken(byte: number, at: number): void {
    switch (this.next) {
      case Next.Value:
        this.beginValue(byte, at);
        break;
      case Next.First:
        if (byte === CLOSE_ARRAY) this.close();
        else this.beginValue(byte, at);
        break;
      case Next.FirstKey:
        if (byte === CLOSE_OBJECT) this.close();
        else this.beginKey(byte, at);
        break;
      case Next.Key:
        this.beginKey(byte, at);
        break;
      case Next.Colon:
        if (byte !== COLON) throw this.unexpected(byte, at);
        this.next = Next.Value;
        break;
      default:
        this.readComma(byte, at);
    }
  }

  private readComma(byte: number, at: number): void {
    const container = this.next === Next.Nothing ? 0 : this.open[this.depth - 1]!;
    // In ASCII a bracket closes with the character two after the one that opens it, and so does a brace.
    if (container !== 0 && byte === container + 2) this.close();
    else if (container !== 0 && byte === COMMA) this.next = container === OPEN_ARRAY ? Next.Value : Next.Key;
    else throw this.unexpected(byte, at);
  }

  private beginKey(byte: number, at: number): void {
    if (byte !== QUOTE) throw this.unexpected(byte, at);
    if (this.openArrays === 0) this.countField(at);
    this.isKey = true;
    this.next = Next.String;
  }

  private countField(at: number): void {
    this.fields += 1;
    if (this.fields > this.bounds.fields) throw this.tooMany('fields outside lists', this.bounds.fields, at);
  }

  private tooMany(what: string, most: number, at: number): JsonFault {
    return new JsonFault(`the body may hold at most ${most} ${what}, one more begins at byte ${this.before + at}`);
  }

  private beginValue(byte: number, at: number): void {
    this.values += 1;
    if (this.values > this.bounds.values) throw this.tooMany('values', this.bounds.values, at);
    if (byte === QUOTE) {
      this.isKey = false;
      this.next = Next.String;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.beginContainer(byte, at);
    else if (isOfAtom(byte)) {
      this.atomAt = this.before + at;
      this.atom = String.fromCharCode(byte);
      this.next = Next.Atom;
    } else throw this.unexpected(byte, at);
  }

  private beginContainer(byte: number, at: number): void {
    if (this.depth === this.bounds.depth) {
      throw new JsonFault(
        `the body may be nested ${this.bounds.depth} deep, and is deeper at byte ${this.before + at}`,
      );
    }
    this.open[this.depth] = byte;
    this.depth += 1;
    if (byte === OPEN_ARRAY) this.openArrays += 1;
    this.next = byte === OPEN_ARRAY ? Next.First : Next.FirstKey;
  }

  private close(): void {
    this.depth -= 1;
    if (this.open[this.depth] === OPEN_ARRAY) this.openArrays -= 1;
    this.next = this.afterValue();
  }

  private afterValue(): Next {
    return this.depth === 0 ? Next.Nothing : Next.Comma;
  }

  private unexpected(byte: number, at: number): JsonFault {
    const found = byte > SPACE && byte < 0x7f ? String.fromCharCode(byte) : `the byte 0x${byte.toString(16)}`;
    return this.fault(`expected ${this.expected()}, found ${found}`, at);
  }

  private expected(): string {
    switch (this.next) {
      case Next.Key:
      case Next.FirstKey:
        return 'a key in double quotes';
      case Next.Colon:
        return 'a colon';
      case Next.Comma:
        return this.open[this.depth - 1] === OPEN_ARRAY ? 'a comma or ]' : 'a comma or }';
      case Next.Nothing:
        return 'nothing after the value';
      default:
        return 'a value';
    }
  }

  private fault(what: string, at: number): JsonFault {
    return JsonFault.syntax(`${what}, at byte ${this.before + at}`);
  }
}

function next(byte: number, chunk: Uint8Array, from: number): number {
  const at = chunk.indexOf(byte, from);
  return at === -1 ? chunk.length : at;
}

/** Letters, digits and signs: what numbers and the three names are made of, and what is easily mistaken for one. */
function isOfAtom(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || isSign(byte)
  );
}

function isSign(byte: number): boolean {
  return byte === 0x2d || byte === 0x2b || byte === 0x2e;
}
