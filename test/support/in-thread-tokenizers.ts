import { Tokenizer, type TokenizerSource, type Tokenizers } from '#libs/tokenizer';
import { unpackIds } from '../../libs/tokenizer/src/packed-ids.js';
import { Pieces } from '../../libs/tokenizer/src/pieces.js';

/** The checkpoint's tokenizer without threads, which need compiled files. */
export async function startInThread({ folder, frame }: TokenizerSource): Promise<Tokenizers> {
  const tokenizer = await Tokenizer.load(folder, frame);
  return {
    constants: tokenizer.constants,
    encode: async (texts, { signal }) => {
      signal.throwIfAborted();
      return tokenizer.encode(texts);
    },
    pieces: async (texts, { signal }) => {
      signal.throwIfAborted();
      const numbers = unpackIds(await tokenizer.encodePacked(texts, true));
      return texts.map((text, place) => new Pieces(text, [numbers[place]!]));
    },
    close: async () => undefined,
  };
}
