import type { PromptConstants, PromptFrame, TokenEncoder } from '#libs/tokenizer';

/**
 * The prompt of the Qwen3-Reranker model card (Transformers snippet), byte for byte:
 *
 *   PREFIX <Instruct>: {instruction}\n<Query>: {query}\n<Document>: {document} SUFFIX
 *   [ head                          ][ query          ][ document           ]
 *
 * The cuts are before the space that follows "<Query>:" and "<Document>:": there, and nowhere near, tokenising the
 * parts gives the tokens of the whole. Nothing is trimmed, and nothing is put in by replacement: ids are concatenated.
 */
export const PROMPT_FRAME: PromptFrame = {
  prefix:
    '<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct ' +
    'provided. Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n',
  suffix: '<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n',
  controlTokens: ['<|im_start|>', '<|im_end|>', '<think>', '</think>'],
  yes: 'yes',
  no: 'no',
  cuts: [
    ['user\n', '<Instruct>: a'],
    ['?\n<Query>:', ' a'],
    ['?\n<Document>:', ' a'],
    ['?\n<Document>:', ' '],
  ],
};

/** Default of the model card; the model's GitHub repository uses another one. */
export const DEFAULT_INSTRUCTION = 'Given a web search query, retrieve relevant passages that answer the query';

export interface PromptTexts {
  /** Absent: the default instruction. */
  readonly instruction?: string | undefined;
  readonly query: string;
  readonly documents: readonly string[];
  /** Most tokens of the query, at least 1; the rest is cut. Absent: the whole query. */
  readonly maxQueryTokens?: number | undefined;
}

/** Token ids of a request's prompts, before truncation: head ++ query ++ documents[i] ++ suffix is prompt i. */
export interface PromptIds {
  readonly head: Int32Array;
  readonly query: Int32Array;
  /** Without the suffix; at least one token each, the space before the document. */
  readonly documents: readonly Int32Array[];
}

/** Turns the texts of a request into the segments of its prompts. */
export class PromptTemplate {
  private readonly heads = new HeadCache();

  constructor(
    private readonly encoder: TokenEncoder,
    private readonly constants: PromptConstants,
    private readonly defaultInstruction: string = DEFAULT_INSTRUCTION,
  ) {}

  /** Rejects like the encoder: with the signal's reason, or a TokenizerError. */
  async encode(
    { instruction, query, documents, maxQueryTokens }: PromptTexts,
    signal?: AbortSignal,
  ): Promise<PromptIds> {
    const cut = maxQueryTokens === undefined ? [] : [documentText(query), QUERY_END];
    // In one go: for short texts the way to the encoder and back costs more than the tokens.
    const texts = [queryText(query), ...cut, ...documents.map(documentText)];
    const [head, ids] = await Promise.all([
      this.headOf(instruction ?? this.defaultInstruction),
      this.encoder.encode(texts, signal),
    ]);
    const [whole, alone, end] = ids;
    const fits = maxQueryTokens === undefined || alone!.length <= maxQueryTokens;
    return {
      head,
      // The whole query in one piece with what follows it; a query over its limit is cut, and what follows is not.
      query: fits ? whole! : concatenate(alone!.subarray(0, maxQueryTokens), end!),
      documents: ids.slice(1 + cut.length),
    };
  }

  /** Not under the caller's signal: others may wait for the same head. */
  private headOf(instruction: string): Promise<Int32Array> {
    return this.heads.get(instruction, async () => {
      const [ids] = await this.encoder.encode([headText(instruction)]);
      return concatenate(this.constants.prefixIds, ids!);
    });
  }
}

/** Head without the prefix, whose control tokens only ever come from the constants. */
export function headText(instruction: string): string {
  return `<Instruct>: ${instruction}\n<Query>:`;
}

const QUERY_END = '\n<Document>:';

export function queryText(query: string): string {
  return ` ${query}${QUERY_END}`;
}

export function documentText(document: string): string {
  return ` ${document}`;
}

export function concatenate(first: Int32Array, second: Int32Array): Int32Array {
  const whole = new Int32Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}

const CACHED_HEADS = 64;
// Callers choose instructions, so the cache is bounded in bytes too: at most 64 strings of this length and their ids.
const CACHED_INSTRUCTION_CHARACTERS = 4_096;

/** Heads of recent instructions, least recently used out first. Concurrent callers share one computation. */
class HeadCache {
  // A Map iterates in insertion order, and an entry is inserted again when it is used.
  private readonly heads = new Map<string, Promise<Int32Array>>();

  get(instruction: string, compute: () => Promise<Int32Array>): Promise<Int32Array> {
    if (instruction.length > CACHED_INSTRUCTION_CHARACTERS) return compute();
    const head = this.heads.get(instruction) ?? this.forgetOnFailure(instruction, compute());
    this.heads.delete(instruction);
    this.heads.set(instruction, head);
    const [oldest] = this.heads.keys();
    if (this.heads.size > CACHED_HEADS) this.heads.delete(oldest!);
    return head;
  }

  private async forgetOnFailure(instruction: string, head: Promise<Int32Array>): Promise<Int32Array> {
    try {
      return await head;
    } catch (error) {
      this.heads.delete(instruction);
      throw error;
    }
  }
}
