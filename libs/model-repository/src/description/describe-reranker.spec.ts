import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { TINY_CONFIG } from '../../../../test/support/tiny-checkpoint.js';
import { readCheckpointConfig } from '../checkpoint-config.js';
import { ModelError } from '../model-error.js';
import { describeReranker } from './describe-reranker.js';
import { FAMILIES } from './families.js';
import { folderOfTest } from '../../../../test/support/temporary-folder.js';

let folder: string;
beforeEach(() => void (folder = folderOfTest()));

type Files = Readonly<Record<string, object | string>>;

function describeFiles(files: Files, config: object = {}) {
  for (const [name, content] of Object.entries({ 'config.json': { ...TINY_CONFIG, ...config }, ...files })) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return describeReranker(folder, readCheckpointConfig(folder));
}

const MODULES = [
  { idx: 0, name: '0', path: '', type: 'sentence_transformers.base.modules.transformer.Transformer' },
  {
    idx: 1,
    name: '1',
    path: '1_LogitScore',
    type: 'sentence_transformers.cross_encoder.modules.logit_score.LogitScore',
  },
];
const ST = (head: object = { true_token_id: 9, false_token_id: 2 }): Files => ({
  'modules.json': MODULES,
  '1_LogitScore/config.json': head,
  'chat_template.jinja': OWN_TEMPLATE,
});
const OWN_TEMPLATE =
  "{% set i = messages | selectattr('role', 'eq', 'system') | map(attribute='content') | first | default('Judge.', true) %}" +
  "Q: {{ (messages | selectattr('role', 'eq', 'query') | first).content }}\nI: {{ i }}\n" +
  "D: {{ (messages | selectattr('role', 'eq', 'document') | first).content }}\nA:\n\n";
const OWN_PARTS = (instruction: object) => [
  { text: 'Q: ' },
  { slot: 'query' },
  { text: '\nI: ' },
  instruction,
  { text: '\nD: ' },
  { slot: 'document' },
  { text: '\nA:\n' },
];

describe("sentence-transformers' files", () => {
  it('say prompt, score and default instruction', () => {
    const settings = { prompts: { legal: 'Judge as a lawyer.' }, default_prompt_name: 'legal' };
    const description = describeFiles({ ...ST(), 'config_sentence_transformers.json': settings });
    expect(description).toMatchObject({
      family: 'sentence-transformers',
      defaultInstruction: 'Judge as a lawyer.',
      score: { head: { kind: 'tokens', positive: 9, negative: 2 }, scale: 1 },
      sources: {
        prompt: 'chat_template.jinja',
        score: '1_LogitScore/config.json',
        instruction: 'config_sentence_transformers.json',
      },
    });
    expect(description.prompt.withInstruction).toEqual(OWN_PARTS({ slot: 'instruction' }));
  });

  it('leave it to the template what stands without an instruction', () => {
    const { prompt, defaultInstruction } = describeFiles(ST());
    expect(defaultInstruction).toBeUndefined();
    const merged = [
      { text: 'Q: ' },
      { slot: 'query' },
      { text: '\nI: Judge.\nD: ' },
      { slot: 'document' },
      { text: '\nA:\n' },
    ];
    expect(prompt.withoutInstruction).toEqual(merged);
  });

  it('may have one token that speaks for the document', () => {
    expect(describeFiles(ST({ true_token_id: 5, false_token_id: null })).score.head).toEqual({
      kind: 'tokens',
      positive: 5,
    });
  });

  it('win over what is known of a family, whose scale a known template brings', () => {
    const template =
      "{{ '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n<|im_start|>user\\n' + messages[1].content }}" +
      "{{ '<|im_end|>\\n' }}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
    const settings = { processing_kwargs: { chat_template: { add_generation_prompt: true } } };
    const files = {
      ...ST({ true_token_id: 5 }),
      'chat_template.jinja': template,
      'sentence_bert_config.json': settings,
    };
    const description = describeFiles(files);
    expect(description).toMatchObject({ family: 'zerank', score: { head: { positive: 5 }, scale: 0.2 } });
    expect(description.prompt).toEqual(FAMILIES.ZERANK.prompt);
  });

  it('name the template that sentence-transformers renders, also for typed contents', () => {
    const template = "{% for message in messages %}{{ message.role }}={{ message.content[0]['text'] }};{% endfor %}";
    const settings = { processing_kwargs: { chat_template: { chat_template: 'judge' } } };
    const { prompt, sources } = describeFiles({
      ...ST(),
      'additional_chat_templates/judge.jinja': template,
      'sentence_bert_config.json': settings,
    });
    expect(sources.prompt).toBe('additional_chat_templates/judge.jinja');
    const pair = [{ text: 'query=' }, { slot: 'query' }, { text: ';document=' }, { slot: 'document' }, { text: ';' }];
    expect(prompt.withoutInstruction).toEqual(pair);
    expect(prompt.withInstruction).toEqual([
      { text: 'system=' },
      { slot: 'instruction' },
      { text: ';query=' },
      ...pair.slice(1),
    ]);
  });

  const SETTINGS = 'config_sentence_transformers.json';
  it.each<[string, Files, RegExp]>([
    [
      'an embedding model',
      { 'modules.json': [MODULES[0]!, { path: '1', type: 'x.Pooling' }] },
      /modules\.json must list .*, got Transformer, Pooling\. That is an embedding model/u,
    ],
    [
      'a model in another folder',
      { 'modules.json': [{ ...MODULES[0], path: '0_Transformer' }, MODULES[1]!] },
      /path of the Transformer must be "", got "0_Transformer"; set MODEL_NAME/u,
    ],
    [
      'a score of no token',
      { ...ST({ true_token_id: 'yes' }) },
      /1_LogitScore\/config\.json: true_token_id must be the id of a token, got "yes"/u,
    ],
    ['two answers that are one', { ...ST({ true_token_id: 5, false_token_id: 5 }) }, /are both 5/u],
    [
      'another activation',
      { ...ST(), [SETTINGS]: { activation_fn: 'torch.nn.modules.activation.Tanh' } },
      /activation_fn must be .*, got "torch\.nn\.modules\.activation\.Tanh"/u,
    ],
    [
      'a default prompt that is not there',
      { ...ST(), [SETTINGS]: { default_prompt_name: 'a', prompts: {} } },
      /default_prompt_name must be one of the prompts \(\[\]\), got "a"/u,
    ],
    [
      'a template that trims',
      { ...ST(), 'chat_template.jinja': OWN_TEMPLATE.replaceAll('.content }}', '.content | trim }}') },
      /chat_template\.jinja must only insert the texts .*expected .*, got/u,
    ],
    [
      'a template that looks at a text',
      { ...ST(), 'chat_template.jinja': `${OWN_TEMPLATE}{% if '</think>' in messages[0].content %}!{% endif %}` },
      /What depends on a text's content is not served/u,
    ],
    [
      'a template that repeats the query',
      { ...ST(), 'chat_template.jinja': OWN_TEMPLATE.replace('A:', '{{ messages[0].content }}') },
      /puts the query into 2 places/u,
    ],
    [
      'a template that fails',
      { ...ST(), 'chat_template.jinja': "{{ raise_exception('query and document') }}{{ 'query' }}" },
      /cannot be rendered with messages of the roles query and document/u,
    ],
    [
      'tokens of no known family without a template',
      {
        'modules.json': MODULES,
        '1_LogitScore/config.json': { true_token_id: 7 },
        'tokenizer.json': { model: { vocab: {} } },
      },
      /1_LogitScore\/config\.json says which tokens .*, but no file says how the model is asked/u,
    ],
  ])('are refused for %s', (_what, files, message) => {
    expect(() => describeFiles(files)).toThrow(ModelError);
    expect(() => describeFiles(files)).toThrow(message);
  });

  it('are refused where a classifier contradicts them', () => {
    const classifier = { architectures: ['Qwen3ForSequenceClassification'], num_labels: 1 };
    expect(() => describeFiles(ST(), classifier)).toThrow(/makes the score of tokens, but .* a classifier/u);
  });
});

describe('without these files', () => {
  const CHAT_TEMPLATE =
    "{% for message in messages %}{% if message.role in ['user', 'system'] %}{{ message.content }}{% endif %}{% endfor %}";

  it.each<[string, object, Files, string]>([
    ['a causal Qwen3 is a Qwen3-Reranker', {}, { 'chat_template.jinja': CHAT_TEMPLATE }, 'Qwen3-Reranker'],
    ['a causal Qwen2 is a mxbai-rerank-v2', { architectures: ['Qwen2ForCausalLM'] }, {}, 'mxbai-rerank-v2'],
    [
      'a model for images is a Qwen3-VL-Reranker',
      { architectures: ['Qwen3VLForConditionalGeneration'] },
      {},
      'Qwen3-VL-Reranker',
    ],
    [
      "the code of zerank's first releases says so",
      { auto_map: { AutoConfig: 'modeling_zeranker.ZEConfig' } },
      {},
      'zerank',
    ],
  ])('%s', (_what, config, files, family) => {
    expect(describeFiles(files, config).family).toBe(family);
  });

  it('the template alone may say which family it is', () => {
    const template =
      'Check whether a given document contains information helpful to answer the query.\n<Document> ' +
      "{{ messages | selectattr('role', 'eq', 'document') | map(attribute='content') | first }}\n<Query> " +
      "{{ messages | selectattr('role', 'eq', 'query') | map(attribute='content') | first }} ??";
    const description = describeFiles({ 'tokenizer_config.json': { chat_template: [{ name: 'rerank', template }] } });
    expect(description).toMatchObject({ family: 'ctxl-rerank-v2', score: { head: { positive: 0 } } });
    expect(description.prompt).toEqual(FAMILIES.CTXL_RERANK.prompt);
    expect(description.sources.prompt).toBe('tokenizer_config.json[rerank]');
  });

  it('tokens that a family scores with say which one it is, in either order', () => {
    const files = {
      'modules.json': MODULES,
      '1_LogitScore/config.json': { true_token_id: 2, false_token_id: 9 },
      'tokenizer.json': { model: { vocab: { yes: 9, no: 2 } } },
    };
    const { family, score } = describeFiles(files);
    expect(family).toBe('Qwen3-Reranker');
    expect(score.head).toEqual({ kind: 'tokens', positive: 2, negative: 9 });
  });

  it('tokens of its own are asked with the prompt that ms-swift trained with', () => {
    const files = {
      'modules.json': MODULES,
      '1_LogitScore/config.json': { true_token_id: 7, false_token_id: 8 },
      'tokenizer.json': { model: { vocab: { yes: 9, no: 2 } } },
      'args.json': { template: 'qwen3_reranker', task_type: 'generative_reranker' },
    };
    const { family, prompt, score } = describeFiles(files);
    expect(family).toBe('Qwen3-Reranker');
    expect(prompt).toEqual(FAMILIES.QWEN3_RERANKER.prompt);
    expect(score.head).toEqual({ kind: 'tokens', positive: 7, negative: 8 });
  });

  it.each([
    [
      { 0: 'relevant', 1: 'irrelevant' },
      { kind: 'labels', positive: 0, negative: 1 },
    ],
    [
      { 0: 'False', 1: 'True' },
      { kind: 'labels', positive: 1, negative: 0 },
    ],
    [
      { 0: 'LABEL_0', 1: 'LABEL_1' },
      { kind: 'labels', positive: 1, negative: 0 },
    ],
    [{ 0: 'score' }, { kind: 'labels', positive: 0 }],
  ])('labels %o say which row speaks for the document', (id2label, head) => {
    const config = { architectures: ['Qwen3ForSequenceClassification'], id2label };
    expect(describeFiles({}, config).score.head).toEqual(head);
  });

  it('two labels that do not say it are refused', () => {
    const config = { architectures: ['Qwen3ForSequenceClassification'], id2label: { 0: 'yes', 1: 'other' } };
    expect(() => describeFiles({}, config)).toThrow(
      /id2label must name the two labels such as .*, got \["yes","other"\]/u,
    );
  });
});
