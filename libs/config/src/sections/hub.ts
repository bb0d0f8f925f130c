import { Describe } from '../describe-variable.js';
import { Flag, Text } from '../variable-types.js';

/** Where models come from, by the names that Hugging Face's tools gave them. */
export class HubConfig {
  @Describe("Folder of Hugging Face's tools; theirs and this server's downloads are shared.", {
    unset: '`~/.cache/huggingface`',
    example: '/models',
  })
  @Text()
  readonly HF_HOME?: string;

  @Describe('Folder of the downloaded models.', { unset: '`hub` in `HF_HOME`', example: '/models/hub' })
  @Text()
  readonly HF_HUB_CACHE?: string;

  @Describe('Address of the hub, or of a mirror.')
  // A login would be printed with every message about the hub.
  @Text(
    /^https?:\/\/[^\s/?#@\\]+(?:\/[^\s?#]*)?$/,
    'an address without a login, such as https://huggingface.co; a token goes into HF_TOKEN',
  )
  readonly HF_ENDPOINT: string = 'https://huggingface.co';

  @Describe('Token for private and gated models.', { unset: 'none', example: 'hf_...', secret: true })
  @Text(/^[\x21-\x7e]+$/, 'a token of visible ASCII characters without blanks')
  readonly HF_TOKEN?: string;

  @Describe('File with the token, such as a mounted secret; `HF_TOKEN` wins.', {
    unset: '`token` in `HF_HOME`, where there is one',
    example: '/run/secrets/hf-token',
  })
  @Text()
  readonly HF_TOKEN_PATH?: string;

  @Describe('Uses only what is in the cache, without network.')
  @Flag()
  readonly HF_HUB_OFFLINE: boolean = false;
}
