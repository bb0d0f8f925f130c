import type { ConfigReader } from './config-reader.js';

/** What a served architecture is made of. */
interface Kind {
  /** Qwen2's attention: biases on q, k and v, heads that are not normed. */
  readonly isQwen2: boolean;
  /** A model for images and text, of which the part that reads text is served. */
  readonly isVision: boolean;
  readonly isClassifier: boolean;
}

const ARCHITECTURES = {
  Qwen3ForCausalLM: { isQwen2: false, isVision: false, isClassifier: false },
  Qwen3ForSequenceClassification: { isQwen2: false, isVision: false, isClassifier: true },
  Qwen2ForCausalLM: { isQwen2: true, isVision: false, isClassifier: false },
  Qwen2ForSequenceClassification: { isQwen2: true, isVision: false, isClassifier: true },
  Qwen3VLForConditionalGeneration: { isQwen2: false, isVision: true, isClassifier: false },
} as const satisfies Record<string, Kind>;

export type Architecture = keyof typeof ARCHITECTURES;

/** What transformers would make of a configuration that names no architecture. */
const BY_MODEL_TYPE: Readonly<Record<string, Architecture>> = {
  qwen3: 'Qwen3ForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
  qwen3_vl: 'Qwen3VLForConditionalGeneration',
};

/** Others that people take for one of these, and why they are none. */
const KNOWN_OTHERS: Readonly<Record<string, string>> = {
  JinaForRanking: 'jina-reranker-v3 ranks a list of passages in one prompt, which this server does not do',
  Qwen3MoeForCausalLM: 'mixtures of experts are not served',
  Qwen3Model: 'that is a model without a head, for embeddings',
};

export function kindOf(architecture: Architecture): Kind {
  return ARCHITECTURES[architecture];
}

export function architectureOf(reader: ConfigReader): Architecture {
  const names = reader.value('architectures') ?? undefined;
  const type = reader.value('model_type');
  if (names === undefined && typeof type === 'string' && type in BY_MODEL_TYPE) return BY_MODEL_TYPE[type]!;
  const name: unknown = Array.isArray(names) ? names[0] : undefined;
  if (typeof name === 'string' && Object.hasOwn(ARCHITECTURES, name)) return name as Architecture;
  const served = Object.keys(ARCHITECTURES).map((each) => `["${each}"]`);
  const why = typeof name === 'string' ? KNOWN_OTHERS[name] : undefined;
  return reader.refuse('architectures', `one of ${served.join(', ')}${why === undefined ? '' : ` (${why})`}`);
}
