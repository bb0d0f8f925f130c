import 'reflect-metadata';
import { Global, Module } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { median } from '#apps/workshop';
import { ApiModule, attachApi } from '#libs/api';
import { ConfigModule, loadEnvironment } from '#libs/config';
import { ModelService } from '#libs/model-service';
import {
  RERANK_OBSERVER,
  RerankingModule,
  RerankService,
  WorkAdmission,
  type Ranking,
  type RerankRequest,
} from '#libs/rerank';

// The HTTP layer alone: parse, decide the API, validate, map and render 100 documents of 500 characters. No tokenizer and
// no engine: the ranking is there already.
const DOCUMENTS = 100;
const CHARACTERS = 500;
const WARM_UP = 200;
const REPEATS = 500;
const BAR_MS = 2;

const { config } = await loadEnvironment();

const reranker = { rerankAll, labels: {} };
const admission = { requireRoom() {} };

@Module({
  providers: [
    { provide: RerankService, useValue: reranker },
    { provide: WorkAdmission, useValue: admission },
  ],
  exports: [RerankService, WorkAdmission],
})
class InstantRerankingModule {}

@Global()
@Module({
  providers: [
    { provide: ModelService, useValue: { model: { name: 'none', maxLength: 8192 }, state: 'ready' } },
    { provide: RERANK_OBSERVER, useValue: { expectAnswers() {}, answered() {}, ranked() {} } },
  ],
  exports: [ModelService, RERANK_OBSERVER],
})
class SurroundingsModule {}

const testing = await Test.createTestingModule({
  imports: [ConfigModule.forRoot(config), SurroundingsModule, ApiModule],
})
  .overrideModule(RerankingModule)
  .useModule(InstantRerankingModule)
  .compile();
const app = testing.createNestApplication<NestFastifyApplication>(
  new FastifyAdapter({ bodyLimit: config.limits.MAX_BODY_BYTES }),
  { bodyParser: false }, // As the server does: its own reads bodies.
);
attachApi(app);
await app.init();

const documents = Array.from({ length: DOCUMENTS }, (_, index) => `${index} `.padEnd(CHARACTERS, 'of many words '));
const query = 'What is machine learning?';
for (const [name, url, body] of [
  ['native', '/rerank', { query, documents }],
  ['every client can read it', '/v1/rerank', { model: 'm', query, documents }],
  ['Cohere v2', '/v2/rerank', { model: 'm', query, documents, top_n: 10 }],
  ['objects', '/v1/rerank', { model: 'm', query, documents: documents.map((text) => ({ text, id: 1 })) }],
  ['text-embeddings-inference', '/tei/rerank', { query, texts: documents, return_text: true }],
] as const) {
  const medianMs = await measure(url, JSON.stringify(body));
  const verdict = medianMs < BAR_MS ? 'within' : 'OVER';
  console.log(
    `${name.padEnd(26)} ${url.padEnd(12)} median ${medianMs.toFixed(3)} ms, ${verdict} the bar of ${BAR_MS} ms`,
  );
}
await app.close();

async function measure(url: string, payload: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < WARM_UP + REPEATS; round += 1) {
    const started = performance.now();
    const { statusCode } = await app.inject({
      method: 'POST',
      url,
      payload,
      headers: { 'content-type': 'application/json' },
    });
    if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}`);
    if (round >= WARM_UP) times.push(performance.now() - started);
  }
  return median(times);
}

async function rerankAll(requests: readonly RerankRequest[]): Promise<Ranking[]> {
  return requests.map((request) => ({
    priorityClass: 0,
    ranked: request.documents
      .map((_, index) => ({ index, relevanceScore: 0.5, rawScore: 0, tokenCount: 200, truncated: false }))
      .slice(0, request.topN),
    documents: request.documents.length,
    duplicateDocuments: 0,
    promptTokens: 20_000,
    spanTokens: 0,
    prefixTokens: 80,
    uniqueTokens: 12_000,
    pairTokens: request.documents.map(() => 120),
    truncatedDocuments: 0,
    queryTruncated: false,
    timing: { tokenizeSeconds: 0, queueSeconds: 0, computeSeconds: 0 },
  }));
}
