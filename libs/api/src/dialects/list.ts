import { cohereV1, cohereV1Shared, cohereV2, cohereV2Shared } from './cohere/cohere.dialect.js';
import { dashscope, dashscopeFlat, dashscopeShared } from './dashscope/dashscope.dialect.js';
import { deepInfra } from './deepinfra/deepinfra.dialect.js';
import type { Dialect } from './dialect.js';
import { fireworks } from './fireworks/fireworks.dialect.js';
import { generic, stringDocument } from './generic/generic.dialect.js';
import { infinity, infinityShared } from './infinity/infinity.dialect.js';
import { isaacus } from './isaacus/isaacus.dialect.js';
import { jina, jinaOfWeaviate } from './jina/jina.dialect.js';
import { khoj } from './khoj/khoj.dialect.js';
import { mixedbread, oldMixedbread } from './mixedbread/mixedbread.dialect.js';
import { native } from './native/native.dialect.js';
import { nim } from './nim/nim.dialect.js';
import { pinecone } from './pinecone/pinecone.dialect.js';
import { ragApi } from './rag-api/rag-api.dialect.js';
import { sglang, sglangScore } from './sglang/sglang.dialect.js';
import { teiPredict } from './tei/tei-predict.dialect.js';
import { tei } from './tei/tei.dialect.js';
import { together } from './together/together.dialect.js';
import { vllmScore, vllmScoreShared } from './vllm/vllm-score.dialect.js';
import { vllm } from './vllm/vllm.dialect.js';
import { voyage, voyageAtRoot, voyageShared } from './voyage/voyage.dialect.js';
import { weaviate } from './weaviate/weaviate.dialect.js';
import { zeroEntropy } from './zeroentropy/zeroentropy.dialect.js';

/** Every API this server speaks. Where several have a route, they are asked in this order, and the last takes the rest. */
export const DIALECTS: readonly Dialect[] = [
  cohereV1,
  cohereV2,
  jina,
  voyage,
  infinity,
  vllm,
  vllmScore,
  sglang,
  dashscope,
  dashscopeFlat,
  deepInfra,
  isaacus,
  zeroEntropy,
  teiPredict,
  // By a field or a header of their own.
  pinecone,
  dashscopeShared,
  weaviate,
  khoj,
  oldMixedbread,
  mixedbread,
  tei,
  ragApi,
  nim,
  sglangScore,
  vllmScoreShared,
  // By headers, or by options that only their clients send.
  infinityShared,
  together,
  fireworks,
  // Before Jina's: Weaviate sends the same header to both.
  voyageShared,
  voyageAtRoot,
  jinaOfWeaviate,
  cohereV1Shared,
  cohereV2Shared,
  // What is left.
  generic,
  native,
  stringDocument,
];
