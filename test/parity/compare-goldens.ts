import { openCheckpoint, scoreDirection } from '#libs/model-repository';
import { loadQwen3Weights, Qwen3Model } from '#libs/models';
import { layOut, type TensorOps } from '#libs/tensor';
import { goldenHead, loadGolden, loadGoldenPrompts } from './goldens.js';

/** A document's d = logit(yes) - logit(no): what transformers scores in float32, and what the backend scores. */
export interface Compared {
  readonly golden: number;
  readonly scored: number;
}

/**
 * Scores all groups of goldens/prompts.json without a server, in the number format of `ops`.
 *
 * @param shape Which of shapes.json the folder's weights are.
 * @returns For each group its documents in their order.
 */
export async function compareWithGoldens(ops: TensorOps, shape: string, folder: string): Promise<Compared[][]> {
  const { prefix, suffix, groups } = loadGoldenPrompts();
  const opened = openCheckpoint(folder);
  const source = {
    tensor: (tensor: string) => opened.checkpoint.tensor(tensor),
    scoreDirection: scoreDirection(opened, goldenHead(opened.config)),
  };
  const weights = await loadQwen3Weights(ops, opened.config, source, async () => undefined);
  const model = new Qwen3Model(ops, opened.config, weights);
  const golden = loadGolden(shape);
  const compared: Compared[][] = [];
  for (const { name: group, head, query, documents } of groups) {
    const segments = [
      { ids: Int32Array.of(...prefix, ...head) },
      { ids: Int32Array.from(query), parent: 0 },
      ...documents.map((document) => ({ ids: Int32Array.of(...document, ...suffix), parent: 1, scored: true })),
    ];
    const { logits } = golden.groups.find((candidate) => candidate.name === group)!;
    const scores = await model.score(layOut(segments));
    compared.push(logits.map((logit, document) => ({ golden: logit, scored: scores[document]! })));
  }
  opened.checkpoint.close();
  return compared;
}

export function meanError(compared: readonly (readonly Compared[])[]): number {
  const errors = compared.flat().map(({ golden, scored }) => Math.abs(golden - scored));
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}
