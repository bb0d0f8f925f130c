import type { Ranking, RankedDocument, RerankRequest } from '#libs/rerank';
import { objectOf, textOf, type DocumentInput } from '../shared/document-input.js';
import { documentDetails, requestDetails, type DocumentDetails, type RequestDetails } from './native-details.js';
import type { NativeRerankDto } from './native.dto.js';

/** How each result shows its document. */
export type DocumentShape = 'string' | 'object' | 'none';

export interface NativeAnswer {
  readonly id: string;
  readonly model: string;
  /** Before any nested object: Elasticsearch scans the text for the first one. */
  readonly results: readonly ({
    readonly index: number;
    readonly relevance_score: number;
    readonly document?: DocumentInput;
  } & Partial<DocumentDetails>)[];
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number };
  readonly details?: RequestDetails;
}

export interface AnswerContext {
  readonly requestId: string;
  readonly servedModel: string;
  readonly documentShape: DocumentShape;
}

export function fromNative(body: NativeRerankDto): RerankRequest {
  const instruction = body.instruction ?? body.instruct;
  return {
    query: body.query,
    documents: body.documents.map((document) => textOf(document)),
    ...(typeof instruction === 'string' && { instruction }),
    ...(typeof body.top_n === 'number' && { topN: body.top_n }),
  };
}

export function toNative(ranking: Ranking, body: NativeRerankDto, context: AnswerContext): NativeAnswer {
  const score = ({ rawScore, relevanceScore }: RankedDocument) => (body.raw_scores ? rawScore : relevanceScore);
  return {
    id: context.requestId,
    model: body.model ?? context.servedModel,
    results: ranking.ranked.map((ranked) => ({
      index: ranked.index,
      relevance_score: score(ranked),
      ...echo(body.documents[ranked.index]!, context.documentShape),
      ...(body.return_details && documentDetails(ranked)),
    })),
    usage: { prompt_tokens: ranking.promptTokens, total_tokens: ranking.promptTokens },
    ...(body.return_details && { details: requestDetails(ranking) }),
  };
}

/**
 * The seed service and Infinity answer the plain string, everybody else an object; one path serves them all.
 * An Infinity client is known by `raw_scores` or by the lower-case scheme that LiteLLM sends.
 */
export function documentShape(body: NativeRerankDto, authorization: string | undefined): DocumentShape {
  const { model, return_documents: wanted, raw_scores: rawScores } = body;
  if (isAbsent(model) && isAbsent(wanted)) return 'string';
  const infinity = !isAbsent(rawScores) || authorization?.startsWith('bearer ') === true;
  if (infinity) return wanted === true ? 'string' : 'none';
  return wanted === false ? 'none' : 'object';
}

/** Clients send null for what they leave out. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function echo(document: DocumentInput, shape: DocumentShape): { document?: DocumentInput } {
  switch (shape) {
    case 'none':
      return {};
    case 'string':
      return { document: textOf(document) };
    case 'object':
      return { document: objectOf(document) };
  }
}
