import { Body, Controller, Headers, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ModelService } from '#libs/model-service';
import { RerankService } from '#libs/rerank';
import { ClientAbort } from '../shared/client-abort.js';
import { Dialect } from '../shared/dialect.js';
import { NativeRerankDto } from './native.dto.js';
import { documentShape, fromNative, toNative, type NativeAnswer } from './native.mapper.js';

@ApiTags('rerank')
@Controller()
export class NativeController {
  constructor(
    private readonly reranker: RerankService,
    private readonly model: ModelService,
  ) {}

  @Post('rerank')
  @HttpCode(200)
  @Dialect('native')
  @ApiOperation({ summary: 'Orders documents by their relevance to the query, best first' })
  async rerank(
    @Body() body: NativeRerankDto,
    @ClientAbort() signal: AbortSignal,
    @Req() request: FastifyRequest,
    @Headers('authorization') authorization?: string,
  ): Promise<NativeAnswer> {
    const ranking = await this.reranker.rerank(fromNative(body), signal);
    return toNative(ranking, body, {
      requestId: request.id,
      servedModel: this.model.model.name,
      documentShape: documentShape(body, authorization),
    });
  }
}
