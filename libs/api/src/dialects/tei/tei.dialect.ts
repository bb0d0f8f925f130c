import { readText, type DocumentInput } from '../../shared/document-input.js';
import { LONG_QUERIES, oneRequest, wantsDocuments } from '../../shared/rerank-options.js';
import { scoreOf } from '../../shared/results.js';
import { defineDialect } from '../dialect.js';
import { integer, list, number, object, text } from '../schema.js';
import { ANY_RERANK } from '../shared-paths.js';
import { hasListOnly } from '../signs.js';
import { TeiRerankDto } from './tei.dto.js';
import { teiErrors } from './tei.errors.js';

/** `POST /rerank` of text-embeddings-inference. Its clients read `error` as a string, also where the path is shared. */
export const tei = defineDialect({
  name: 'tei',
  mounts: ['/tei/rerank', '/tei', ...ANY_RERANK],
  probes: ['/tei/tokenize', '/tei/info'],
  matches: hasListOnly('texts'),
  request: TeiRerankDto,
  answer: list(object({ index: integer, score: number }, { text })),
  ...teiErrors,
  /** TEI has no `top_n`, so its clients send none; LiteLLM does, and means it. */
  toRequests: ({ texts, documents, ...body }) =>
    oneRequest(LONG_QUERIES.longer)({ ...body, documents: texts ?? documents! }),
  toAnswer: ([ranking], body) => {
    const texts = textsOf(body);
    const score = scoreOf(body);
    const shown = wantsDocuments(body) === true;
    return ranking.ranked.map((document) => ({
      index: document.index,
      ...(shown && { text: readText(texts[document.index]!)! }),
      score: score(document),
    }));
  },
  example: {
    request: (query, texts) => ({ query, texts }),
    list: '',
    score: 'score',
    code: { title: 'Text Embeddings Inference' },
  },
});

function textsOf({ texts, documents }: TeiRerankDto): readonly DocumentInput[] {
  return texts ?? documents!;
}
