import type { Ranking, RerankRequest } from '#libs/rerank';
import type { PartScores } from './score-journal.js';

/** Documents scored in one request: small enough that progress is seen, and that little is lost when a run is stopped. */
export const PART_DOCUMENTS = 64;
/** Requests at once, so that the engine always has a full batch waiting. */
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

/** Scores every part that is not finished, several at once. Rejects with the first error, or the signal's reason. */
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
  const worker = async (): Promise<void> => {
    for (let part = open.shift(); part !== undefined && !either.aborted; part = open.shift()) {
      done(part, await scorePart(part, work, (request) => scorer.rerankAll([request], either)));
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

async function scorePart(
  part: number,
  work: RankInput,
  rerank: (request: RerankRequest) => Promise<Ranking[]>,
): Promise<PartScores> {
  const { query, from, to } = placesOf(part, work);
  const { instruction } = work;
  const [ranking] = await rerank({
    query: work.queries[query]!,
    documents: work.documents.slice(from, to),
    ...(instruction !== undefined && { instruction }),
  });
  const scores: [number, number][] = [];
  for (const { index, relevanceScore, rawScore } of ranking!.ranked) scores[index] = [relevanceScore, rawScore];
  return scores;
}

function partsOfQuery(documents: readonly string[]): number {
  return Math.ceil(documents.length / PART_DOCUMENTS);
}
