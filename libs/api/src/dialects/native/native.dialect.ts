import { Shows } from '../../shared/option-rules.js';
import { defineDialect } from '../dialect.js';
import { RerankDto } from '../generic/generic.dto.js';
import { superset } from '../generic/superset.js';
import { RERANK } from '../shared-paths.js';

/** The request of qwen3-reranker-api (Python); it refuses a `top_n` of 0. */
@Shows({
  top_n: { type: 'integer', minimum: 1, description: 'Answer the best ones only; more than there are: all.' },
})
class NativeRerankDto extends RerankDto {}

/** This server's own API, and that of qwen3-reranker-api (Python). */
export const native = defineDialect({
  ...superset({ data: 'never' }),
  name: 'native',
  mounts: [...RERANK],
  request: NativeRerankDto,
  example: {
    request: (query, documents) => ({ query, documents }),
    code: { title: 'Native', instruction: 'instruction' },
  },
});
