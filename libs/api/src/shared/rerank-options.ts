import type { LongDocuments, LongQuery, RerankRequest, TokenLimits } from '#libs/rerank';
import { readText, textOf } from './document-input.js';
import { spansOf } from './relevant-spans.js';
import type { OneQueryDto, RerankOptionsDto } from './rerank-options.dto.js';

/** Cohere's windows begin where the text allows it; ours share this many tokens, so that one of two holds a sentence. */
const DEFAULT_OVERLAP_TOKENS = 64;

/** How much of a query that is too long an API keeps. */
export const LONG_QUERIES = {
  /** Cohere, Jina and NIM: half of the context. DashScope has as much for a query as for a document. */
  half: { share: 1 / 2, takesSpare: false },
  /** Voyage: 8,000 tokens of 32,000, 4,000 of 16,000. */
  quarter: { share: 1 / 4, takesSpare: false },
  /** Hugging Face's tokenizers in TEI, Infinity, vLLM, Weaviate's and Khoj's servers cut the longer one of the two. */
  longer: { share: 1 / 2, takesSpare: true },
} as const satisfies Readonly<Record<string, LongQuery>>;

/** What a request asks of its texts. */
export type RequestOptions = Omit<RerankRequest, 'query' | 'documents'>;

/** To the domain's request from a valid body, whatever names its options have. Without a rule, a long query is refused. */
export function oneRequest(longQuery?: LongQuery) {
  return (body: OneQueryDto): readonly [RerankRequest] => [{ ...textsOf(body), ...optionsOf(body, longQuery) }];
}

/** The texts of a query and of its documents. */
export function textsOf({
  query,
  documents,
  rank_fields,
}: Pick<OneQueryDto, 'query' | 'documents'> & {
  readonly rank_fields?: OneQueryDto['rank_fields'] | undefined;
}): Pick<RerankRequest, 'query' | 'documents'> {
  return { query: textOf(query)!, documents: documents.map((document) => readText(document, rank_fields)!) };
}

/** What a valid body asks besides its texts. */
export function optionsOf(body: RerankOptionsDto, longQuery?: LongQuery): RequestOptions {
  const instruction = instructionOf(body);
  const topN = positive(body.top_n ?? body.topN ?? body.top_k ?? body.topK);
  return {
    ...(instruction !== undefined && { instruction }),
    ...(topN !== undefined && { topN }),
    ...minScoreOf(body),
    ...priorityOf(body),
    ...spansOf(body.relevant_spans, flag(body.spans) === true),
    ...longTextsOf(body, longQuery),
    limits: limitsOf(body),
  };
}

/** For an answer that has a score for each document, in the order of the request, and nothing else of it. */
export function everyDocument<Options extends RequestOptions>({
  topN: _topN,
  minScore: _minScore,
  spans: _spans,
  ...request
}: Options): Omit<Options, 'topN' | 'minScore' | 'spans'> {
  return request;
}

/** Undefined when the caller did not say. */
export function wantsDocuments(options: RerankOptionsDto): boolean | undefined {
  return flag(options.return_documents ?? options.returnDocuments ?? options.return_text ?? options.return_input);
}

/** Only this server has them; an item with more keys is refused by strict clients. */
export function wantsDetails({ return_details }: RerankOptionsDto): boolean {
  return flag(return_details) === true;
}

/** Raw scores instead of probabilities; vLLM's name is the other way round. */
export function wantsRawScores(options: RerankOptionsDto): boolean {
  const activation = options.use_activation ?? options.activation ?? options.softmax;
  return flag(options.raw_scores) === true || flag(activation) === false;
}

function instructionOf({ instruction, instruct, chat_template_kwargs }: RerankOptionsDto): string | undefined {
  // The order in which vLLM's template takes them.
  const inTemplate = [chat_template_kwargs?.instruction, chat_template_kwargs?.instruct];
  return instruction ?? instruct ?? inTemplate.find((value): value is string => typeof value === 'string');
}

function limitsOf(options: RerankOptionsDto): TokenLimits {
  const documentTokens = positive(options.max_tokens_per_doc ?? options.maxTokensPerDoc ?? options.max_doc_length);
  const queryTokens = positive(options.max_tokens_per_query);
  const promptTokens = positive(options.truncate_prompt_tokens); // -1: what the model can hold, as without it
  return {
    ...(documentTokens !== undefined && { documentTokens }),
    ...(queryTokens !== undefined && { queryTokens }),
    ...(promptTokens !== undefined && { promptTokens }),
  };
}

function longTextsOf(
  options: RerankOptionsDto,
  longQuery: LongQuery | undefined,
): Pick<RerankRequest, 'longDocuments' | 'longQuery' | 'locatesWindows'> {
  const longDocuments = longDocumentsOf(options);
  return {
    ...(longDocuments !== undefined && { longDocuments }),
    ...(longDocuments?.kind === 'windows' && wantsDetails(options) && { locatesWindows: true }),
    ...(longQuery !== undefined && longDocuments?.kind !== 'refuse' && { longQuery }),
  };
}

function longDocumentsOf(options: RerankOptionsDto): LongDocuments | undefined {
  const maxWindows = positive(options.max_chunks_per_doc);
  const overlap = {
    overlapTokens: options.overlap_tokens ?? DEFAULT_OVERLAP_TOKENS,
    ...(typeof options.overlap_sentences === 'number' && { overlapSentences: options.overlap_sentences }),
  };
  switch (options.long_documents) {
    case 'truncate':
      return cutOf(options);
    case 'chunk':
      return { kind: 'windows', maxWindows: maxWindows ?? Infinity, ...overlap };
    case 'error':
      return { kind: 'refuse' };
    default:
      if (maxWindows !== undefined && maxWindows > 1) return { kind: 'windows', maxWindows, ...overlap };
      return isStrict(options) ? { kind: 'refuse' } : cutOf(options);
  }
}

function isStrict({ truncate, truncation }: RerankOptionsDto): boolean {
  return truncate === 'NONE' || flag(truncate ?? truncation) === false;
}

function cutOf({ truncate, truncation_side, truncation_direction }: RerankOptionsDto): LongDocuments | undefined {
  const side = (truncation_side ?? truncation_direction)?.toLowerCase();
  return side === 'left' || truncate === 'START' ? { kind: 'cut', keep: 'end' } : undefined;
}

/** On the scale that is answered. */
function minScoreOf(options: RerankOptionsDto): Pick<RerankRequest, 'minScore'> {
  const least = options.min_score ?? options.score_threshold;
  if (typeof least !== 'number') return {};
  return { minScore: { of: wantsRawScores(options) ? 'rawScore' : 'relevanceScore', least } };
}

function priorityOf({ priority }: RerankOptionsDto): Pick<RerankRequest, 'priority'> {
  return typeof priority === 'number' ? { priority } : {};
}

/** 0 switches a limit off. */
function positive(count: number | null | undefined): number | undefined {
  return typeof count === 'number' && count > 0 ? count : undefined;
}

function flag(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  return undefined;
}
