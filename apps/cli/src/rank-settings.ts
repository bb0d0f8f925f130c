import { ConfigError, shownWords, type CommandLine } from '#libs/config';

/** What `rank` reads from its command line beside the variables. */
export const RANK_OPTIONS = {
  query: 'text',
  queries: 'text',
  instruction: 'text',
  field: 'text',
  'top-n': 'text',
  format: 'text',
  output: 'text',
  restart: 'switch',
  documents: 'switch',
} as const;

export interface RankSettings {
  readonly file: string;
  /** A query, or a file of queries. */
  readonly query: { readonly text: string } | { readonly file: string };
  readonly instruction?: string;
  readonly field: string;
  readonly topN?: number;
  readonly format: 'jsonl' | 'table';
  readonly output?: string;
  readonly restart: boolean;
  readonly documents: boolean;
}

const TABLE_ROWS = 10;

/** Throws a ConfigError that names every problem. */
export function rankSettings(commandLine: CommandLine, onTerminal: boolean): RankSettings {
  const { options, positionals } = commandLine;
  const { query, queries, instruction, field, output } = withDefaults(options);
  const { format, topN } = formOf(options, onTerminal);
  const problems = [...problemsOf(commandLine), ...problemsOfForm(format, topN)];
  if (problems.length > 0) throw new ConfigError([...problems, '`rank --help` has an example']);
  return {
    file: positionals[0]!,
    query: query === undefined ? { file: queries } : { text: query },
    field,
    format: format as RankSettings['format'],
    restart: options['restart'] === 'true',
    documents: options['documents'] !== 'false',
    ...(instruction !== undefined && { instruction }),
    ...(topN !== undefined && { topN: Number(topN) }),
    ...(output !== undefined && { output }),
  };
}

function withDefaults(options: CommandLine['options']): CommandLine['options'] & { queries: string; field: string } {
  return { queries: '', field: 'text', ...options };
}

/** A table on a terminal, where its best rows are enough. */
function formOf({ format, output, 'top-n': topN }: CommandLine['options'], onTerminal: boolean) {
  const form = format ?? (output === undefined && onTerminal ? 'table' : 'jsonl');
  return { format: form, topN: topN ?? (form === 'table' ? String(TABLE_ROWS) : undefined) };
}

function problemsOf({ options: { query, queries }, positionals }: CommandLine): readonly string[] {
  return [
    ...(positionals.length === 1 ? [] : [`expected one file of documents, got ${shownWords(positionals) || 'none'}`]),
    ...((query === undefined) === (queries === undefined) ? ['expected --query TEXT or --queries FILE'] : []),
    ...(query?.trim() === '' ? ['--query must not be empty'] : []),
  ];
}

function problemsOfForm(format: string, topN: string | undefined): readonly string[] {
  return [
    ...(format === 'jsonl' || format === 'table' ? [] : [`--format must be jsonl or table, got ${format}`]),
    ...(topN === undefined || /^[1-9]\d*$/u.test(topN) ? [] : [`--top-n must be a whole number from 1, got ${topN}`]),
  ];
}
