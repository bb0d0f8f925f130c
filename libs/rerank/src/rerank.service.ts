import { Injectable } from '@nestjs/common';
import { classOf, type Permit, type PriorityClass } from '#libs/admission';
import { LimitsConfig } from '#libs/config';
import { totalTokens, type Pieces } from '#libs/tokenizer';
import { InjectDocumentScorer, type DocumentScorer } from './document-scorer.js';
import { expectedSpanTokens, expectedTokens } from './expected-tokens.js';
import { PromptAssembler } from './prompt-assembler.js';
import { countsOf, rank, scoreDocuments, uniqueDocuments } from './ranking.js';
import { InvalidRequestError, TextTooLongError } from './rerank-errors.js';
import type { Ranking, RerankRequest } from './rerank-request.js';
import { withBestWindows } from './spans/best-windows.js';
import { SpanSearch } from './spans/span-search.js';
import { isLong, requireTextsWithin } from './text-limits.js';
import type { FittedDocument } from './truncation.js';
import { WorkAdmission } from './work-admission.js';

/** Of one caller: enough to fill a batch, few enough to leave others their turn. */
const QUERIES_AT_ONCE = 16;

/** Who asks. */
export interface Caller {
  /** The priority of a request is no number below it. Absent: 0. */
  readonly bestPriority?: number;
  /** Of the request, for what is said about a batch that failed. */
  readonly name?: string | undefined;
}

/** One query of a call; its tokens are estimated once, for a body may be large. */
interface Query extends Pick<Caller, 'name'> {
  readonly request: RerankRequest;
  readonly expectedTokens: number;
  /** Those that come when the documents are ranked. */
  readonly expectedSpanTokens: number;
}

/** The use case: prompts, tokens, scores, order. Knows no dialect and no HTTP. */
@Injectable()
export class RerankService {
  private readonly spans: SpanSearch;

  constructor(
    private readonly limits: LimitsConfig,
    private readonly prompts: PromptAssembler,
    private readonly admission: WorkAdmission,
    @InjectDocumentScorer() private readonly scorer: DocumentScorer,
  ) {
    this.spans = new SpanSearch(prompts, scorer);
  }

  /** Ids of the two tokens whose probabilities make the score; absent where it is not made of tokens, or of one. */
  get labels(): { readonly yesId: number | undefined; readonly noId: number | undefined } {
    return this.prompts.labels;
  }

  /**
   * The tokens of each text, nothing added. Rejects with an InvalidRequestError for more texts than one request may
   * have, with a TextTooLongError when they are together longer than one text may be (the answer is many times as long), and
   * with what `rerankAll` rejects with: it is work like any other.
   */
  async tokenize(
    texts: readonly string[],
    signal: AbortSignal,
    { bestPriority }: Pick<Caller, 'bestPriority'> = {},
  ): Promise<readonly Pieces[]> {
    const { MAX_DOCUMENTS: most, MAX_TEXT_CHARACTERS: limit } = this.limits;
    if (texts.length > most)
      throw new InvalidRequestError('inputs', `inputs may have at most ${most} texts`, 'too_many');
    const length = texts.reduce((total, text) => total + text.length, 0);
    if (length > limit) throw new TextTooLongError('inputs', 'inputs', { length, limit });
    const work = {
      expectedTokens: expectedTokens({ query: '', documents: texts }),
      priorityClass: this.classOf([{}], bestPriority),
    };
    return this.admission.admitted(work, signal, (permit) => this.prompts.tokenize(texts, permit));
  }

  /**
   * Several queries with their documents, in the order given; all or none, within one deadline. Rejects as
   * WorkAdmission's `admitted` does.
   */
  async rerankAll(
    requests: readonly RerankRequest[],
    signal: AbortSignal,
    { bestPriority, name }: Caller = {},
  ): Promise<Ranking[]> {
    this.requireWithinLimits(requests);
    const queries = requests.map((request): Query => {
      return {
        request,
        name,
        expectedTokens: expectedTokens(request),
        expectedSpanTokens: expectedSpanTokens(request),
      };
    });
    const work = {
      expectedTokens: queries.reduce((sum, query) => sum + query.expectedTokens + query.expectedSpanTokens, 0),
      priorityClass: this.classOf(requests, bestPriority),
    };
    return this.admission.admitted(work, signal, async (permit) => {
      const rankings: Ranking[] = [];
      for (let next = 0; next < queries.length; next += QUERIES_AT_ONCE) {
        const some = queries.slice(next, next + QUERIES_AT_ONCE);
        rankings.push(...(await Promise.all(some.map((query) => this.score(query, permit)))));
      }
      return rankings;
    });
  }

  private async score({ name, ...query }: Query, permit: Permit): Promise<Ranking> {
    const request = this.prompts.unwrapped(query.request) ?? query.request;
    const startedMs = performance.now();
    const { texts, textIndexOf } = await uniqueDocuments(request.documents, permit);
    const prompts = await this.prompts.assemble({ ...request, documents: texts }, permit);
    const { prefix, documents, tail } = prompts;
    requireNotTooLong(request, documents, textIndexOf);
    const { spans: options, topN = Infinity } = request;
    const sentences = options && (await this.spans.sentencesOf({ prompts, texts }, topN, permit));
    const tokenizeSeconds = (performance.now() - startedMs) / 1000;
    permit.tokenised(query.expectedTokens);
    const windows = documents.flatMap((document) => document.windows);
    if (isLong(windows)) await permit.nextTurn();
    const scores = await this.scorer.submit({ prefix, documents: windows, tail, name, alone: request.alone }, permit);
    const scored = scoreDocuments(documents, scores.logits, totalTokens(prefix) + (tail?.length ?? 0));
    const ranking: Ranking = {
      priorityClass: permit.priorityClass,
      ranked: rank(
        textIndexOf.map((textIndex, index) => ({ index, ...scored[textIndex]! })),
        { topN: request.topN, minScore: request.minScore, relevance: this.prompts.relevance },
      ),
      ...countsOf(prompts, textIndexOf, scored),
      timing: { tokenizeSeconds, queueSeconds: scores.queueSeconds, computeSeconds: scores.computeSeconds },
    };
    const found = { prompts, texts, textIndexOf, scored };
    const located = request.locatesWindows
      ? { ...ranking, ranked: await withBestWindows(ranking.ranked, found, this.prompts, permit) }
      : ranking;
    if (options === undefined || sentences === undefined) return located;
    const asked = { options, relevance: this.prompts.relevance, expectedTokens: query.expectedSpanTokens };
    const source = { prompts, textIndexOf, sentences, ...asked, name };
    return this.spans.addSpans(located, source, permit);
  }

  /** Several queries are let in together, in the lowest of their classes. */
  private classOf(requests: readonly Pick<RerankRequest, 'priority'>[], bestPriority = 0): PriorityClass {
    const lowestOf = (lowest: number, { priority = this.limits.DEFAULT_PRIORITY }) => Math.max(lowest, priority);
    return classOf(requests.reduce(lowestOf, bestPriority));
  }

  private requireWithinLimits(requests: readonly RerankRequest[]): void {
    const most = this.limits.MAX_DOCUMENTS;
    const documents = requests.reduce((total, request) => total + request.documents.length, 0);
    if (documents > most) {
      const message = `documents must hold at most ${most} documents, got ${documents}`;
      throw new InvalidRequestError('documents', message, 'too_many');
    }
    for (const request of requests) requireTextsWithin(this.limits.MAX_TEXT_CHARACTERS, request);
  }
}

function requireNotTooLong(
  { longDocuments }: RerankRequest,
  documents: readonly FittedDocument[],
  textIndexOf: readonly number[],
): void {
  if (longDocuments?.kind !== 'refuse') return;
  const textIndex = documents.findIndex(({ truncated }) => truncated);
  if (textIndex === -1) return;
  const { length, limit } = documents[textIndex]!;
  const name = `documents[${textIndexOf.indexOf(textIndex)}]`;
  throw new InvalidRequestError('documents', `${name} takes ${length} tokens, at most ${limit} fit`, 'too_long');
}
