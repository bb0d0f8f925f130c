import { Injectable } from '@nestjs/common';
import { AppConfig } from '#libs/config';
import { ModelService } from '#libs/model-service';
import { TokenizerPool, type Piece } from '#libs/tokenizer';
import { PromptTemplate } from './prompt-template.js';
import type { RerankRequest } from './rerank-request.js';
import { fitDocuments, type FittedDocument } from './truncation.js';

export interface AssembledPrompts {
  /** [head, query]: what comes before every document. */
  readonly prefix: readonly Int32Array[];
  readonly documents: readonly FittedDocument[];
}

/** From the texts of a request to the token ids of its prompts, each within the model's length. */
@Injectable()
export class PromptAssembler {
  private readonly template: PromptTemplate;

  constructor(
    config: AppConfig,
    private readonly tokenizers: TokenizerPool,
    private readonly model: ModelService,
  ) {
    this.template = new PromptTemplate(tokenizers, tokenizers.constants, config.DEFAULT_INSTRUCTION);
  }

  get labels(): { readonly yesId: number; readonly noId: number } {
    return this.tokenizers.constants;
  }

  tokenize(texts: readonly string[], signal: AbortSignal): Promise<readonly (readonly Piece[])[]> {
    return this.tokenizers.pieces(texts, signal);
  }

  async assemble(request: RerankRequest, signal: AbortSignal): Promise<AssembledPrompts> {
    const { limits = {}, longDocuments } = request;
    const prompt = await this.template.encode({ ...request, maxQueryTokens: limits.queryTokens }, signal);
    const maxLength = Math.min(this.model.model.maxLength, limits.promptTokens ?? Infinity);
    const documents = fitDocuments(prompt, this.tokenizers.constants.suffixIds, {
      maxLength,
      maxDocumentTokens: limits.documentTokens,
      longDocuments,
    });
    return { prefix: [prompt.head, prompt.query], documents };
  }
}
