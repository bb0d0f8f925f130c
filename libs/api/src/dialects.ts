import { fromCohereV1, fromCohereV2, toCohereV1, toCohereV2 } from './cohere/cohere.mapper.js';
import { CohereV1RerankDto, CohereV2RerankDto } from './cohere/cohere.dto.js';
import type { Route } from './dispatch/dispatch.js';
import { RerankDto } from './generic/generic.dto.js';
import { fromGeneric, GENERIC, toGeneric, type Flavour } from './generic/generic.mapper.js';
import { InfinityRerankDto } from './infinity/infinity.dto.js';
import { fromInfinity, toInfinity } from './infinity/infinity.mapper.js';
import { JinaRerankDto } from './jina/jina.dto.js';
import { fromJina, toJina } from './jina/jina.mapper.js';
import { MixedbreadRerankDto } from './mixedbread/mixedbread.dto.js';
import { fromMixedbread, toMixedbread } from './mixedbread/mixedbread.mapper.js';
import { NativeRerankDto } from './native/native.dto.js';
import { NimRankingDto } from './nim/nim.dto.js';
import { fromNim, toNim } from './nim/nim.mapper.js';
import { RagApiRerankDto } from './rag-api/rag-api.dto.js';
import { fromRagApi, toRagApi } from './rag-api/rag-api.mapper.js';
import { SglangRerankDto, SglangScoreDto } from './sglang/sglang.dto.js';
import { fromSglang, fromSglangScore, toSglang, toSglangScore } from './sglang/sglang.mapper.js';
import { dialect, type Dialect, type DialectName } from './shared/dialect.js';
import { TeiRerankDto } from './tei/tei.dto.js';
import { fromTei, toTei } from './tei/tei.mapper.js';
import { VllmScoreDto } from './vllm/vllm-score.dto.js';
import { fromVllmScore, toVllmScore } from './vllm/vllm-score.mapper.js';
import { VllmRerankDto } from './vllm/vllm.dto.js';
import { fromVllm, toVllm } from './vllm/vllm.mapper.js';
import { VoyageRerankDto } from './voyage/voyage.dto.js';
import { fromVoyage, toVoyage } from './voyage/voyage.mapper.js';

/** Each API to the letter, as its mount speaks it. */
const DIALECT_OF: Readonly<Record<DialectName, Dialect>> = {
  native: generic({ document: 'string', data: 'never' }, NativeRerankDto),
  generic: generic({}),
  'cohere-v1': dialect(CohereV1RerankDto, fromCohereV1, toCohereV1),
  'cohere-v2': dialect(CohereV2RerankDto, fromCohereV2, toCohereV2),
  jina: dialect(JinaRerankDto, fromJina, toJina),
  voyage: dialect(VoyageRerankDto, fromVoyage, toVoyage),
  tei: dialect(TeiRerankDto, fromTei, toTei),
  vllm: dialect(VllmRerankDto, fromVllm, toVllm),
  'vllm-score': { body: VllmScoreDto, toRequests: fromVllmScore, toAnswer: toVllmScore },
  infinity: dialect(InfinityRerankDto, fromInfinity, toInfinity),
  sglang: dialect(SglangRerankDto, fromSglang, toSglang),
  'sglang-score': dialect(SglangScoreDto, fromSglangScore, toSglangScore),
  nim: dialect(NimRankingDto, fromNim, toNim),
  mixedbread: dialect(MixedbreadRerankDto, fromMixedbread, toMixedbread),
  'string-document': generic({ document: 'string', data: 'never' }),
  'rag-api': dialect(RagApiRerankDto, fromRagApi, toRagApi),
};

/**
 * On a path that vendors share, a client of one of these may be another one's with the same words: it gets its vendor's
 * defaults in the answer that all can read.
 */
const SHARED_DIALECT_OF: Readonly<Partial<Record<DialectName, Dialect>>> = {
  'cohere-v1': generic({ returnDocuments: false, data: 'never', flat: true }),
  'cohere-v2': generic({ returnDocuments: false, version: '2' }),
  voyage: generic({ returnDocuments: false, data: 'always' }),
};

export function dialectFor({ dialect: name, mounted }: Route): Dialect {
  return (mounted ? undefined : SHARED_DIALECT_OF[name]) ?? DIALECT_OF[name];
}

function generic(flavour: Partial<Flavour>, body: new () => RerankDto = RerankDto): Dialect {
  return dialect(body, fromGeneric, toGeneric({ ...GENERIC, ...flavour }));
}
