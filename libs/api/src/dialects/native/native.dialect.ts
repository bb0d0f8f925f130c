import { defineDialect } from '../dialect.js';
import { superset } from '../generic/superset.js';
import { RERANK } from '../shared-paths.js';
import { NativeRerankDto } from './native.dto.js';

/** This server's own API, and that of qwen3-reranker-api (Python). */
export const native = defineDialect({
  ...superset({ data: 'never' }),
  name: 'native',
  mounts: [...RERANK],
  request: NativeRerankDto,
  example: {
    request: (query, documents) => ({ query, documents }),
    list: 'results',
    score: 'relevance_score',
    code: { title: 'Native', instruction: 'instruction' },
  },
});
