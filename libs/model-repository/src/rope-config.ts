import type { RopeScaling } from '#libs/tensor';
import type { ConfigReader } from './config-reader.js';

/** Rotation as config.json has it. */
export interface RopeConfig {
  readonly theta: number;
  readonly scaling?: RopeScaling;
}

const DEFAULT_THETA = 10_000;
const DEFAULT_BETA_FAST = 32;
const DEFAULT_BETA_SLOW = 1;

/** How axes of an image share the rotation; for text all axes have one position, so that nothing changes. */
const OF_IMAGES = new Set(['mrope_section', 'mrope_interleaved']);
const UNSCALED = new Set(['default', 'mrope']);

/**
 * transformers 4 writes rope_theta and rope_scaling, transformers 5 one object rope_parameters. `positions` is
 * max_position_embeddings.
 */
export function readRope(reader: ConfigReader, positions: number): RopeConfig {
  let theta = reader.positive('rope_theta', DEFAULT_THETA);
  let scaling: RopeScaling | undefined;
  for (const key of ['rope_parameters', 'rope_scaling']) {
    const rope = reader.section(key);
    if (rope === undefined) continue;
    theta = rope.positive('rope_theta', theta);
    scaling = scalingOf(rope, positions) ?? scaling;
  }
  return { theta, ...(scaling !== undefined && { scaling }) };
}

/** Positions that the model can be asked for: those it was trained on, stretched. */
export function scaledPositions(positions: number, scaling: RopeScaling | undefined): number {
  if (scaling === undefined) return positions;
  const original = scaling.kind === 'yarn' ? scaling.originalPositions : positions;
  return Math.max(positions, Math.floor(original * scaling.factor));
}

function scalingOf(rope: ConfigReader, positions: number): RopeScaling | undefined {
  const nested = rope
    .keys()
    .find((name) => !OF_IMAGES.has(name) && typeof rope.value(name) === 'object' && rope.value(name) !== null);
  if (nested !== undefined) rope.refuse(nested, 'a plain value (RoPE per kind of layer is not supported)');
  const key = (rope.value('rope_type') ?? undefined) === undefined ? 'type' : 'rope_type';
  const kind = rope.value(key) ?? 'default';
  if (kind === 'linear') return { kind, factor: rope.positive('factor') };
  if (kind === 'yarn') return yarn(rope, positions);
  if (typeof kind === 'string' && UNSCALED.has(kind)) return undefined;
  return rope.refuse(
    key,
    'default, linear or yarn (other scalings are not supported; without one the model serves its trained length)',
  );
}

/** As modeling_rope_utils.py of transformers 5.23 reads it. */
function yarn(rope: ConfigReader, positions: number): RopeScaling {
  const originalPositions = rope.size('original_max_position_embeddings', positions);
  const factor = (rope.value('factor') ?? null) === null ? positions / originalPositions : rope.positive('factor');
  const strength = rope.optionalPositive('mscale');
  const strengthOfAll = rope.optionalPositive('mscale_all_dim');
  const inferred =
    strength !== undefined && strengthOfAll !== undefined
      ? attentionFactor(factor, strength) / attentionFactor(factor, strengthOfAll)
      : attentionFactor(factor, 1);
  return {
    kind: 'yarn',
    factor,
    originalPositions,
    betaFast: rope.positive('beta_fast', DEFAULT_BETA_FAST),
    betaSlow: rope.positive('beta_slow', DEFAULT_BETA_SLOW),
    truncate: rope.flag('truncate', true),
    attentionFactor: rope.positive('attention_factor', inferred),
  };
}

function attentionFactor(factor: number, strength: number): number {
  return factor <= 1 ? 1 : 0.1 * strength * Math.log(factor) + 1;
}
