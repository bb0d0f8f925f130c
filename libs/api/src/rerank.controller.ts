import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ModelService } from '#libs/model-service';
import { RerankService, totalsOf, type RerankRequest } from '#libs/rerank';
import { Admitted } from '#libs/routes';
import type { Rankings } from './dialects/dialect.js';
import { longAnswer } from './answers/long-answer.js';
import { setTimeHeaders } from './record/request-record.js';
import { RERANK_ROUTES } from './dispatch/dispatch.js';
import { dialectOf } from './dispatch/request-dialect.js';
import { bestPriorityOf } from './gate/key-check.js';
import { ClientAbort } from './shared/client-abort.js';
import { validBody } from './shared/validation.js';

const LARGE_BODY_BYTES = 262_144;

/** Every rerank API on one port: the route and the body say which one a request speaks. Described in openapi/. */
@ApiExcludeController()
@Controller()
export class RerankController {
  constructor(
    private readonly reranker: RerankService,
    private readonly model: ModelService,
  ) {}

  @Post([...RERANK_ROUTES])
  @Admitted()
  @HttpCode(200)
  async rerank(
    @Body() body: unknown,
    @ClientAbort() signal: AbortSignal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const dialect = dialectOf(request)!;
    const valid = validBody(dialect.request, body);
    const requests = dialect.toRequests(valid);
    const caller = { bestPriority: bestPriorityOf(request), name: request.id };
    const rankings = (await this.reranker.rerankAll(requests, signal, caller)) as unknown as Rankings;
    request.totals = totalsOf(rankings);
    setTimeHeaders(reply, request.totals, charactersOf(requests));
    const answer = dialect.toAnswer(rankings, valid, {
      requestId: request.id,
      servedModel: this.model.model.name,
      createdSeconds: Math.floor(Date.now() / 1000),
      labels: this.reranker.labels,
    });
    // It may hold the documents.
    return request.bodyBytes > LARGE_BODY_BYTES ? longAnswer(reply, answer) : answer;
  }
}

function charactersOf(requests: readonly RerankRequest[]): number {
  return requests.reduce(
    (total, { query, documents }) => documents.reduce((sum, document) => sum + document.length, total + query.length),
    0,
  );
}
