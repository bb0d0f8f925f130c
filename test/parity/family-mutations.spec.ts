import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint, type OpenCheckpoint, type RerankerDescription } from '#libs/model-repository';
import type { StoredTensor } from '#libs/tensor';
import type { PromptPart } from '#libs/tokenizer';
import { FAMILIES_OF_GOLDENS, FAMILY_SCORES, writeFamilyCheckpoint } from './families.js';
import { FamilyModel, type FamilyMistake } from './family-model.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const { requests, shapes } = FAMILIES_OF_GOLDENS;

/** Each mistake alone, in the shapes that it applies to. */
const MISTAKES: readonly (readonly [what: string, shapes: readonly string[], mistake: FamilyMistake])[] = [
  ['tokens swapped', ['qwen3-st', 'mxbai-tied'], { description: withTokensSwapped }],
  [
    'the last line feed of the prompt dropped',
    ['qwen3-st', 'zerank-st', 'mxbai-tied'],
    { description: withoutLastLineFeed },
  ],
  ['the scale left out', ['zerank-st'], { description: withoutScale }],
  ['the bias of q left out', ['mxbai-tied'], { tensor: withoutBias('q_proj') }],
  ['the bias of k left out', ['mxbai-tied'], { tensor: withoutBias('k_proj') }],
  ['the bias of v left out', ['mxbai-tied'], { tensor: withoutBias('v_proj') }],
  ["YaRN's attention factor left out", ['yarn-4'], { config: withoutAttentionFactor }],
];
const judged = [...new Set(MISTAKES.flatMap(([, names]) => names))];

describe.each(judged)('%s over the reference operations', (name) => {
  const folder = temporaryFolder();

  let opened: OpenCheckpoint;

  beforeAll(() => {
    writeFamilyCheckpoint(shapes[name]!, folder);
    opened = openCheckpoint(folder);
  }, 60_000);
  afterAll(() => {
    opened?.checkpoint.close();
  });

  async function distance(mistake?: FamilyMistake): Promise<number> {
    const scale = shapes[name]!.prompt === 'zerank' ? 1 / 5 : 1;
    return (await FamilyModel.load(opened, mistake)).distance(requests, FAMILY_SCORES[name]!, scale);
  }

  it('agrees with its reference', async () => {
    expect(await distance()).toBeLessThanOrEqual(1);
  }, 60_000);

  it.each(MISTAKES.filter(([, names]) => names.includes(name)))(
    'disagrees with %s',
    async (_what, _names, mistake) => {
      expect(await distance(mistake)).toBeGreaterThan(10);
    },
    60_000,
  );
});

function withTokensSwapped(description: RerankerDescription): RerankerDescription {
  const { head } = description.score;
  if (head.negative === undefined) throw new Error('one token cannot be swapped');
  const swapped = { ...head, positive: head.negative, negative: head.positive } as typeof head;
  return { ...description, score: { ...description.score, head: swapped } };
}

function withoutLastLineFeed(description: RerankerDescription): RerankerDescription {
  const [withInstruction, withoutInstruction] = [
    cutOff(description.prompt.withInstruction),
    cutOff(description.prompt.withoutInstruction),
  ];
  const prompt = { ...(withInstruction && { withInstruction }), ...(withoutInstruction && { withoutInstruction }) };
  return { ...description, prompt };
}

function cutOff(parts: readonly PromptPart[] | undefined): readonly PromptPart[] | undefined {
  const last = parts?.at(-1);
  if (last === undefined || !('text' in last)) return parts;
  if (!last.text.endsWith('\n')) throw new Error(`expected a line feed at the end of ${last.text}`);
  return [...parts!.slice(0, -1), { text: last.text.slice(0, -1) }];
}

function withoutScale(description: RerankerDescription): RerankerDescription {
  return { ...description, score: { ...description.score, scale: 1 } };
}

function withoutBias(projection: string): (stored: StoredTensor) => StoredTensor {
  return (stored) =>
    stored.name.endsWith(`${projection}.bias`)
      ? { ...stored, read: (rows) => new Uint8Array(stored.read(rows).byteLength) }
      : stored;
}

function withoutAttentionFactor<Config extends { readonly ropeScaling: unknown }>(config: Config): Config {
  return { ...config, ropeScaling: { ...(config.ropeScaling as object), attentionFactor: 1 } };
}
