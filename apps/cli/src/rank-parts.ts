import type { Ranking, RerankRequest } from '#libs/rerank';
import type { PartScores } from './score-journal.js';

/** Documents scored in one request: small enough that progress is seen, and that little is lost when a run is stopped. */
export const PART_DOCUMENTS = 64;
/** Requests at once, so that the engine always has a batch waiting. */
const PARTS_AT_ONCE = 8;

/** A part is some documents of one query; parts are numbered query by query. */
export interface RankInput {
  readonly queries: readonly string[];
  readonly documents: readonly string[];
  readonly instruction?: string;
}

export interface Scorer {
  rerankAll(requests: readonly RerankRequest[], signal: AbortSignal): Promise<Ranking[]>;
}

export function partCount({ queries, documents }: RankInput): number {
  return queries.length * partsOfQuery(documents);
}

/** The query and the documents of a part, by their places. */
export function placesOf(part: number, { documents }: Pick<RankInput, 'documents'>) {
  const perQuery = partsOfQuery(documents);
  const from = (part % perQuery) * PART_DOCUMENTS;
  return { query: Math.floor(part / perQuery), from, to: Math.min(from + PART_DOCUMENTS, documents.length) };
}

/**
 * Scores every part that is not finished, several at once. Rejects with the first error, or the signal's reason.
 *
 * What is computed together decides on the last digits of a score. So that a run that goes on gets those of one that was not stopped,
 * a part is computed alone, and what its documents share, instruction and query, before the first of them.
 */
export async function scoreParts(
  work: RankInput,
  finished: ReadonlyMap<number, PartScores>,
  {
    scorer,
    signal,
    done,
  }: { scorer: Scorer; signal: AbortSignal; readonly done: (part: number, scores: PartScores) => void },
): Promise<void> {
  const open = Array.from({ length: partCount(work) }, (_, part) => part).filter((part) => !finished.has(part));
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const rerank = async (request: RankRequest) => scorer.rerankAll([{ ...request, alone: true }], either);
  const shared = new SharedPrefixes(work, rerank);
  const worker = async (): Promise<void> => {
    for (let part = open.shift(); part !== undefined && !either.aborted; part = open.shift()) {
      await shared.ofQuery(placesOf(part, work).query);
      done(part, await scorePart(part, work, rerank));
    }
    signal.throwIfAborted();
  };
  await Promise.all(
    Array.from({ length: PARTS_AT_ONCE }, () =>
      worker().catch((error: unknown) => {
        failed.abort(error);
        throw error;
      }),
    ),
  );
}

type RankRequest = Pick<RerankRequest, 'query' | 'documents' | 'instruction'>;
type Rerank = (request: RankRequest) => Promise<Ranking[]>;

/** Has the engine compute what the documents of a query share, beside the first document: the instruction with the first query. */
class SharedPrefixes {
  private readonly byQuery = new Map<number, Promise<unknown>>();

  constructor(
    private readonly work: RankInput,
    private readonly rerank: Rerank,
  ) {}

  async ofQuery(query: number): Promise<void> {
    await this.compute(0);
    await this.compute(query);
  }

  private compute(query: number): Promise<unknown> {
    const known = this.byQuery.get(query);
    if (known !== undefined) return known;
    const computed = this.rerank(requestOf(this.work, { query, from: 0, to: 1 }));
    this.byQuery.set(query, computed);
    return computed;
  }
}

function requestOf(
  { queries, documents, instruction }: RankInput,
  { query, from, to }: ReturnType<typeof placesOf>,
): RankRequest {
  return {
    query: queries[query]!,
    documents: documents.slice(from, to),
    ...(instruction !== undefined && { instruction }),
  };
}

async function scorePart(part: number, work: RankInput, rerank: Rerank): Promise<PartScores> {
  const [ranking] = await rerank(requestOf(work, placesOf(part, work)));
  const scores: [number, number][] = [];
  for (const { index, relevanceScore, rawScore } of ranking!.ranked) scores[index] = [relevanceScore, rawScore];
  return scores;
}

function partsOfQuery(documents: readonly string[]): number {
  return Math.ceil(documents.length / PART_DOCUMENTS);
}
