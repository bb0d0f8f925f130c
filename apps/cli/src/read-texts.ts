import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';

export interface TextItem {
  readonly text: string;
  /** The `id` or `_id` of its object or row, where it has one. */
  readonly id?: string | number;
}

/** The file cannot be read as texts; the message names file, line, and what was expected. */
export class TextFileError extends Error {}

type Row = Readonly<Record<string, unknown>>;
type Reader = (content: string, file: string, field: string) => TextItem[];

const READERS: Readonly<Record<string, Reader>> = {
  '.txt': (content) => linesOf(content).map(({ line }) => ({ text: line })),
  '.jsonl': jsonLines,
  '.ndjson': jsonLines,
  '.csv': table,
};

/**
 * The texts of a file, by its ending: a line each, JSON lines (texts, or objects with the text in `field`), or a CSV table with
 * such a column. Empty lines do not count. Throws a TextFileError.
 */
export function readTexts(file: string, field: string): readonly TextItem[] {
  const reader = READERS[path.extname(file).toLowerCase()];
  if (reader === undefined) {
    throw new TextFileError(`${file}: expected a name that ends in ${Object.keys(READERS).join(', ')}`);
  }
  const items = reader(contentOf(file), file, field);
  if (items.length === 0) throw new TextFileError(`${file}: expected texts, found none`);
  return items;
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/u, '');
  } catch (error) {
    throw new TextFileError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function linesOf(content: string): { readonly line: string; readonly number: number }[] {
  const lines = content.split(/\r?\n/u).map((line, index) => ({ line, number: index + 1 }));
  return lines.filter(({ line }) => line.trim() !== '');
}

function jsonLines(content: string, file: string, field: string): TextItem[] {
  return linesOf(content).map(({ line, number }) => {
    const place = `${file}, line ${number}`;
    const value = jsonOf(line, place);
    return typeof value === 'string' ? { text: value } : itemOf(value, field, place);
  });
}

function jsonOf(line: string, place: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new TextFileError(`${place}: expected JSON (${(error as Error).message})`);
  }
}

function table(content: string, file: string, field: string): TextItem[] {
  try {
    const rows: Row[] = parse(content, { columns: true, skip_empty_lines: true });
    return rows.map((row, index) => itemOf(row, field, `${file}, row ${index + 1}`));
  } catch (error) {
    if (error instanceof TextFileError) throw error;
    throw new TextFileError(`${file}: expected a CSV table with a header line (${(error as Error).message})`);
  }
}

function itemOf(value: unknown, field: string, place: string): TextItem {
  const row = typeof value === 'object' && value !== null ? (value as Row) : {};
  const text = Object.hasOwn(row, field) ? row[field] : undefined;
  if (typeof text !== 'string') {
    const found = Object.keys(row).join(', ') || JSON.stringify(value);
    throw new TextFileError(`${place}: expected a text in ${field}, found ${found}; --field names another one`);
  }
  const id = row['id'] ?? row['_id'];
  return typeof id === 'string' || typeof id === 'number' ? { text, id } : { text };
}
