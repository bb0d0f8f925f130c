import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Tokenizer as ReferenceTokenizer } from 'tokenizers';
import { beforeEach, describe, expect, it } from 'vitest';
import { FAMILIES } from '#libs/model-repository';
import { concatenate, Tokenizer, TokenizerError, type PromptForms } from '#libs/tokenizer';
import { PromptTemplate, type PromptTexts } from './prompt-template.js';
import { documentLimit, fitDocuments } from './truncation.js';
import { folderOfTest } from '../../../test/support/temporary-folder.js';

type Json = Record<string, unknown>;
interface TokenizerJson {
  normalizer: unknown;
  pre_tokenizer: { pretokenizers: Json[] };
  model: Json & { merges: unknown[] };
  added_tokens: Json[];
}

const EMBEDDED = path.join(import.meta.dirname, '../../embedded-model/tokenizer.json');

let folder: string;
beforeEach(() => void (folder = folderOfTest()));

const QUERIES = ['What is the Capital of France?', '  Blanks at both Ends \n', 'ÀÉ ﬁ 機械 2024'];
const DOCUMENTS = ['Paris IS the capital.', '\n\nÜber alles ', '', '? 12345 e\u0301 …', 'a\tb'];
/** One whose texts stand behind line feeds and blanks, and one without control tokens. */
const PROMPTS = [FAMILIES.QWEN3_RERANKER, FAMILIES.CTXL_RERANK];

const normalised = (normalizer: unknown) => (json: TokenizerJson) => void (json.normalizer = normalizer);
const model = (change: Json) => (json: TokenizerJson) => void Object.assign(json.model, change);
const front = (pre: Json) => (json: TokenizerJson) => void json.pre_tokenizer.pretokenizers.unshift(pre);
const added = (change: Json) => (json: TokenizerJson) =>
  json.added_tokens.forEach((token) => Object.assign(token, change));

function written(change: (json: TokenizerJson) => void): void {
  const json = JSON.parse(readFileSync(EMBEDDED, 'utf8')) as TokenizerJson;
  change(json);
  writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(json));
}

/** Of the whole prompt, as a vendor's code would render and tokenise it. */
async function wholeIds(
  reference: ReferenceTokenizer,
  texts: { instruction?: string; query: string; document: string },
  forms: PromptForms,
) {
  const parts = texts.instruction === undefined ? forms.withoutInstruction : forms.withInstruction;
  const prompt = parts!.map((part) => ('text' in part ? part.text : 'slot' in part ? texts[part.slot] : '')).join('');
  return (await reference.encode(prompt, null, { addSpecialTokens: false })).getIds();
}

async function promptIds(template: PromptTemplate, texts: PromptTexts): Promise<number[]> {
  const ids = await template.encode(texts);
  const [document] = fitDocuments(ids, documentLimit(ids, { maxLength: 100_000 }));
  const { tail, tailAsks } = ids.frame;
  return Array.from(concatenate(ids.head, ids.query, document!.windows[0]!, tailAsks ? tail : new Int32Array(0)));
}

/** Whether every id is as the file has it; `refused` where the tokenizer was. */
async function idsOfPrompts(): Promise<'the same' | 'refused' | object> {
  const reference = ReferenceTokenizer.fromFile(path.join(folder, 'tokenizer.json'));
  for (const { prompt, defaultInstruction } of PROMPTS) {
    const tokenizer = await Tokenizer.load(folder, { forms: prompt }).catch((error: unknown) => error);
    if (tokenizer instanceof TokenizerError) return 'refused';
    const template = new PromptTemplate(tokenizer as Tokenizer, (tokenizer as Tokenizer).constants.forms);
    const instruction = defaultInstruction === undefined ? {} : { instruction: defaultInstruction };
    for (const query of QUERIES) {
      for (const document of DOCUMENTS) {
        const ids = await promptIds(template, { ...instruction, query, documents: [document] });
        const expected = await wholeIds(reference, { ...instruction, query, document }, prompt);
        if (ids.join() !== expected.join()) return { query, document, ids, expected };
      }
    }
  }
  return 'the same';
}

describe('a tokenizer of another form gives the ids of its whole prompt', { timeout: 60_000 }, () => {
  it.each<[string, (json: TokenizerJson) => void]>([
    ['tok_lower: lower-casing', normalised({ type: 'Lowercase' })],
    [
      'lower-casing behind NFC',
      normalised({ type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Lowercase' }] }),
    ],
    ['no normaliser', normalised(null)],
    ['NFKC', normalised({ type: 'NFKC' })],
    ['NFD', normalised({ type: 'NFD' })],
    ['without accents', normalised({ type: 'Sequence', normalizers: [{ type: 'NFD' }, { type: 'StripAccents' }] })],
    ['merges as texts', (json) => void (json.model.merges = json.model.merges.map((pair) => asText(pair)))],
    ['merges that are ignored', model({ ignore_merges: true })],
    ['bytes as a last way out', model({ byte_fallback: true })],
    ['normalised control tokens', added({ normalized: true })],
    ['control tokens that are not special', added({ special: false })],
  ])('%s', async (_what, change) => {
    written(change);
    expect(await idsOfPrompts()).toBe('the same');
  });
});

function asText(pair: unknown): unknown {
  return Array.isArray(pair) ? pair.join(' ') : pair;
}

describe(
  'a tokenizer that joins, strips or adds gives the ids of its whole prompt, or is refused:',
  { timeout: 60_000 },
  () => {
    it.each<[string, (json: TokenizerJson) => void]>([
      ['stripping', normalised({ type: 'Strip', strip_left: true, strip_right: true })],
      ['something in front', normalised({ type: 'Prepend', prepend: 'x' })],
      ['blanks replaced', normalised({ type: 'Replace', pattern: { String: ' ' }, content: '_' })],
      ['pairs of line feeds replaced', normalised({ type: 'Replace', pattern: { String: '\n\n' }, content: '\n' })],
      ['single digits', front({ type: 'Digits', individual_digits: true })],
      ['punctuation apart', front({ type: 'Punctuation', behavior: 'Isolated' })],
      ['no words at all', (json) => void json.pre_tokenizer.pretokenizers.shift()],
      [
        'a blank in front of each text',
        (json) => void Object.assign(json.pre_tokenizer.pretokenizers.at(-1)!, { add_prefix_space: true }),
      ],
    ])('%s', async (_what, change) => {
      written(change);
      expect(['the same', 'refused']).toContainEqual(await idsOfPrompts());
    });
  },
);

describe('a broken tokenizer.json is refused:', () => {
  it.each<[string, (json: TokenizerJson) => void, RegExp]>([
    ['no vocabulary', model({ vocab: null }), /has no BPE model/u],
    ['a vocabulary in a list', model({ vocab: [] }), /has no BPE model/u],
    ['an id that is none', model({ vocab: { a: 1.5 } }), /model\.vocab must give "a" an id, got 1\.5; take the/u],
    [
      'an id beyond all tables',
      model({ vocab: { a: 2 ** 40 } }),
      /model\.vocab must give "a" an id, got 1099511627776/u,
    ],
    ['chance', model({ dropout: 0.1 }), /model\.dropout must be null, got 0\.1: .*take the tokenizer\.json/u],
    [
      'added tokens in an object',
      (json) => void Object.assign(json, { added_tokens: {} }),
      /added_tokens must be a list/u,
    ],
    [
      'an added token that is null',
      (json) => void Object.assign(json, { added_tokens: [null] }),
      /must have id and content, got null/u,
    ],
    ['an added token without a text', added({ content: '' }), /must have id and content, got \{/u],
    ['merges of nothing', model({ merges: [['qqqq', 'zzzz']] }), /not a tokenizer this server can read/u],
    [
      'tok_addednull',
      (json) => void Object.assign(json, { added_tokens: null }),
      /lacks the control token <\|im_start\|>/u,
    ],
    ['tok_rstrip', added({ rstrip: true }), /gives .* one of lstrip, rstrip, single_word/u],
  ])('%s', async (_what, change, message) => {
    written(change);
    const loading = Tokenizer.load(folder, { forms: FAMILIES.QWEN3_RERANKER.prompt });
    await expect(loading).rejects.toThrow(TokenizerError);
    await expect(loading).rejects.toThrow(message);
  });
});
