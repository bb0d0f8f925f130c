import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Permit } from '#libs/admission';
import { ModelConfig } from '#libs/config';
import { ModelService, relevanceFormulaOf, type RelevanceFormula } from '#libs/model-service';
import type { Pieces } from '#libs/tokenizer';
import { askedTokens, longestOf, queryTokensThatFit } from './long-query.js';
import { PromptTemplate, type DocumentFrame, type PromptIds } from './prompt-template.js';
import { InvalidRequestError } from './rerank-errors.js';
import { RERANK_OBSERVER, type RerankObserver } from './rerank-observer.js';
import type { RerankRequest } from './rerank-request.js';
import { sentenceStarts } from './spans/sentence-starts.js';
import type { TokenisedText } from './spans/sentence-tokens.js';
import { isLong } from './text-limits.js';
import { askedLimit, documentLimit, fitDocuments, type FittedDocument, type LengthLimits } from './truncation.js';
import { WrappedTexts } from './wrapped-texts.js';

export interface AssembledPrompts {
  /** What comes before every document: [head, query], or [head] where the document comes first. */
  readonly prefix: readonly Int32Array[];
  readonly documents: readonly FittedDocument[];
  readonly frame: DocumentFrame;
  /** What comes after every document, where it holds the query. */
  readonly tail?: Int32Array | undefined;
  /** Tokens of the segment that holds the query. */
  readonly queryTokens: number;
  /** True when tokens of the query were left out for a document to fit. */
  readonly queryTruncated: boolean;
}

/** A document and its tokens, those included that are tokenised together with it. */
export interface FramedText extends Omit<TokenisedText, 'read'> {
  readonly pieces: Pieces;
}

/** From the texts of a request to the token ids of its prompts, each within the model's length. */
@Injectable()
export class PromptAssembler {
  private readonly log = new Logger(PromptAssembler.name);
  private saidUnwrapped = false;
  private made: { readonly template: PromptTemplate<Permit>; readonly wrapped: WrappedTexts } | undefined;

  constructor(
    private readonly config: ModelConfig,
    private readonly model: ModelService,
    @Inject(RERANK_OBSERVER) private readonly observer: RerankObserver,
  ) {}

  /** Ids of the tokens that the score is made of; absent where it is not. */
  get labels(): { readonly yesId: number | undefined; readonly noId: number | undefined } {
    const { positiveId, negativeId } = this.model.tokenizers.constants;
    return { yesId: positiveId, noId: negativeId };
  }

  get relevance(): RelevanceFormula {
    return relevanceFormulaOf(this.model.model);
  }

  /** A client that wraps its texts in the model's prompt itself means the texts inside; undefined where it does not. */
  unwrapped(request: RerankRequest): RerankRequest | undefined {
    const texts = this.prompt.wrapped.unwrap(request);
    if (texts === undefined) return undefined;
    this.observer.unwrapped();
    if (!this.saidUnwrapped)
      this.log.warn("a client sends texts in the model's own prompt, which is taken off: it may send them plain");
    this.saidUnwrapped = true;
    return { ...request, ...texts, instruction: request.instruction ?? texts.instruction };
  }

  tokenize(texts: readonly string[], permit: Permit): Promise<readonly Pieces[]> {
    return this.model.tokenizers.pieces(texts, permit);
  }

  /** The tokens of documents with what is tokenised together with them, as they stand in their prompts. */
  async tokenizeFramed(
    texts: readonly string[],
    { textBefore, textAfter }: DocumentFrame,
    permit: Permit,
  ): Promise<FramedText[]> {
    const framed = texts.map((text) => textBefore + text + textAfter);
    const pieces = await this.tokenize(framed, permit);
    return texts.map((text, index) => ({ text, textBefore, pieces: pieces[index]! }));
  }

  /** Rejects with an InvalidRequestError for an instruction that the model has no place for. */
  async assemble(request: RerankRequest, permit: Permit): Promise<AssembledPrompts> {
    const { limits = {}, longDocuments } = request;
    this.requirePlaceFor(request.instruction);
    const { template } = this.prompt;
    const lengths = {
      maxLength: Math.min(this.model.model.maxLength, limits.promptTokens ?? Infinity),
      maxDocumentTokens: limits.documentTokens,
    };
    let prompt = await template.encode({ ...request, maxQueryTokens: limits.queryTokens }, permit);
    const maxQueryTokens = await this.shorterQuery(prompt, { request, lengths }, permit);
    const queryTruncated = maxQueryTokens !== undefined;
    if (queryTruncated) prompt = await template.encode({ ...request, maxQueryTokens }, permit);
    const { head, query, documents, frame } = prompt;
    const limit = documentLimit(prompt, lengths);
    const starts = await this.startsOf(prompt, { request, limit }, permit);
    if (isLong(documents)) await permit.nextTurn();
    const fitted = fitDocuments({ documents, frame }, limit, { longDocuments, sentenceStarts: starts });
    const made = { documents: fitted, frame, queryTruncated };
    if (frame.tailAsks) return { ...made, prefix: [head], tail: frame.tail, queryTokens: frame.tail.length };
    return { ...made, prefix: [head, query], queryTokens: query.length };
  }

  /** The tokens that a query keeps which leaves no room for a document; undefined: all, or the request is to be refused. */
  private async shorterQuery(
    prompt: PromptIds,
    { request, lengths }: { readonly request: RerankRequest; readonly lengths: LengthLimits },
    permit: Permit,
  ): Promise<number | undefined> {
    const limit = askedLimit(prompt.frame, lengths);
    if (request.longQuery === undefined || askedTokens(prompt) <= limit) return undefined;
    const shortest = await this.prompt.template.encode({ ...request, documents: [], maxQueryTokens: 1 }, permit);
    const room = { fixedTokens: askedTokens(shortest) - 1, longestDocument: longestOf(prompt) };
    return queryTokensThatFit({ limit }, room, request.longQuery);
  }

  /** Of the documents that are cut into windows of whole sentences. */
  private async startsOf(
    { documents, frame }: PromptIds,
    { request, limit }: { readonly request: RerankRequest; readonly limit: number },
    permit: Permit,
  ): Promise<ReadonlyMap<number, readonly number[]> | undefined> {
    const { longDocuments } = request;
    if (longDocuments?.kind !== 'windows' || longDocuments.overlapSentences === undefined) return undefined;
    const lengths = documents.map((document) => document.length - frame.after.length);
    const tooLong = [...lengths.keys()].filter((index) => lengths[index]! > limit);
    const starts = new Map<number, readonly number[]>();
    // One after the other: the tokens of a large body with their places would take hundreds of megabytes.
    for (const index of tooLong) {
      const [tokenised] = await this.tokenizeFramed([request.documents[index]!], frame, permit);
      starts.set(index, await sentenceStarts(tokenised!));
    }
    return starts;
  }

  /** Made when it is first asked for: the model's files have to be there. */
  private get prompt(): NonNullable<PromptAssembler['made']> {
    const { tokenizers, model } = this.model;
    const { defaultInstruction, prompt } = model.reranker;
    this.made ??= {
      wrapped: new WrappedTexts(prompt),
      template: new PromptTemplate(
        tokenizers,
        tokenizers.constants.forms,
        this.config.DEFAULT_INSTRUCTION ?? defaultInstruction,
      ),
    };
    return this.made;
  }

  private requirePlaceFor(instruction: string | undefined): void {
    if (instruction === undefined || instruction === '' || this.prompt.template.takesInstruction) return;
    throw new InvalidRequestError('instruction', 'this model takes no instruction: its prompt has no place for one');
  }
}
