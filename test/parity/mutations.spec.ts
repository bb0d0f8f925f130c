import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint, type OpenCheckpoint } from '#libs/model-repository';
import { LOGIT_TOLERANCE } from './expect-close.js';
import { loadGolden } from './goldens.js';
import { MutatedModel } from './mutated-model.js';
import { MUTATIONS } from './mutations.js';
import { loadShapes } from './shapes.js';
import { writeHashCheckpoint } from './write-checkpoint.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** One group notices every mistake, by 0.1 and more. */
const JUDGE = 'plain';

describe.each(Object.entries(loadShapes()))('%s over the reference operations', (name, shape) => {
  const folder = temporaryFolder();
  const golden = loadGolden(name);
  let opened: OpenCheckpoint;

  beforeAll(() => {
    writeHashCheckpoint(shape, folder);
    opened = openCheckpoint(folder);
  }, 60_000);

  afterAll(() => {
    opened?.checkpoint.close();
  });

  /** Largest difference from the golden logits of a group. */
  async function distance(model: MutatedModel, groupName: string): Promise<number> {
    const { logits } = golden.groups.find((group) => group.name === groupName)!;
    const scores = await model.score(groupName);
    return Math.max(...logits.map((logit, document) => Math.abs(scores[document]! - logit)));
  }

  // The group of long documents takes as long as all others together: one checkpoint has it.
  const groups = golden.groups.map((group) => group.name).filter((group) => group !== 'long' || name === 'tied-gqa2');

  it('agrees with transformers on every group, the blank query included', async () => {
    const model = await MutatedModel.load(opened);
    const far = [];
    for (const group of groups) if ((await distance(model, group)) > LOGIT_TOLERANCE) far.push(group);
    expect(groups).toContain('empty-query');
    expect(far).toEqual([]);
  }, 120_000);

  it.each(Object.entries(MUTATIONS).filter(([, { applies }]) => applies?.(shape.config) ?? true))(
    'disagrees with %s',
    async (_mistake, mutation) => {
      const model = await MutatedModel.load(opened, mutation);
      expect(await distance(model, JUDGE)).toBeGreaterThan(LOGIT_TOLERANCE);
    },
    60_000,
  );
});
