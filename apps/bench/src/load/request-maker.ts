import type { RerankTexts } from './targets.js';

/** Texts by shape: what a pass costs depends on their tokens, not on their meaning. */
export interface TextWorkload {
  readonly name: string;
  /** Documents of one request. */
  readonly documents: number;
  /** Tokens of a document; 'mixed': 14 to 350, short ones likelier. */
  readonly tokens: number | 'mixed';
  /** The queries come again and again, the documents do not. */
  readonly repeated: boolean;
}

/** Every shape of the full benchmark. */
export const ALL_WORKLOADS: readonly string[] = [
  '20x14',
  '20x50',
  '20x100',
  '20x350',
  '20x2000',
  '20xmixed',
  '20x50-repeated',
  '1x50',
  '100x50',
  '1000x14',
];

/** Reads `20x50`, `20xmixed` or `20x50-repeated`: documents a request × tokens a document. */
export function parseWorkload(name: string): TextWorkload {
  const match = /^(?<documents>\d+)x(?<tokens>\d+|mixed)(?<repeated>-repeated)?$/u.exec(name);
  const { documents, tokens, repeated } = match?.groups ?? {};
  if (Number(documents) < 1 || Number(tokens) < 1 || documents === undefined) {
    throw new Error(`--workload must look like 20x50, 20xmixed or 20x50-repeated, got ${JSON.stringify(name)}`);
  }
  return {
    name,
    documents: Number(documents),
    tokens: tokens === 'mixed' ? 'mixed' : Number(tokens),
    repeated: repeated !== undefined,
  };
}

const QUERY_WORDS = 10;
const REPEATED_QUERIES = 4;
const MIXED = { shortest: 14, longest: 350 };

// After a space each of these is one token of Qwen's vocabulary, so a document of n words has n tokens.
const WORDS = (
  'time year people way day man thing woman life child world school state family student group country problem hand ' +
  'part place case week company system program question work government number night point home water room mother ' +
  'area money story fact month lot right study book eye job word business issue side kind head house service friend ' +
  'father power hour game line end member law car city community name president team minute idea kid body information ' +
  'back parent face others level office door health person art war history party result change morning reason research ' +
  'girl guy moment air teacher force education'
).split(' ');

/** Makes the requests of a workload; the same seed makes the same requests. */
export class RequestMaker {
  private state: number;
  private made = 0;
  private readonly queries: readonly string[];

  constructor(
    private readonly workload: TextWorkload,
    seed: number,
  ) {
    this.state = seed >>> 0;
    this.queries = Array.from({ length: REPEATED_QUERIES }, () => this.words(QUERY_WORDS));
  }

  next(): RerankTexts {
    const { documents, repeated } = this.workload;
    const query = repeated ? this.queries[this.made % REPEATED_QUERIES]! : this.words(QUERY_WORDS);
    this.made += 1;
    return { query, documents: Array.from({ length: documents }, () => this.words(this.documentTokens())) };
  }

  private documentTokens(): number {
    const { tokens } = this.workload;
    if (tokens !== 'mixed') return tokens;
    return Math.round(MIXED.shortest * (MIXED.longest / MIXED.shortest) ** this.random());
  }

  private words(count: number): string {
    return Array.from({ length: count }, () => WORDS[Math.floor(this.random() * WORDS.length)]).join(' ');
  }

  /** 0 to 1: mulberry32, whose low bits are as good as its high ones. */
  random(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
