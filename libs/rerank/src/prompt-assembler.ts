import { Injectable } from '@nestjs/common';
import type { Permit } from '#libs/admission';
import { AppConfig } from '#libs/config';
import { ModelService } from '#libs/model-service';
import type { Pieces } from '#libs/tokenizer';
import { askedTokens, longestOf, queryTokensThatFit } from './long-query.js';
import { PromptTemplate, type DocumentFrame, type PromptIds } from './prompt-template.js';
import { InvalidRequestError } from './rerank-errors.js';
import type { RerankRequest } from './rerank-request.js';
import { fitDocuments, PromptTooLongError, type FittedDocument } from './truncation.js';
import { WrappedTexts, type UnwrappedTexts } from './wrapped-texts.js';

export interface AssembledPrompts {
  /** What comes before every document: [head, query], or [head] where the document comes first. */
  readonly prefix: readonly Int32Array[];
  readonly documents: readonly FittedDocument[];
  readonly frame: DocumentFrame;
  /** What comes after every document, where it holds the query. */
  readonly tail?: Int32Array;
  /** Tokens of the segment that holds the query. */
  readonly queryTokens: number;
  /** True when tokens of the query were left out for a document to fit. */
  readonly queryTruncated: boolean;
}

/** From the texts of a request to the token ids of its prompts, each within the model's length. */
@Injectable()
export class PromptAssembler {
  private made: { readonly template: PromptTemplate<Permit>; readonly wrapped: WrappedTexts } | undefined;

  constructor(
    private readonly config: AppConfig,
    private readonly model: ModelService,
  ) {}

  /** Ids of the tokens that the score is made of; absent where it is not. */
  get labels(): { readonly yesId: number | undefined; readonly noId: number | undefined } {
    const { positiveId, negativeId } = this.model.tokenizers.constants;
    return { yesId: positiveId, noId: negativeId };
  }

  /** The relevance is the sigmoid of the raw score times this. */
  get scale(): number {
    return this.model.model.reranker.score.scale;
  }

  /** The texts inside the model's own prompt, where a client put it around them; else undefined. */
  unwrap(request: RerankRequest): UnwrappedTexts | undefined {
    return this.prompt.wrapped.unwrap(request);
  }

  tokenize(texts: readonly string[], permit: Permit): Promise<readonly Pieces[]> {
    return this.model.tokenizers.pieces(texts, permit);
  }

  /** Rejects with an InvalidRequestError for an instruction that the model has no place for. */
  async assemble(request: RerankRequest, permit: Permit): Promise<AssembledPrompts> {
    const { longQuery, limits = {} } = request;
    this.requirePlaceFor(request.instruction);
    const { template } = this.prompt;
    const prompt = await template.encode({ ...request, maxQueryTokens: limits.queryTokens }, permit);
    try {
      return this.fitted(prompt, request, false);
    } catch (error) {
      if (longQuery === undefined || !(error instanceof PromptTooLongError)) throw error;
      const shortest = await template.encode({ ...request, documents: [], maxQueryTokens: 1 }, permit);
      const room = { fixedTokens: askedTokens(shortest) - 1, longestDocument: longestOf(prompt) };
      const maxQueryTokens = queryTokensThatFit(error, room, longQuery);
      if (maxQueryTokens === undefined) throw error;
      return this.fitted(await template.encode({ ...request, maxQueryTokens }, permit), request, true);
    }
  }

  private fitted(prompt: PromptIds, request: RerankRequest, queryTruncated: boolean): AssembledPrompts {
    const { limits = {}, longDocuments } = request;
    const documents = fitDocuments(prompt, {
      maxLength: Math.min(this.model.model.maxLength, limits.promptTokens ?? Infinity),
      maxDocumentTokens: limits.documentTokens,
      longDocuments,
    });
    const { head, query, frame } = prompt;
    if (frame.tailAsks)
      return { prefix: [head], documents, frame, tail: frame.tail, queryTokens: frame.tail.length, queryTruncated };
    return { prefix: [head, query], documents, frame, queryTokens: query.length, queryTruncated };
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
