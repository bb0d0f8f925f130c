import { isObject, type Json } from './json-file.js';
import { ModelError } from './model-error.js';
import { shown } from './shown.js';

/** Sizes index 32-bit integers (token ids, rows) from here to the kernels. */
const LARGEST_SIZE = 2 ** 31 - 1;

/** Reads the keys of a config.json; every refusal names the file, the key, what was expected and what was found. */
export class ConfigReader {
  constructor(
    private readonly json: Json,
    private readonly file: string,
    /** `rope_parameters.` inside a nested object. */
    private readonly prefix = '',
    /** Keys that stand in a section of their own, by its name. */
    private readonly nested: { readonly section?: string; readonly keys?: ReadonlySet<string> } = {},
  ) {}

  value(key: string): unknown {
    return this.json[key];
  }

  keys(): readonly string[] {
    return Object.keys(this.json);
  }

  /** Absent and null mean the fallback, as they do for the other readers. */
  size(key: string, fallback?: number): number {
    const value = this.json[key] ?? fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= LARGEST_SIZE) return value;
    return this.refuse(key, 'a positive integer');
  }

  optionalPositive(key: string): number | undefined {
    return (this.json[key] ?? undefined) === undefined ? undefined : this.positive(key);
  }

  positive(key: string, fallback?: number): number {
    const value = this.json[key] ?? fallback;
    if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value;
    return this.refuse(key, 'a positive number');
  }

  finite(key: string): number {
    const value = this.json[key];
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    return this.refuse(key, 'a number');
  }

  flag(key: string, fallback = false): boolean {
    const value = this.json[key] ?? fallback;
    if (typeof value === 'boolean') return value;
    return this.refuse(key, 'true or false');
  }

  /** Absent, null and an empty list mean none. */
  texts(key: string): readonly string[] {
    const value = this.json[key] ?? [];
    if (Array.isArray(value) && value.every((text) => typeof text === 'string')) return value;
    return this.refuse(key, 'a list of texts');
  }

  section(key: string): ConfigReader | undefined {
    const value = this.json[key] ?? undefined;
    if (value === undefined) return undefined;
    if (isObject(value)) return new ConfigReader(value, this.file, `${this.placeOf(key)}.`);
    return this.refuse(key, 'an object or null');
  }

  /** With the keys of a section, too, where there is one; a key that stands outside of it wins. */
  including(key: string): ConfigReader {
    const inner = this.json[key];
    if (!isObject(inner)) return this;
    const keys = new Set(Object.keys(inner).filter((name) => (this.json[name] ?? undefined) === undefined));
    const added = Object.fromEntries([...keys].map((name) => [name, inner[name]]));
    return new ConfigReader({ ...this.json, ...added }, this.file, this.prefix, { section: key, keys });
  }

  refuse(key: string, expected: string): never {
    throw new ModelError(
      `${this.file}: ${this.placeOf(key)} must be ${expected}, got ${shown(this.json[key])}${this.elsewhere(key)}`,
    );
  }

  private placeOf(key: string): string {
    const { section, keys } = this.nested;
    return `${this.prefix}${keys?.has(key) === true ? `${section}.` : ''}${key}`;
  }

  /** Where a key stands that is not where it was looked for. */
  private elsewhere(key: string): string {
    if (this.json[key] !== undefined) return '';
    const [section] = Object.entries(this.json).find(([, value]) => isObject(value) && Object.hasOwn(value, key)) ?? [];
    return section === undefined ? '' : `; ${section} has it: write its keys into the object around it`;
  }
}
