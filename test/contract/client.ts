import type { Reads } from './reads.js';

export interface Asked {
  readonly query: string;
  readonly documents: string[];
  readonly topN?: number;
}

interface Ranked {
  readonly index: number;
  readonly score: number;
  /** Undefined where the client cannot ask for it. */
  readonly document?: string | undefined;
}

const REFUSALS = [400, 401, 413, 429, 503] as const;
export type Refusal = (typeof REFUSALS)[number];

/** A published client with its base URL changed, and nothing else. */
export interface Client {
  readonly name: string;
  /** The folder of the package in `node_modules`, where the name is another one. */
  readonly package?: string;
  readonly reads: Reads;
  /** What it throws, by the status of the answer. */
  readonly errors: Readonly<Record<Refusal, string>>;
  /** It does not look at the status of an answer. */
  readonly hidesStatus?: boolean;
  rank(url: string, apiKey: string, asked: Asked): Promise<Ranked[]>;
}

/** The class of a client's error, and the status it carries, wherever the client puts it. */
export interface Refused {
  readonly error: string;
  /** Undefined where the client does not look at the status. */
  readonly status: number | undefined;
}

/** Undefined when the client was answered. */
export async function refusalOf(client: Client, url: string, key: string, asked: Asked): Promise<Refused | undefined> {
  try {
    await client.rank(url, key, asked);
    return undefined;
  } catch (error) {
    const { statusCode, status } = error as { statusCode?: number; status?: number };
    return { error: (error as Error).constructor.name.replace(/^_/u, ''), status: statusCode ?? status };
  }
}
