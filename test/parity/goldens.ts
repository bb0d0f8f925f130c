import type { HeadChoice, CheckpointConfig } from '#libs/model-repository';
import { readFileSync } from 'node:fs';

/** One request of triples.json: a query with its documents; without an instruction the default one applies. */
export interface TripleGroup {
  readonly name: string;
  readonly instruction?: string;
  readonly query: string;
  readonly documents: readonly string[];
}

/** What transformers scores for the documents of one group, in their order. */
interface GoldenGroup {
  readonly name: string;
  /** Tokens of the whole prompt. */
  readonly tokenCounts: readonly number[];
  /** d = logit(yes) - logit(no), float32. */
  readonly logits: readonly number[];
  /** P = sigmoid(d). */
  readonly probabilities: readonly number[];
}

/** goldens/<shape>.json: one checkpoint, every group. */
export interface Golden {
  readonly shape: string;
  /** SHA-256 of every weight file and of the shard index. */
  readonly files: Readonly<Record<string, string>>;
  /** SHA-256 of the stored bytes of a few tensors. */
  readonly tensors: Readonly<Record<string, string>>;
  readonly groups: readonly GoldenGroup[];
}

/** goldens/prompts.json: a prompt is prefix + head + query + documents[i] + suffix; the same for all shapes. */
export interface GoldenPrompts {
  readonly words: { readonly yes: number; readonly no: number };
  readonly prefix: readonly number[];
  readonly suffix: readonly number[];
  readonly groups: readonly GoldenPromptGroup[];
}

interface GoldenPromptGroup {
  readonly name: string;
  /** Ids of "<Instruct>: {instruction}\n<Query>:". */
  readonly head: readonly number[];
  /** Ids of " {query}\n<Document>:". */
  readonly query: readonly number[];
  /** Ids of " {document}". */
  readonly documents: readonly (readonly number[])[];
  /** First 16 hex digits of the SHA-256 of the whole prompt's ids as little-endian int32. */
  readonly digests: readonly string[];
}

/** The groups of triples.json; the goldens list theirs in the same order. */
export function loadTripleGroups(): readonly TripleGroup[] {
  return (readJson('triples.json') as { groups: readonly TripleGroup[] }).groups;
}

export function loadGolden(shape: string): Golden {
  return readJson(`goldens/${shape}.json`) as Golden;
}

export function loadGoldenPrompts(): GoldenPrompts {
  return readJson('goldens/prompts.json') as GoldenPrompts;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}

/** What the goldens' scores are made of: two tokens, or a classifier's rows [no, yes]. */
export function goldenHead({ labels }: CheckpointConfig): HeadChoice {
  const { words } = loadGoldenPrompts();
  if (labels.length === 0) return { kind: 'tokens', positive: words.yes, negative: words.no };
  return labels.length === 1 ? { kind: 'labels', positive: 0 } : { kind: 'labels', positive: 1, negative: 0 };
}
