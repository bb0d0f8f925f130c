import { InvalidRequestError, textKey, type RankedDocument, type Ranking, type RerankRequest } from '#libs/rerank';
import { textOf, type DocumentInput } from './document-input.js';
import type { RerankOptionsDto } from './rerank-options.dto.js';
import { everyDocument, textsOf, type RequestOptions } from './rerank-options.js';
import { scoreOf } from './results.js';

/** One query for all documents, or as many as documents. */
export interface Pairs {
  readonly queries: readonly DocumentInput[];
  readonly documents: readonly DocumentInput[];
}

/** The documents that are asked with one query, so that what their pairs share is computed once. */
interface PairGroup {
  readonly query: string;
  readonly documents: readonly DocumentInput[];
  /** Of each document's pair in the request. */
  readonly indexes: readonly number[];
}

/** Between the pairs of an API's bodies and requests of one query each. A body's pairs are grouped once. */
export class Pairing<Body extends RerankOptionsDto> {
  private readonly groups = new WeakMap<Body, readonly PairGroup[]>();

  constructor(private readonly pairsOf: (body: Body) => Pairs) {}

  /** One per distinct query. Throws an InvalidRequestError where there are neither as many queries as documents nor a single one. */
  requests(body: Body, options: RequestOptions): readonly RerankRequest[] {
    const { rank_fields } = body;
    // A body may have very many keys: they are not copied for each query.
    const asked = everyDocument(options);
    return this.groupsOf(body).map((group) => Object.assign(textsOf({ ...group, rank_fields }), asked));
  }

  /** The scores of all pairs, in the order of the request. */
  scores(body: Body, rankings: readonly Ranking[]): number[] {
    const score: (document: RankedDocument) => number = scoreOf(body);
    const scores: number[] = [];
    for (const [group, { indexes }] of this.groupsOf(body).entries()) {
      for (const document of rankings[group]!.ranked) scores[indexes[document.index]!] = score(document);
    }
    return scores;
  }

  private groupsOf(body: Body): readonly PairGroup[] {
    const made = this.groups.get(body) ?? groupPairs(this.pairsOf(body));
    this.groups.set(body, made);
    return made;
  }
}

function groupPairs({ queries, documents }: Pairs): readonly PairGroup[] {
  if (queries.length === 1) return [{ query: textOf(queries[0])!, documents, indexes: [...documents.keys()] }];
  if (queries.length !== documents.length) {
    const message = `${queries.length} queries and ${documents.length} documents: send one query, or as many as documents`;
    throw new InvalidRequestError('queries', message);
  }
  const groups = new Map<string, { query: string; documents: DocumentInput[]; indexes: number[] }>();
  for (const [index, document] of documents.entries()) {
    const query = textOf(queries[index])!;
    const key = textKey(query);
    const group = groups.get(key) ?? { query, documents: [], indexes: [] };
    group.documents.push(document);
    group.indexes.push(index);
    groups.set(key, group);
  }
  return [...groups.values()];
}
