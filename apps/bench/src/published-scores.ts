/** Scores of the real models that others published, with the default instruction and the prompt of each model card. */
export interface PublishedScores {
  readonly models: readonly ModelKey[];
  /** Number format of the published run; bf16 keeps 8 bits, so its scores are only good to a few hundredths. */
  readonly dtype: 'bf16' | 'f32';
  readonly query: string;
  readonly documents: readonly string[];
  /** 'logit': logit(yes) − logit(no); 'probability': P(yes). */
  readonly kind: 'logit' | 'probability';
  readonly expected: readonly number[];
  /** Largest difference that still counts as the same: absolute for logits, of raw scores for probabilities. */
  readonly tolerance: number;
  readonly source: string;
}

/** Qwen3-Reranker by its size, others by their names. */
export type ModelKey = '0.6b' | '4b' | '8b' | 'zerank-2';

const BEIJING = 'The capital of China is Beijing.';
const GRAVITY =
  'Gravity is a force that attracts two bodies towards each other. It gives weight to physical objects and is ' +
  'responsible for the movement of planets around the sun.';
const CHINA = { query: 'What is the capital of China?', documents: [BEIJING, GRAVITY], kind: 'logit' } as const;
const CARD = { ...CHINA, dtype: 'bf16', tolerance: 0.25, source: 'model card, Sentence Transformers section' } as const;

export const PUBLISHED_SCORES: readonly PublishedScores[] = [
  {
    ...CHINA,
    models: ['0.6b'],
    dtype: 'f32',
    expected: [7.596951, -12.192464],
    tolerance: 1e-3,
    source: "cohere-ai/rcp-ndcg's recipe, the model card's pair in float32 on a CPU",
  },
  // The card's second score is 0.82 off that of float32: bf16 has few bits for a logit of this size.
  { ...CARD, models: ['0.6b'], expected: [7.625, -11.375], tolerance: 1 },
  { ...CARD, models: ['4b'], expected: [6.4375, -14.375] },
  { ...CARD, models: ['8b'], expected: [5.0625, -14.25] },
  {
    models: ['0.6b'],
    dtype: 'f32',
    query: 'Which planet is known as the Red Planet?',
    documents: [
      "Venus is often called Earth's twin because of its similar size and proximity.",
      'Mars, known for its reddish appearance, is often referred to as the Red Planet.',
      'Jupiter, the largest planet in our solar system, has a prominent red spot.',
      'Saturn, famous for its rings, is sometimes mistaken for the Red Planet.',
    ],
    kind: 'logit',
    expected: [-3.109297752380371, 7.120389938354492, -0.3787546157836914, 3.541637420654297],
    tolerance: 1e-3,
    source: "sentence-transformers' own tests",
  },
  {
    models: ['0.6b'],
    dtype: 'f32',
    query: CHINA.query,
    documents: [BEIJING],
    kind: 'probability',
    expected: [0.9995],
    tolerance: 0.1,
    source: 'vllm-rbln #841, running the model card',
  },
  {
    models: ['0.6b'],
    dtype: 'f32',
    query: 'Explain gravity',
    documents: [GRAVITY],
    kind: 'probability',
    expected: [0.9972],
    tolerance: 0.1,
    source: 'vllm-rbln #841, running the model card',
  },
  {
    models: ['0.6b'],
    dtype: 'f32',
    query: CHINA.query,
    documents: ['The capital of Korea is Seoul.'],
    kind: 'probability',
    expected: [0.001029968],
    tolerance: 0.02,
    source: 'text-embeddings-inference #835, Hugging Face in float32',
  },
  {
    models: ['8b'],
    dtype: 'bf16',
    query: 'What is the price of coca cola?',
    documents: [
      'price is 400 dollars',
      'Coca cola is my favorite drink',
      'Sprite is my favorite drink',
      'Qwen3 is powerful',
    ],
    kind: 'probability',
    expected: [0.962890625, 9.84e-5, 3.93e-6, 2.23e-5],
    tolerance: 0.5,
    source: 'Qwen3-Embedding #71, wording not confirmed',
  },
  {
    models: ['zerank-2'],
    dtype: 'bf16',
    query: 'What is 2+2?',
    documents: ['4', 'The answer is definitely 1 million'],
    kind: 'logit',
    expected: [5.4062, -4.5],
    tolerance: 0.25,
    source: 'model card (May 2026)',
  },
];

/** What the model card's weights reach end to end; measured by `npm run bench -- quality --beir`. */
export const PUBLISHED_NFCORPUS = {
  model: '0.6b',
  ndcg: 0.33459,
  tolerance: 2e-3,
  source: "vLLM's MTEB test",
} as const;

/** Hidden size in config.json, by which the models of a family differ, by the family's name. */
export const HIDDEN_SIZES: Readonly<Record<string, Readonly<Record<number, ModelKey>>>> = {
  'Qwen3-Reranker': { 1024: '0.6b', 2560: '4b', 4096: '8b' },
  zerank: { 2560: 'zerank-2' },
};
