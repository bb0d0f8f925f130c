import { Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { BatchingConfig, KeysConfig, LimitsConfig } from '#libs/config';
import { ModelService, summaryOf } from '#libs/model-service';
import { Probe, Public } from '#libs/routes';
import { VERSION } from '../shared/version.js';

/** As clients put it together: Xinference's has /v1 behind a base URL that has it. */
const VERSIONS = ['v1', 'v1/v1', 'api/v1', 'openai/v1'];
const MODEL_LISTS = ['models', 'vllm/v1/models', 'nim/v1/models', ...VERSIONS.map((version) => `${version}/models`)];
const STARTED_SECONDS = Math.floor(Date.now() / 1000);
const SERVICE_UNAVAILABLE = 503;
const NO_CONTENT = 204;

/** What clients ask before they rerank: which model this is, what it takes, and whether it is there. */
@ApiTags('information')
@Controller()
export class ModelInformationController {
  constructor(
    private readonly model: ModelService,
    private readonly limits: LimitsConfig,
    private readonly batching: BatchingConfig,
    private readonly keys: KeysConfig,
  ) {}

  @Get(['info', 'v1/info', 'tei/info'])
  @ApiOperation({ summary: "The model and its limits, in text-embeddings-inference's words" })
  info(): object {
    const { model, information } = this.model;
    return {
      model_id: model.name,
      model_sha: null,
      model_dtype: information?.dtype ?? null,
      served_model_name: model.name,
      model_type: { reranker: { id2label: { '0': 'LABEL_0' }, label2id: { LABEL_0: 0 } } },
      max_concurrent_requests: this.limits.MAX_CONCURRENT_REQUESTS,
      max_input_length: model.maxLength,
      max_batch_tokens: information?.maxBatchTokens ?? null,
      max_batch_requests: this.batching.BATCH_SIZE ?? null,
      max_client_batch_size: this.limits.MAX_DOCUMENTS,
      auto_truncate: true,
      tokenization_workers: 1,
      version: VERSION,
      sha: null,
      docker_label: null,
      described_as: summaryOf(model),
    };
  }

  @Get(MODEL_LISTS)
  @ApiOperation({ summary: 'The one model of this server' })
  models(): object {
    return { object: 'list', data: [this.describe(this.model.model.name)] };
  }

  /** Names are not checked when reranking either: clients have theirs built in. */
  @Get(VERSIONS.flatMap((version) => [`${version}/models/:id`, `${version}/models/:vendor/:id`]))
  @ApiOperation({ summary: 'The model under any name; Xinference clients read model_type' })
  modelById(@Param() { vendor, id }: { readonly vendor?: string; readonly id: string }): object {
    return this.describe(vendor === undefined ? id : `${vendor}/${id}`);
  }

  @Get(['v1/cluster/auth', 'v1/v1/cluster/auth'])
  @Public()
  @ApiOperation({ summary: 'Xinference: whether the client must send its key; open without one' })
  clusterAuth(): object {
    return { auth: this.keys.REQUIRE_API_KEY };
  }

  @Post(['v1/check-api-key', 'cohere/v1/check-api-key'])
  @HttpCode(200)
  @ApiOperation({ summary: 'Cohere: that the key is valid; its Python client 4.x asks before anything else' })
  checkApiKey(): object {
    return { valid: true };
  }

  @Get('ping')
  @Probe()
  @ApiOperation({ summary: '200 when the server can score, else 503; without a body' })
  ping(@Res() reply: FastifyReply): void {
    reply.status(this.isReady ? 200 : SERVICE_UNAVAILABLE).send();
  }

  @Get(['v1/health/live', 'nim/v1/health/live'])
  @Probe()
  @ApiOperation({ summary: 'NIM: 200 while the process answers' })
  live(): object {
    return { object: 'health.response', message: 'Service is live.' };
  }

  @Get(['v1/health/ready', 'nim/v1/health/ready'])
  @Probe()
  @ApiOperation({ summary: 'NIM: 200 when the server can score, else 503' })
  ready(@Res({ passthrough: true }) reply: FastifyReply): object {
    if (!this.isReady) reply.status(SERVICE_UNAVAILABLE);
    return { object: 'health.response', message: this.isReady ? 'Service is ready.' : 'Service is not ready.' };
  }

  @Get(['.well-known/live', 'weaviate/.well-known/live'])
  @Probe()
  @ApiOperation({ summary: 'Weaviate: 204 while the process answers' })
  @HttpCode(NO_CONTENT)
  wellKnownLive(): void {}

  @Get(['.well-known/ready', 'weaviate/.well-known/ready'])
  @Probe()
  @ApiOperation({ summary: 'Weaviate: 204 when the server can score, else 503' })
  wellKnownReady(@Res() reply: FastifyReply): void {
    reply.status(this.isReady ? NO_CONTENT : SERVICE_UNAVAILABLE).send();
  }

  @Get(['meta', 'weaviate/meta'])
  @ApiOperation({ summary: 'Weaviate: what its module shows of the model' })
  meta(): object {
    return { model: this.model.model.name };
  }

  private get isReady(): boolean {
    return this.model.state === 'ready';
  }

  private describe(id: string): object {
    const { name, maxLength } = this.model.model;
    return {
      id,
      object: 'model',
      created: STARTED_SECONDS,
      owned_by: 'qwen3-reranker',
      root: name,
      parent: null,
      max_model_len: maxLength,
      model_type: 'rerank',
      model_name: name,
    };
  }
}
