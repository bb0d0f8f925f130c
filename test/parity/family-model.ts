import {
  describeReranker,
  scoreDirection,
  type HeadChoice,
  type CheckpointConfig,
  type OpenCheckpoint,
  type RerankerDescription,
} from '#libs/model-repository';
import { loadQwen3Weights, Qwen3Model } from '#libs/models';
import { PromptTemplate } from '#libs/rerank';
import { layOut, type StoredTensor } from '#libs/tensor';
import { Tokenizer } from '#libs/tokenizer';
import { rank } from '../../libs/rerank/src/ranking.js';
import { ReferenceOps } from '../backends/reference-ops.js';
import { LOGIT_TOLERANCE, PROBABILITY_TOLERANCE } from './expect-close.js';
import type { FamilyRequest } from './families.js';

/** One mistake in what is understood of a checkpoint: what is absent is right. */
export interface FamilyMistake {
  readonly description?: (description: RerankerDescription) => RerankerDescription;
  readonly config?: (config: CheckpointConfig) => CheckpointConfig;
  readonly tensor?: (stored: StoredTensor) => StoredTensor;
}

const same = <Value>(value: Value): Value => value;

export interface FamilyScore {
  readonly raw: number;
  readonly relevance: number;
}

/** A family's checkpoint, read and scored by the parts of the product over the reference operations. */
export class FamilyModel {
  private constructor(
    private readonly model: Qwen3Model,
    private readonly template: PromptTemplate,
    private readonly scale: number,
  ) {}

  /** The checkpoint stays open for as long as the model is used. */
  static async load(opened: OpenCheckpoint, mistake: FamilyMistake = {}): Promise<FamilyModel> {
    const { description: describe = same, config: change = same, tensor = same } = mistake;
    const { folder } = opened.checkpoint;
    const { prompt, score, defaultInstruction } = describe(describeReranker(folder, opened.config));
    const answers = score.head.kind === 'tokens' ? { answers: score.head } : {};
    const tokenizer = await Tokenizer.load(folder, { forms: prompt, ...answers });
    const { positiveId, negativeId, forms } = tokenizer.constants;
    const tokens = { positive: positiveId!, ...(negativeId !== undefined && { negative: negativeId }) };
    const head: HeadChoice = score.head.kind === 'labels' ? score.head : { kind: 'tokens', ...tokens };
    const source = {
      tensor: (name: string) => tensor(opened.checkpoint.tensor(name)),
      scoreDirection: scoreDirection(opened, head),
    };
    const ops = new ReferenceOps();
    const config = change(opened.config);
    const weights = await loadQwen3Weights(ops, config, source, async () => undefined);
    const template = new PromptTemplate(tokenizer, forms, defaultInstruction);
    return new FamilyModel(new Qwen3Model(ops, config, weights), template, score.scale);
  }

  /** In the order of the documents. */
  async scores(request: FamilyRequest): Promise<readonly FamilyScore[]> {
    const { head, query, documents, frame } = await this.template.encode(request);
    const prompts = documents.map((document) => Int32Array.of(...head, ...query, ...document, ...frame.tail));
    const raw = await this.model.score(layOut(prompts.map((ids) => ({ ids, scored: true }))));
    const unranked = request.documents.map((document, index) => ({
      index,
      document,
      rawScore: raw[index]!,
      tokenCount: 0,
      truncated: false,
    }));
    return rank(unranked, { relevance: { a: this.scale, b: 0 } })
      .toSorted((a, b) => a.index - b.index)
      .map(({ rawScore, relevanceScore }) => ({ raw: rawScore, relevance: relevanceScore }));
  }

  /** The largest distance of raw score and relevance from the reference's, in units of what is allowed. */
  async distance(
    requests: readonly FamilyRequest[],
    expected: readonly (readonly number[])[],
    scale = 1,
  ): Promise<number> {
    let largest = 0;
    for (const [index, request] of requests.entries()) {
      const scores = await this.scores(request);
      for (const [place, score] of expected[index]!.entries()) {
        const { raw, relevance } = scores[place]!;
        const probability = 1 / (1 + Math.exp(-scale * score));
        largest = Math.max(largest, Math.abs(raw - score) / LOGIT_TOLERANCE);
        largest = Math.max(largest, Math.abs(relevance - probability) / PROBABILITY_TOLERANCE);
      }
    }
    return largest;
  }
}
