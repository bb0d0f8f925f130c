import { MODEL_CHECKS, type ModelCheckChoice } from './choices.js';
import { Describe, describedVariables } from './describe-variable.js';
import { DeviceConfig } from './device-config.js';
import { Flag, OneOf, Text, WholeNumber } from './variable-types.js';

/**
 * Every variable the server reads, by its name in the environment. Made only by `loadConfig`, which checks and freezes
 * it. A property without a value means: not set, the description says what happens then.
 */
export class AppConfig extends DeviceConfig {
  @Describe(
    'Model',
    'The model: `embedded` for the small checkpoint in this repository, the id of a model of the Hugging Face hub such as ' +
      '`Qwen/Qwen3-Reranker-0.6B`, or the path of a checkpoint folder.',
  )
  @Text()
  readonly MODEL_NAME: string = 'embedded';

  @Describe('Model', 'Name of the model in answers and in `/health`.', {
    unset: 'the value of `MODEL_NAME`',
    example: 'reranker',
  })
  @Text()
  readonly SERVED_MODEL_NAME: string;

  @Describe('Model', 'Commit, tag or branch of a model of the hub; a folder or the embedded model has none.', {
    unset: 'the commit this version was made for; `main` for other models',
    example: 'main',
  })
  @Text(/^(?!.*\.\.)\w[\w./-]*$/, 'a commit, tag or branch')
  readonly MODEL_REVISION?: string;

  @Describe(
    'Model',
    'A LoRA adapter for the model: a folder as PEFT saves it, or the id of a repository of the hub. Not needed where ' +
      '`MODEL_NAME` is the adapter itself.',
    { unset: 'none', example: 'output/checkpoint-100' },
  )
  @Text()
  readonly ADAPTER?: string;

  @Describe('Model', 'Commit, tag or branch of an adapter of the hub.', { unset: '`main`', example: 'main' })
  @Text(/^(?!.*\.\.)\w[\w./-]*$/, 'a commit, tag or branch')
  readonly ADAPTER_REVISION?: string;

  @Describe('Model', 'Longest prompt in tokens (instruction, query and document), at most what the model can hold.')
  @WholeNumber({ min: 128 })
  readonly MAX_LENGTH: number = 8192;

  @Describe('Model', 'Instruction for requests that bring none.', {
    unset: "the model card's",
    example: 'Given a web search query, retrieve relevant passages that answer the query',
  })
  @Text()
  readonly DEFAULT_INSTRUCTION?: string;

  @Describe(
    'Model',
    'File with `a` and `b` that `npm run calibrate:scores` wrote, relative to the folder of the model: relevance is ' +
      'sigmoid(a · raw score + b) then (`docs/calibration.md`).',
    { unset: "the model's own probabilities", example: 'score_calibration.json' },
  )
  @Text()
  readonly SCORE_CALIBRATION?: string;

  @Describe(
    'Model',
    'Pairs whose order is certain are scored once the model is loaded: `warn` reports a model that ranks them wrong, `refuse` stops.',
  )
  @OneOf(MODEL_CHECKS)
  readonly MODEL_CHECK: ModelCheckChoice = 'warn';

  @Describe('Hub', "Folder of Hugging Face's tools; theirs and this server's downloads are shared.", {
    unset: '`~/.cache/huggingface`',
    example: '/models',
  })
  @Text()
  readonly HF_HOME?: string;

  @Describe('Hub', 'Folder of the downloaded models.', { unset: '`hub` in `HF_HOME`', example: '/models/hub' })
  @Text()
  readonly HF_HUB_CACHE?: string;

  @Describe('Hub', 'Address of the hub, or of a mirror.')
  @Text(/^https?:\/\/[^\s/?#]+[^\s?#]*$/, 'an address such as https://huggingface.co')
  readonly HF_ENDPOINT: string = 'https://huggingface.co';

  @Describe('Hub', 'Token for private and gated models.', { unset: 'none', example: 'hf_...', secret: true })
  @Text(/^[\x21-\x7e]+$/, 'a token of visible ASCII characters without blanks')
  readonly HF_TOKEN?: string;

  @Describe('Hub', 'File with the token, such as a mounted secret; `HF_TOKEN` wins.', {
    unset: '`token` in `HF_HOME`, where there is one',
    example: '/run/secrets/hf-token',
  })
  @Text()
  readonly HF_TOKEN_PATH?: string;

  @Describe('Hub', 'Uses only what is in the cache, without network.')
  @Flag()
  readonly HF_HUB_OFFLINE: boolean = false;
}

/** Name, section and description of every variable. */
export const VARIABLES = describedVariables(AppConfig);
