import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ModelService } from '#libs/model-service';
import { InvalidRequestError, RerankService, type Caller, type Pieces } from '#libs/rerank';
import { Admitted } from '#libs/routes';
import { longAnswer } from '../answers/long-answer.js';
import { bestPriorityOf } from '../gate/key-check.js';
import { ClientAbort } from '../shared/client-abort.js';

const EXAMPLE = { inputs: ['What is machine learning?'] };

/** A token is 12 bytes, and in the densest scripts three bytes of text; the text and its parts are kept beside them. */
const GROWTH = 6;

interface TokenizeBody {
  readonly inputs?: unknown;
  readonly prompt?: unknown;
}

/** The tokens of texts, for clients that count before they send. Nothing is added: special tokens are the prompt's. */
@ApiTags('information')
@Controller()
export class TokenizeController {
  constructor(
    private readonly reranker: RerankService,
    private readonly model: ModelService,
  ) {}

  @Post(['tokenize', 'tei/tokenize', 'vllm/tokenize'])
  @Admitted({ growth: GROWTH })
  @HttpCode(200)
  @ApiOperation({ summary: 'Tokens of inputs (text-embeddings-inference), or token ids of a prompt (vLLM)' })
  @ApiBody({ schema: { type: 'object', example: EXAMPLE } })
  async tokenize(
    @Body() body: TokenizeBody | null | undefined,
    @ClientAbort() signal: AbortSignal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const { inputs, prompt } = body ?? {};
    const isPrompt = prompt !== undefined && prompt !== null;
    const caller = { bestPriority: bestPriorityOf(request) };
    const tokens = isPrompt ? this.idsOf(prompt, signal, caller) : this.tokensOf(inputs, signal, caller);
    return longAnswer(reply, await tokens);
  }

  private async tokensOf(inputs: unknown, signal: AbortSignal, caller: Caller): Promise<readonly Iterable<object>[]> {
    const texts = await this.reranker.tokenize(inputsOf(inputs), signal, caller);
    return texts.map(shownPieces);
  }

  private async idsOf(prompt: unknown, signal: AbortSignal, caller: Caller): Promise<object> {
    if (typeof prompt !== 'string') throw new InvalidRequestError('prompt', 'prompt must be a string');
    const [pieces] = await this.reranker.tokenize([prompt], signal, caller);
    return { count: pieces!.length, max_model_len: this.model.model.maxLength, tokens: pieces!.ids() };
  }
}

function* shownPieces(pieces: Pieces): Generator<object> {
  for (const { id, text, start, stop } of pieces) yield { id, text, special: false, start, stop };
}

function inputsOf(inputs: unknown): readonly string[] {
  const texts: unknown = typeof inputs === 'string' ? [inputs] : inputs;
  if (!isTexts(texts)) throw new InvalidRequestError('inputs', 'inputs must be a string or an array of strings');
  if (texts.length === 0) throw new InvalidRequestError('inputs', 'inputs must have at least one text', 'empty');
  return texts;
}

function isTexts(inputs: unknown): inputs is readonly string[] {
  return Array.isArray(inputs) && inputs.every((text) => typeof text === 'string');
}
