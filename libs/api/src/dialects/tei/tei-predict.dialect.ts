import { groupPairs, scoresInOrder } from '../../shared/pairs.js';
import { everyDocument, LONG_QUERIES, oneRequest } from '../../shared/rerank-options.js';
import { scoreOf } from '../../shared/results.js';
import { defineDialect } from '../dialect.js';
import { either, list, number, object, text } from '../schema.js';
import { isPair, TeiPredictDto, type Pair } from './tei-predict.dto.js';
import { teiErrors } from './tei.errors.js';

const LABEL = 'LABEL_0';
const prediction = list(object({ score: number, label: text }));

/** `POST /predict` of text-embeddings-inference: per pair a list of labels, which has one here. */
export const teiPredict = defineDialect({
  name: 'tei-predict',
  mounts: ['/tei/predict', '/predict'],
  request: TeiPredictDto,
  answer: either(prediction, list(prediction)),
  ...teiErrors,
  toRequests: ({ inputs, ...options }) =>
    grouped(inputs).map((group) => everyDocument(...oneRequest(LONG_QUERIES.longer)({ ...options, ...group }))),
  toAnswer: (rankings, body) => {
    const scores = scoresInOrder(grouped(body.inputs), rankings, scoreOf(body));
    const predictions = scores.map((score) => [{ score, label: LABEL }]);
    return isPair(body.inputs) ? predictions[0]! : predictions;
  },
  example: {
    request: (query, texts) => ({ inputs: texts.map((each) => [query, each]) }),
    list: '',
    score: 'score',
    inOrder: true,
  },
});

function grouped(inputs: Pair | readonly Pair[]) {
  const pairs: readonly Pair[] = isPair(inputs) ? [inputs] : inputs;
  return groupPairs(
    pairs.map(([query]) => query),
    pairs.map(([, document]) => document),
  );
}
