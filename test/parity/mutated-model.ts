import { scoreDirection, type OpenCheckpoint } from '#libs/model-repository';
import { loadQwen3Weights, Qwen3Model, type Qwen3Shape } from '#libs/models';
import { layOut, type SegmentLayout, type StoredTensor } from '#libs/tensor';
import { QWEN3_FORMULAS } from '../backends/reference-formulas.js';
import { ReferenceOps } from '../backends/reference-ops.js';
import { goldenHead, loadGoldenPrompts } from './goldens.js';
import type { Mutation, PromptParts } from './mutations.js';

const { prefix, suffix, groups } = loadGoldenPrompts();

/** The product's model over the reference operations, with one mistake or none. */
export class MutatedModel {
  private constructor(
    private readonly model: Qwen3Model,
    private readonly mutation: Mutation,
  ) {}

  static async load(opened: OpenCheckpoint, mutation: Mutation = {}): Promise<MutatedModel> {
    const { config, checkpoint } = opened;
    const { formulas, weightName = (name: string) => name, shape = (same: Qwen3Shape) => same } = mutation;
    const ops = new ReferenceOps({ ...QWEN3_FORMULAS, ...formulas?.(config) });
    const source = {
      tensor: (name: string): StoredTensor => checkpoint.tensor(weightName(name)),
      scoreDirection: scoreDirection(opened, goldenHead(config)),
    };
    const weights = await loadQwen3Weights(ops, config, source, async () => {});
    return new MutatedModel(new Qwen3Model(ops, shape(config), weights), mutation);
  }

  /** Raw scores of a group's documents, computed in one pass: head, query, then every document. */
  async score(groupName: string): Promise<Float32Array> {
    const { parts: change = (same: PromptParts) => same, layout = (same: SegmentLayout) => same } = this.mutation;
    const { head, query, documents } = groups.find(({ name }) => name === groupName)!;
    const prompts = documents.map((document) => change({ prefix, head, query, document, suffix }));
    const [first] = prompts;
    const segments = [
      { ids: Int32Array.of(...first!.prefix, ...first!.head) },
      { ids: Int32Array.from(first!.query), parent: 0 },
      ...prompts.map((parts) => ({ ids: Int32Array.of(...parts.document, ...parts.suffix), parent: 1, scored: true })),
    ];
    return this.model.score(layout(layOut(segments)));
  }
}
