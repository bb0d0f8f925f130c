import type { CheckpointConfig } from '#libs/model-repository';
import type { Qwen3Shape } from '#libs/models';
import type { Rope, SegmentLayout } from '#libs/tensor';
import { ropeAngle, type Formulas } from '../backends/reference-formulas.js';
import type { ShapeConfig } from './shapes.js';

/** A prompt in its parts, as goldens/prompts.json has them. */
export interface PromptParts {
  readonly prefix: readonly number[];
  readonly head: readonly number[];
  readonly query: readonly number[];
  readonly document: readonly number[];
  readonly suffix: readonly number[];
}

/** One mistake: what is absent is right. */
export interface Mutation {
  readonly formulas?: (config: CheckpointConfig) => Partial<Formulas>;
  /** The weight that is read instead of the one asked for. */
  readonly weightName?: (name: string) => string;
  readonly shape?: (shape: Qwen3Shape) => Qwen3Shape;
  readonly layout?: (layout: SegmentLayout) => SegmentLayout;
  readonly parts?: (parts: PromptParts) => PromptParts;
  /** False where the mistake changes nothing; absent: it always does. */
  readonly applies?: (config: ShapeConfig) => boolean;
}

/** Ids of one and of two line feeds. */
const [LF, TWO_LF] = [198, 271];

/** The mistakes that a reimplementation of Qwen3 can make, each alone; mutations.py makes the same ones in transformers. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'interleaved RoPE': { formulas: () => ({ rotate: rotatePairs }) },
  'positions restarted at the document': { layout: restartPositions },
  'no causal mask': { formulas: () => ({ seesOwn: () => true }) },
  'no q/k norm': { formulas: () => ({ normHead: (x) => Array.from(x) }) },
  'q and k norm swapped': {
    weightName: (name) => name.replace(/[qk]_norm/u, (norm) => (norm === 'q_norm' ? 'k_norm' : 'q_norm')),
  },
  'wrong GQA map': {
    formulas: () => ({ keyHeadOf: (head, { keyHeads }) => head % keyHeads }),
    applies: (config) => config.num_key_value_heads > 1,
  },
  'scale from hidden/heads': {
    formulas: ({ hiddenSize, heads }) => ({ scale: () => (hiddenSize / heads) ** -0.5 }),
    applies: (config) => config.hidden_size !== config.num_attention_heads * config.head_dim!,
  },
  'wrong eps': {
    shape: (shape) => ({ ...shape, rmsNormEps: 1e-6 }),
    applies: (config) => 'rms_norm_eps' in config && config.rms_norm_eps !== 1e-6,
  },
  'GELU for SiLU': { formulas: () => ({ activation: gelu }) },
  'the last LF missing': {
    parts: (parts) => ({ ...parts, suffix: [...without(parts.suffix, parts.suffix.length - 1, TWO_LF), LF] }),
  },
  'the LF after "assistant" missing': { parts: (parts) => ({ ...parts, suffix: without(parts.suffix, 4, LF) }) },
  'the LF after "user" missing': {
    parts: (parts) => ({ ...parts, prefix: without(parts.prefix, parts.prefix.length - 1, LF) }),
  },
  'the last document token dropped': { parts: (parts) => ({ ...parts, document: parts.document.slice(0, -1) }) },
};

/** Turns the pairs (2i, 2i + 1) instead of (i, i + half). */
function rotatePairs(x: ArrayLike<number>, position: number, rope: Rope): number[] {
  const rotated = Array.from(x);
  for (let pair = 0; pair < rope.headDim / 2; pair += 1) {
    const angle = ropeAngle(position, pair, rope);
    const [first, second] = [x[2 * pair]!, x[2 * pair + 1]!];
    rotated[2 * pair] = first * Math.cos(angle) - second * Math.sin(angle);
    rotated[2 * pair + 1] = second * Math.cos(angle) + first * Math.sin(angle);
  }
  return rotated;
}

function restartPositions(layout: SegmentLayout): SegmentLayout {
  const positions = layout.positions.slice();
  for (const { scored, start, length } of layout.segments) {
    if (scored) for (let token = 0; token < length; token += 1) positions[start + token] = token;
  }
  return { ...layout, positions };
}

/** The tanh form of GELU, within 1e-3 of the exact one. */
function gelu(x: number): number {
  return (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044_715 * x ** 3)));
}

function without(ids: readonly number[], index: number, expected: number): number[] {
  if (ids[index] !== expected) throw new Error(`expected id ${expected} at place ${index} of ${ids.join(' ')}`);
  return ids.toSpliced(index, 1);
}
