import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ModelService } from '#libs/model-service';
import { InvalidRequestError, RerankService } from '#libs/rerank';

const EXAMPLE = { inputs: ['What is machine learning?'] };

/** Token ids of texts, for clients that count before they send. Nothing is added: special tokens are the prompt's. */
@ApiTags('information')
@Controller()
export class TokenizeController {
  constructor(
    private readonly reranker: RerankService,
    private readonly model: ModelService,
  ) {}

  @Post(['tokenize', 'tei/tokenize', 'vllm/tokenize'])
  @HttpCode(200)
  @ApiOperation({ summary: 'Token ids of inputs (text-embeddings-inference) or of a prompt (vLLM)' })
  @ApiBody({ schema: { type: 'object', example: EXAMPLE } })
  async tokenize(@Body() body: { readonly inputs?: unknown; readonly prompt?: unknown } | undefined): Promise<unknown> {
    if (typeof body?.prompt === 'string') {
      const [ids = []] = await this.reranker.tokenize([body.prompt]);
      return { count: ids.length, max_model_len: this.model.model.maxLength, tokens: [...ids] };
    }
    const inputs = typeof body?.inputs === 'string' ? [body.inputs] : body?.inputs;
    if (!isTexts(inputs)) throw new InvalidRequestError('inputs', 'inputs must be a string or an array of strings');
    const texts = await this.reranker.tokenize(inputs);
    return texts.map((ids) => Array.from(ids, (id) => ({ id, special: false, start: null, stop: null })));
  }
}

function isTexts(inputs: unknown): inputs is readonly string[] {
  return Array.isArray(inputs) && inputs.length > 0 && inputs.every((text) => typeof text === 'string');
}
