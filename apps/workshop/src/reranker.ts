import { setTimeout as sleep } from 'node:timers/promises';

const TOO_MANY = 429;
/** Of a server that is busy for so long, something is wrong. */
const MOST_WAITS = 60;

/** Scores documents through the public API of a running server, as any client does: it waits where the server is busy. */
export class Reranker {
  /** @param key Where the server asks for one. */
  constructor(
    private readonly url: string,
    private readonly key?: string,
  ) {}

  /** logit(yes) - logit(no) of each document, in the order of `documents`. Throws the server's refusal. */
  scores(query: string, documents: readonly string[]): Promise<number[]> {
    return this.inOrder({ query, documents, raw_scores: true });
  }

  /** As `scores`, from 0 to 1. */
  relevances(query: string, documents: readonly string[]): Promise<number[]> {
    return this.inOrder({ query, documents });
  }

  /** The score of each document in the answer to any body of /rerank. */
  private async inOrder(body: {
    readonly documents: readonly string[];
    readonly [option: string]: unknown;
  }): Promise<number[]> {
    const { documents } = body;
    const results = await this.ask(body);
    const scores = Array.from<number>({ length: documents.length });
    for (const { index, relevance_score: score } of results) scores[index] = score;
    return scores;
  }

  /** Relevant spans of one document, best first, in UTF-16 units. Throws the server's refusal. */
  async spans(query: string, document: string, threshold?: number): Promise<{ start: number; end: number }[]> {
    const asked = { mode: 'enabled', threshold };
    const [result] = await this.ask({ query, documents: [document], relevant_spans: asked });
    const points = Array.from(document);
    const unitAt = (point: number) => points.slice(0, point).join('').length;
    return (result?.relevant_spans ?? []).map(({ start, end }) => ({ start: unitAt(start), end: unitAt(end) }));
  }

  private async ask(body: object): Promise<Result[]> {
    const headers = {
      'content-type': 'application/json',
      ...(this.key !== undefined && { authorization: `Bearer ${this.key}` }),
    };
    const post = () =>
      fetch(`${this.url}/rerank`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ ...body, return_documents: false }),
      });
    // A kept connection may be closed while it is used, where this process stood still for longer than the server keeps it. Ranking
    // twice does no harm.
    let response = await post().catch(post);
    for (let waits = 0; response.status === TOO_MANY && waits < MOST_WAITS; waits += 1) {
      await sleep(1000 * secondsOf(response.headers.get('retry-after')));
      response = await post();
    }
    if (!response.ok) throw new Error(`${response.status} from ${this.url}: ${await response.text()}`);
    return ((await response.json()) as { results: Result[] }).results;
  }
}

/** One where the header is absent, or a date. */
function secondsOf(retryAfter: string | null): number {
  const seconds = Number(retryAfter ?? 1);
  return Number.isNaN(seconds) ? 1 : seconds;
}

interface Result {
  readonly index: number;
  readonly relevance_score: number;
  /** In Unicode code points. */
  readonly relevant_spans?: readonly { readonly start: number; readonly end: number }[];
}
