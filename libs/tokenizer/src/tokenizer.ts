import { Tokenizer as NativeTokenizer, type Encoding } from 'tokenizers';
import { TokenizerError } from './errors.js';
import { packIds, unpackIds, type PackedIds } from './packed-ids.js';
import { derivePromptConstants, type PromptConstants } from './prompt-constants.js';
import type { PromptFrame } from './prompt-parts.js';
import type { TokenEncoder } from './token-encoder.js';
import { readTokenizerFile } from './tokenizer-file.js';

/**
 * A checkpoint's tokenizer in this thread: Hugging Face's own, so ids are the reference's. Encoding runs beside the
 * event loop, but reading the ids blocks it (about 0.2 s for 1,000 long documents), which is why a server uses
 * ThreadedTokenizer.
 */
export class Tokenizer implements TokenEncoder {
  private constructor(
    private readonly native: NativeTokenizer,
    readonly constants: PromptConstants,
    /** Long texts may be encoded in parts. */
    readonly isPartable: boolean,
  ) {}

  /** Reads `tokenizer.json` in the folder (about 1 s and 160 MB for Qwen3's); throws TokenizerError. */
  static async load(folder: string, frame: PromptFrame): Promise<Tokenizer> {
    const file = await readTokenizerFile(folder);
    const native = parse(file.plainJson, file.path);
    const encode = async (text: string) => (await native.encode(text, null, PLAIN)).getIds();
    return new Tokenizer(native, await derivePromptConstants(file, encode, frame), file.isPartable);
  }

  async encode(texts: readonly string[]): Promise<Int32Array[]> {
    return unpackIds(await this.encodePacked(texts));
  }

  /** As `encode`, in the form that travels between threads; with `spans` each token is the numbers of a piece. */
  async encodePacked(texts: readonly string[], spans = false): Promise<PackedIds> {
    const encodings = await this.native.encodeBatch([...texts], PLAIN);
    return packIds(encodings.map((encoding) => (spans ? pieceNumbers(encoding) : encoding.getIds())));
  }
}

// Qwen3's post-processor adds nothing, but its sister Qwen3-Embedding's appends <|endoftext|>.
const PLAIN = { addSpecialTokens: false };

function pieceNumbers(encoding: Encoding): number[] {
  const spans = encoding.getOffsets();
  return encoding.getIds().flatMap((id, token) => [id, spans[token]![0]!, spans[token]![1]!]);
}

function parse(json: string, path: string): NativeTokenizer {
  try {
    return NativeTokenizer.fromString(json);
  } catch (cause) {
    throw new TokenizerError(
      `${path} is not a tokenizer this server can read (${String(cause)}); expected the file of a Qwen3 checkpoint`,
      { cause },
    );
  }
}
