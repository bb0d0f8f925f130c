import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ModelService } from '#libs/model-service';
import { InvalidRequestError, RerankService } from '#libs/rerank';
import { Admitted } from '#libs/routes';
import { ClientAbort } from '../shared/client-abort.js';

const EXAMPLE = { inputs: ['What is machine learning?'] };

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
  @Admitted()
  @HttpCode(200)
  @ApiOperation({ summary: 'Tokens of inputs (text-embeddings-inference), or token ids of a prompt (vLLM)' })
  @ApiBody({ schema: { type: 'object', example: EXAMPLE } })
  async tokenize(@Body() body: TokenizeBody | null | undefined, @ClientAbort() signal: AbortSignal): Promise<unknown> {
    const { inputs, prompt } = body ?? {};
    if (prompt !== undefined && prompt !== null) return this.idsOf(prompt, signal);
    const texts = await this.reranker.tokenize(inputsOf(inputs), signal);
    return texts.map((pieces) =>
      pieces.map(({ id, text, start, stop }) => ({ id, text, special: false, start, stop })),
    );
  }

  private async idsOf(prompt: unknown, signal: AbortSignal): Promise<object> {
    if (typeof prompt !== 'string') throw new InvalidRequestError('prompt', 'prompt must be a string');
    const [pieces = []] = await this.reranker.tokenize([prompt], signal);
    return { count: pieces.length, max_model_len: this.model.model.maxLength, tokens: pieces.map(({ id }) => id) };
  }
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
