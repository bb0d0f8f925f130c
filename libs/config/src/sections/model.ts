import { Describe } from '../describe-variable.js';
import { OneOf, Text, WholeNumber } from '../variable-types.js';

const MODEL_CHECKS = ['warn', 'refuse', 'off'] as const;
type ModelCheckChoice = (typeof MODEL_CHECKS)[number];

/** Which checkpoint is served, and how it is asked and read. */
export class ModelConfig {
  @Describe(
    'The model: `embedded` for the small checkpoint in this repository, the id of a model of the Hugging Face hub such as ' +
      '`Qwen/Qwen3-Reranker-0.6B`, or the path of a checkpoint folder.',
  )
  @Text()
  readonly MODEL_NAME: string = 'embedded';

  @Describe('Name of the model in answers and in `/health`.', {
    unset: 'the value of `MODEL_NAME`',
    example: 'reranker',
  })
  @Text()
  readonly SERVED_MODEL_NAME: string;

  @Describe('Commit, tag or branch of a model of the hub; a folder or the embedded model has none.', {
    unset: 'the commit this version was made for; `main` for other models',
    example: 'main',
  })
  @Text(/^(?!.*\.\.)\w[\w./-]*$/, 'a commit, tag or branch')
  readonly MODEL_REVISION?: string;

  @Describe(
    'A LoRA adapter for the model: a folder as PEFT saves it, or the id of a repository of the hub. Not needed where ' +
      '`MODEL_NAME` is the adapter itself.',
    { unset: 'none', example: 'output/checkpoint-100' },
  )
  @Text()
  readonly ADAPTER?: string;

  @Describe('Commit, tag or branch of an adapter of the hub.', { unset: '`main`', example: 'main' })
  @Text(/^(?!.*\.\.)\w[\w./-]*$/, 'a commit, tag or branch')
  readonly ADAPTER_REVISION?: string;

  @Describe('Longest prompt in tokens (instruction, query and document), at most what the model can hold.')
  @WholeNumber({ min: 128 })
  readonly MAX_LENGTH: number = 8192;

  @Describe('Instruction for requests that bring none.', {
    unset: "the model card's",
    example: 'Given a web search query, retrieve relevant passages that answer the query',
  })
  @Text()
  readonly DEFAULT_INSTRUCTION?: string;

  @Describe(
    'File with `a` and `b` that `npm run bench -- calibrate-scores` wrote, relative to the folder of the model: relevance is ' +
      'sigmoid(a · raw score + b) then (`docs/calibration.md`).',
    { unset: "the model's own probabilities", example: 'score_calibration.json' },
  )
  @Text()
  readonly SCORE_CALIBRATION?: string;

  @Describe(
    'Pairs whose order is certain are scored once the model is loaded: `warn` reports a model that ranks them wrong, `refuse` stops.',
  )
  @OneOf(MODEL_CHECKS)
  readonly MODEL_CHECK: ModelCheckChoice = 'warn';
}
