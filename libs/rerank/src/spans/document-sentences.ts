import type { Permit } from '#libs/admission';
import type { AssembledPrompts, PromptAssembler } from '../prompt-assembler.js';
import { InvalidRequestError } from '../rerank-errors.js';
import { MAX_WINDOWS } from '../text-limits.js';
import type { TokenRange } from '../windows.js';
import { windowCount } from './find-spans.js';
import { sentenceTokens, type SentenceTokens } from './sentence-tokens.js';

/** Between which others have a turn. */
const CHARACTERS_A_TURN = 65_536;

/** The distinct documents of a request, and what was made of them. */
export interface SentenceSource {
  readonly texts: readonly string[];
  readonly prompts: Pick<AssembledPrompts, 'documents' | 'frame'>;
}

/** The sentences of a request's documents, by their index in its texts, as far as they were read. */
export class DocumentSentences {
  /** As many as may be scored: those of 30 MB of text would take 100 MB. */
  private readonly kept = new Map<number, readonly SentenceTokens[]>();
  private keptWindows = 0;

  constructor(
    private readonly source: SentenceSource,
    private readonly tokenizer: Pick<PromptAssembler, 'tokenizeFramed'>,
  ) {}

  /**
   * Rejects with an InvalidRequestError where `most` of the documents may make more windows than are read, whichever they are:
   * that is known before anything is scored.
   */
  async requireFewWindows(most: number, permit: Permit): Promise<void> {
    if (this.areFewFor(most)) return;
    const windows = new SumOfLargest(most);
    for await (const [index, sentences] of this.find([...this.source.texts.keys()], permit)) {
      const count = windowCount(sentences.length);
      windows.add(count);
      if (windows.total > MAX_WINDOWS) throw tooManyWindows();
      this.keptWindows += count;
      if (this.keptWindows <= MAX_WINDOWS) this.kept.set(index, sentences);
    }
  }

  async of(textIndexes: readonly number[], permit: Permit): Promise<(readonly SentenceTokens[])[]> {
    const found = new Map(this.kept);
    const others = textIndexes.filter((index) => !found.has(index));
    for await (const [index, sentences] of this.find(others, permit)) found.set(index, sentences);
    return textIndexes.map((index) => found.get(index)!);
  }

  /** Without a look at the text: a sentence has a token at least. */
  private areFewFor(most: number): boolean {
    const windows = new SumOfLargest(most);
    for (const { parts } of this.source.prompts.documents) {
      const { from, to } = readOf(parts);
      windows.add(windowCount(to - from));
    }
    return windows.total <= MAX_WINDOWS;
  }

  private async *find(
    textIndexes: readonly number[],
    permit: Permit,
  ): AsyncGenerator<readonly [textIndex: number, sentences: readonly SentenceTokens[]]> {
    const { texts, prompts } = this.source;
    for (const some of inTurns(textIndexes, texts)) {
      const ofSome = some.map((index) => texts[index]!);
      const tokenised = await this.tokenizer.tokenizeFramed(ofSome, prompts.frame, permit);
      await permit.nextTurn();
      for (const [order, index] of some.entries()) {
        const read = readOf(prompts.documents[index]!.parts);
        yield [index, sentenceTokens({ ...tokenised[order]!, read })];
      }
    }
  }
}

/** Of numbers that come one by one. */
class SumOfLargest {
  private readonly largest: number[] = [];
  total = 0;

  constructor(private readonly most: number) {}

  add(value: number): void {
    this.largest.push(value);
    this.total += value;
    if (this.largest.length <= this.most) return;
    const least = this.largest.reduce((one, other) => Math.min(one, other));
    this.largest.splice(this.largest.indexOf(least), 1);
    this.total -= least;
  }
}

function readOf(parts: readonly TokenRange[]): TokenRange {
  return { from: parts[0]!.from, to: parts.at(-1)!.to };
}

function* inTurns(textIndexes: readonly number[], texts: readonly string[]): Generator<readonly number[]> {
  let some: number[] = [];
  let characters = 0;
  for (const index of textIndexes) {
    some.push(index);
    characters += texts[index]!.length;
    if (characters < CHARACTERS_A_TURN) continue;
    yield some;
    some = [];
    characters = 0;
  }
  if (some.length > 0) yield some;
}

function tooManyWindows(): InvalidRequestError {
  const message = `relevant_spans may make more than ${MAX_WINDOWS} windows, which is the most that are read; ask for fewer documents with top_n`;
  return new InvalidRequestError('relevant_spans', message);
}
