import { symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { byteLevelAlphabet } from 'tokenizers';
import { beforeEach, describe, expect, it } from 'vitest';
import { folderOfTest } from '../../../test/support/temporary-folder.js';
import { TokenizerError } from './errors.js';
import type { PromptFrame } from './prompt-parts.js';
import { Tokenizer } from './tokenizer.js';

const FRAME: PromptFrame = {
  forms: {
    withoutInstruction: [
      { text: '<|s|>A\nB:' },
      { slot: 'query' },
      { text: '</think>A: ' },
      { slot: 'document' },
      { text: '</think>B' },
    ],
  },
  answers: { positive: 'yes', negative: 'no' },
};

// A byte-level tokenizer of our own: 256 bytes, four merged pieces, two control tokens.
const alphabet = byteLevelAlphabet().toSorted();
const pieces = ['ye', 'yes', 'no', '</'];
const vocab = Object.fromEntries([...alphabet, ...pieces].map((token, id) => [token, id]));
const added = (id: number, content: string) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});
const TINY = {
  version: '1.0',
  added_tokens: [added(260, '<|s|>'), added(261, '</think>')],
  normalizer: { type: 'NFC' },
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: true },
  post_processor: null,
  decoder: null,
  model: {
    type: 'BPE',
    vocab,
    merges: [
      ['y', 'e'],
      ['ye', 's'],
      ['n', 'o'],
      ['<', '/'],
    ],
  },
};

describe('a tokenizer of our own', () => {
  let folder: string;

  beforeEach(() => {
    folder = folderOfTest();
  });

  const load = async (json: object | string, frame: Partial<PromptFrame> = {}) => {
    await writeFile(path.join(folder, 'tokenizer.json'), typeof json === 'string' ? json : JSON.stringify(json));
    return Tokenizer.load(folder, { ...FRAME, ...frame });
  };

  const refusal = async (json: object | string, frame: Partial<PromptFrame> = {}) => {
    const error: unknown = await load(json, frame).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TokenizerError);
    expect((error as Error).message).toContain(path.join(folder, 'tokenizer.json'));
    return (error as Error).message;
  };

  it('gives the frame its own ids', async () => {
    const { constants } = await load(TINY);
    const ids = (text: string) =>
      Int32Array.from(text.replaceAll('\n', 'Ċ').split(''), (character) => vocab[character]!);
    expect(constants).toEqual({
      forms: {
        withoutInstruction: {
          head: [{ ids: Int32Array.of(260) }, { ids: ids('A\nB') }],
          query: [{ pieces: [{ text: ':' }, { slot: 'query' }] }, { ids: Int32Array.of(261) }, { ids: ids('A:') }],
          document: { before: ' ', after: '', beforeIds: ids('Ġ'), afterIds: ids('') },
          tail: [{ ids: Int32Array.of(261) }, { ids: ids('B') }],
        },
      },
      positiveId: vocab['yes'],
      negativeId: vocab['no'],
      vocabularySize: 262,
    });
  });

  it('ignores truncation, padding and a post-processor that the file asks for', async () => {
    const truncation = { direction: 'Right', max_length: 2, strategy: 'LongestFirst', stride: 0 };
    const padding = {
      strategy: { Fixed: 9 },
      direction: 'Right',
      pad_to_multiple_of: null,
      pad_id: 0,
      pad_type_id: 0,
      pad_token: 'A',
    };
    const post_processor = {
      type: 'TemplateProcessing',
      single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</think>', type_id: 0 } }],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: { '</think>': { id: '</think>', ids: [261], tokens: ['</think>'] } },
    };
    const tokenizer = await load({ ...TINY, truncation, padding, post_processor });
    const [ids] = await tokenizer.encode(['ABAB']);
    expect([...ids!]).toEqual([vocab['A'], vocab['B'], vocab['A'], vocab['B']]);
  });

  it('keeps control tokens out of user text even when they are in the vocabulary too', async () => {
    const model = { ...TINY.model, vocab: { ...vocab, '<|s|>': 260, '</think>': 261 } };
    const tokenizer = await load({ ...TINY, model });
    const [ids] = await tokenizer.encode(['<|s|>']);
    expect([...ids!]).toEqual('<|s|>'.split('').map((character) => vocab[character]));
  });

  it('refuses a folder without tokenizer.json', async () => {
    await expect(Tokenizer.load(folder, FRAME)).rejects.toThrow(
      /cannot read .*tokenizer\.json.*copy it into the folder/u,
    );
  });

  it('refuses a file that cannot be opened by its code, and does not advise what would not help', async () => {
    await symlink('tokenizer.json', path.join(folder, 'tokenizer.json'));
    await expect(Tokenizer.load(folder, FRAME)).rejects.toThrow(/cannot read .*tokenizer\.json \(ELOOP\)$/u);
  });

  it('refuses a file that is not JSON', async () => {
    expect(await refusal('{"model":')).toContain('is not JSON');
    expect(await refusal('version https://git-lfs.github.com/spec/v1')).toContain('is a pointer of Git LFS');
  });

  it('refuses a file without a BPE model', async () => {
    expect(await refusal({ ...TINY, model: { type: 'Unigram', vocab: [['a', 0]] } })).toContain('no BPE model');
    expect(await refusal('null')).toContain('no BPE model');
  });

  it('refuses a file that the library cannot read', async () => {
    const broken = { ...TINY, pre_tokenizer: { type: 'Unheard' } };
    expect(await refusal(broken)).toContain('not a tokenizer this server can read');
  });

  it('refuses a missing control token by name', async () => {
    expect(await refusal({ ...TINY, added_tokens: [added(260, '<|s|>')] })).toContain(
      'lacks the control token </think>',
    );
  });

  it('refuses a control token that swallows its neighbours', async () => {
    const added_tokens = [added(260, '<|s|>'), { ...added(261, '</think>'), rstrip: true }];
    expect(await refusal({ ...TINY, added_tokens })).toContain('gives </think> one of lstrip, rstrip, single_word');
  });

  it('refuses a model that makes a control token of plain text', async () => {
    const model = {
      ...TINY.model,
      vocab: { ...vocab, '<|': 262, '<|s': 263, '<|s|': 264, '<|s|>': 260 },
      merges: [['<', '|'], ['<|', 's'], ['<|s', '|'], ['<|s|', '>'], ...TINY.model.merges],
    };
    expect(await refusal({ ...TINY, model, pre_tokenizer: { ...TINY.pre_tokenizer, use_regex: false } })).toContain(
      'makes <|s|> in a document a control token',
    );
  });

  it('refuses an answer that is not one token', async () => {
    expect(await refusal(TINY, { answers: { positive: 'sey' } })).toContain('splits "sey" into 3 tokens');
  });

  it('refuses a tokenizer that joins tokens where the prompt is cut', async () => {
    const model = { ...TINY.model, vocab: { ...vocab, ':Ġ': 262 }, merges: [[':', 'Ġ'], ...TINY.model.merges] };
    expect(await refusal({ ...TINY, model, pre_tokenizer: { ...TINY.pre_tokenizer, use_regex: false } })).toContain(
      'joins tokens across "A:" | " "',
    );
  });
});
