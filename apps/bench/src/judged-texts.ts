import path from 'node:path';
import { embeddedModelFolder } from '#libs/embedded-model';
import { describeReranker, openCheckpoint, readCheckpointConfig, scoreDirection } from '#libs/model-repository';
import { loadQwen3Weights, Qwen3Model, type Qwen3Shape, type Qwen3Source } from '#libs/models';
import { PromptTemplate } from '#libs/rerank';
import { layOut, type SegmentLayout, type TensorOps } from '#libs/tensor';
import { Tokenizer } from '#libs/tokenizer';
import { readJsonLines } from './json-lines.js';

/** A query, documents, and where known the index of the one that answers it. */
export interface JudgedText {
  readonly query: string;
  readonly documents: readonly string[];
  readonly right?: number;
}

/** Real texts laid out for a checkpoint whose score is the difference of two tokens. */
export interface JudgedTexts {
  readonly texts: readonly JudgedText[];
  readonly layouts: readonly SegmentLayout[];
  readonly shape: Qwen3Shape;
  readonly source: Qwen3Source;
  close(): void;
}

/** @param file JSON lines of `query` and `documents`; absent: the WordNet requests of the embedded model. */
export async function openJudgedTexts(model: string, count: number, file?: string): Promise<JudgedTexts> {
  const reranker = describeReranker(model, readCheckpointConfig(model));
  if (reranker.score.head.kind !== 'tokens') throw new Error(`${model} is a classifier; expected a causal model`);
  const tokenizer = await Tokenizer.load(model, { forms: reranker.prompt, answers: reranker.score.head });
  const { forms, positiveId, negativeId } = tokenizer.constants;
  const template = new PromptTemplate(tokenizer, forms, reranker.defaultInstruction);
  const lines = readJsonLines<JudgedText>(file ?? path.join(embeddedModelFolder, 'evaluation/wordnet.jsonl'));
  const texts = lines.slice(0, count);
  const layouts: SegmentLayout[] = [];
  for (const { query, documents } of texts) {
    const { head, query: ids, documents: encoded, frame } = await template.encode({ query, documents });
    const scored = encoded.map((document) => ({
      ids: Int32Array.of(...document, ...frame.tail),
      parent: 1,
      scored: true,
    }));
    layouts.push(layOut([{ ids: head }, { ids, parent: 0 }, ...scored]));
  }
  const opened = openCheckpoint(model);
  const tokens = { positive: positiveId!, ...(negativeId !== undefined && { negative: negativeId }) };
  return {
    texts,
    layouts,
    shape: opened.config,
    source: {
      tensor: (name: string) => opened.checkpoint.tensor(name),
      scoreDirection: scoreDirection(opened, { kind: 'tokens', ...tokens }),
    },
    close: () => opened.checkpoint.close(),
  };
}

/** d of each document, request by request; closes the operations. */
export async function scoreTexts(
  ops: TensorOps,
  { layouts, shape, source }: JudgedTexts,
  precise?: Qwen3Source['precise'],
): Promise<number[][]> {
  const weights = await loadQwen3Weights(ops, shape, { ...source, ...(precise && { precise }) }, async () => undefined);
  const model = new Qwen3Model(ops, shape, weights);
  const scores: number[][] = [];
  for (const layout of layouts) scores.push([...(await model.score(layout))]);
  ops.close();
  return scores;
}
