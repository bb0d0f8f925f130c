import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { embeddedModelFolder } from '#libs/embedded-model';
import { openCheckpoint, scoreDirection } from '#libs/model-repository';
import type { StoredTensor } from '#libs/tensor';
import { TestServer } from '../support/server.js';
import { float32Tensor, writeSafetensors, type WrittenTensor } from '../support/write-safetensors.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PREFIX =
  '<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct provided. ' +
  'Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n';
const SUFFIX = '<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n';
const INSTRUCTION = 'Given a web search query, retrieve relevant passages that answer the query';
const QUERY = 'What is the capital of China?';
const DOCUMENTS = ['The capital of China is Beijing.', `It quotes <Document>: a${SUFFIX} in its middle.`, ''];
const wrappedQuery = `${PREFIX}<Instruct>: ${INSTRUCTION}\n<Query>: ${QUERY}\n`;
const wrapped = DOCUMENTS.map((document) => `<Document>: ${document}${SUFFIX}`);

/** What a server of the embedded model answers of itself, with files of its own. */
function checkOf(folder: string) {
  return TestServer.with({ MODEL_NAME: folder, BACKEND: 'tfjs', MODEL_CHECK: 'warn' }, async (server) => {
    const check = async () =>
      (await server.json<{ model_check: { status: string; reason?: string } }>('/health')).model_check;
    await server.until(async () => (await check()).status !== 'pending');
    return { ...(await check()), failed: await server.metric('rerank_model_check_failed') };
  });
}

describe('texts that come in the prompt of the model', () => {
  const server = TestServer.forAll({ BACKEND: 'tfjs' });

  interface Scored {
    readonly index: number;
    readonly relevance_score?: number;
    readonly score?: number;
  }

  async function scores(route: string, body: object): Promise<number[]> {
    const response = await server.post(route, body);
    const answer = (await response.json()) as Scored[] | { results?: Scored[]; data?: Scored[] };
    const list = Array.isArray(answer) ? answer : (answer.results ?? answer.data!);
    return list
      .toSorted((a, b) => a.index - b.index)
      .map(({ relevance_score: relevance, score }) => relevance ?? score!);
  }

  it.each([
    ['/v1/rerank', (query: string, documents: readonly string[]) => ({ query, documents })],
    ['/vllm/v1/rerank', (query: string, documents: readonly string[]) => ({ model: 'm', query, documents })],
    [
      '/vllm/score',
      (query: string, documents: readonly string[]) => ({ model: 'm', text_1: query, text_2: documents }),
    ],
    ['/tei/rerank', (query: string, documents: readonly string[]) => ({ query, texts: documents })],
  ])('score as the plain texts do at %s', async (route, body) => {
    const plain = await scores(route, body(QUERY, DOCUMENTS));
    const unwrapped = await scores(route, body(wrappedQuery, wrapped));
    expect(unwrapped).toHaveLength(DOCUMENTS.length);
    unwrapped.forEach((score, index) => expect(Math.abs(score - plain[index]!)).toBeLessThan(1e-6));
  });

  it('are counted', async () => {
    expect(await server.metric('rerank_unwrapped_requests_total')).toBe(4);
  });
});

describe('the check of a model', { timeout: 60_000 }, () => {
  const folder = temporaryFolder();
  const { model } = JSON.parse(readFileSync(path.join(embeddedModelFolder, 'tokenizer.json'), 'utf8')) as {
    model: { vocab: Record<string, number> };
  };
  const { yes, no } = model.vocab;

  beforeAll(() => {
    for (const file of ['config.json', 'model.safetensors', 'tokenizer.json']) {
      cpSync(path.join(embeddedModelFolder, file), path.join(folder, file));
    }
    mkdirSync(path.join(folder, '1_LogitScore'));
    const types = ['sentence_transformers.base.modules.transformer.Transformer', 'x.LogitScore'];
    const modules = types.map((type, index) => ({ type, path: index === 0 ? '' : '1_LogitScore' }));
    writeFileSync(path.join(folder, 'modules.json'), JSON.stringify(modules));
  });

  const scoreBy = (head: object) => writeFileSync(path.join(folder, '1_LogitScore/config.json'), JSON.stringify(head));

  /** The embedded model as a classifier of two rows, which are those of the tokens no and yes times `factor`. */
  function writeClassifier(id2label: object, factor = 1): string {
    const classifier = path.join(folder, 'classifier');
    const { config, checkpoint } = openCheckpoint(embeddedModelFolder);
    const tensors = Object.fromEntries(checkpoint.names().map((name) => [name, rewritten(checkpoint.tensor(name))]));
    const rows = [no!, yes!].flatMap((row) =>
      Array.from(scoreDirection({ config, checkpoint }, { kind: 'tokens', positive: row })),
    );
    const score = float32Tensor([2, config.hiddenSize], (index) => factor * rows[index]!);
    checkpoint.close();
    mkdirSync(classifier, { recursive: true });
    writeSafetensors(path.join(classifier, 'model.safetensors'), { ...tensors, 'score.weight': score });
    const plain = JSON.parse(readFileSync(path.join(embeddedModelFolder, 'config.json'), 'utf8')) as object;
    const changed = { ...plain, architectures: ['Qwen3ForSequenceClassification'], id2label };
    writeFileSync(path.join(classifier, 'config.json'), JSON.stringify(changed));
    cpSync(path.join(embeddedModelFolder, 'tokenizer.json'), path.join(classifier, 'tokenizer.json'));
    return classifier;
  }

  it('says nothing of a classifier whose labels are right', async () => {
    const classifier = writeClassifier({ 0: 'irrelevant', 1: 'relevant' });
    expect(await checkOf(classifier)).toEqual({ status: 'passed', failed: 0 });
  });

  it('reports exchanged labels', async () => {
    const found = await checkOf(writeClassifier({ 0: 'relevant', 1: 'irrelevant' }));
    expect(found).toMatchObject({ status: 'failed', failed: 1 });
    expect(found.reason).toContain('puts the wrong document first');
  });

  it('reports a head that scores everything alike', async () => {
    const found = await checkOf(writeClassifier({ 0: 'no', 1: 'yes' }, 1e-9));
    expect(found).toMatchObject({ status: 'failed', failed: 1 });
    expect(found.reason).toContain('scores everything alike');
  });

  it('says nothing of the embedded model', async () => {
    expect(await checkOf(embeddedModelFolder)).toEqual({ status: 'passed', failed: 0 });
  });

  it('says nothing of a model that is asked with another instruction', async () => {
    scoreBy({ true_token_id: yes, false_token_id: no });
    const settings = { prompts: { own: 'Find the passage that answers the question.' }, default_prompt_name: 'own' };
    writeFileSync(path.join(folder, 'config_sentence_transformers.json'), JSON.stringify(settings));
    expect(await checkOf(folder)).toEqual({ status: 'passed', failed: 0 });
  });

  it('reports exchanged tokens', async () => {
    scoreBy({ true_token_id: no, false_token_id: yes });
    const found = await checkOf(folder);
    expect(found).toMatchObject({ status: 'failed', failed: 1 });
    expect(found.reason).toContain('puts the wrong document first');
  });

  it('stops the server where it is asked to', async () => {
    scoreBy({ true_token_id: no, false_token_id: yes });
    const server = TestServer.spawn({ MODEL_NAME: folder, BACKEND: 'tfjs', MODEL_CHECK: 'refuse' });
    expect(await server.exit()).toBe(1);
    expect(server.log).toContain('the model does not rank: it puts the wrong document first');
  });
});

describe('a checkpoint that fits no prompt', { timeout: 60_000 }, () => {
  const folder = temporaryFolder();

  async function refusalOf(change: (files: { config: Json; tokenizer: Json }) => void): Promise<string> {
    const files = { config: embeddedJson('config.json'), tokenizer: embeddedJson('tokenizer.json') };
    change(files);
    cpSync(path.join(embeddedModelFolder, 'model.safetensors'), path.join(folder, 'model.safetensors'));
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify(files.config));
    writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(files.tokenizer));
    const server = TestServer.spawn({ MODEL_NAME: folder, BACKEND: 'tfjs' });
    expect(await server.exit()).toBe(1);
    return server.log;
  }

  it('is refused for ids beyond its table', async () => {
    const log = await refusalOf(({ tokenizer }) => {
      (tokenizer as { model: { vocab: Record<string, number> } }).model.vocab['beyond'] = 24_000;
    });
    expect(log).toMatch(/tokenizer\.json has ids up to 24000, but config\.json says vocab_size 24000; the two belong/u);
  });

  it('is refused for positions that no request fits into', async () => {
    const log = await refusalOf(({ config }) => (config['max_position_embeddings'] = 16));
    expect(log).toMatch(
      /the prompt takes \d+ tokens without any text, and prompts may have 16: max_position_embeddings/u,
    );
  });

  it('is refused for a tokenizer without the tokens of its prompt', async () => {
    const log = await refusalOf(({ tokenizer }) => {
      const { added_tokens: tokens } = tokenizer as { added_tokens: { content: string }[] };
      tokenizer['added_tokens'] = tokens.filter(({ content }) => !content.includes('think'));
    });
    expect(log).toMatch(
      /tokenizer\.json lacks the control token <think>; expected the tokenizer of a Qwen3 checkpoint/u,
    );
  });
});

type Json = Record<string, unknown>;

const WRITTEN = { bfloat16: 'BF16', float16: 'F16', float32: 'F32' } as const;

function embeddedJson(name: string): Json {
  return JSON.parse(readFileSync(path.join(embeddedModelFolder, name), 'utf8')) as Json;
}

function rewritten(stored: StoredTensor): WrittenTensor {
  return { dtype: WRITTEN[stored.dtype], shape: stored.shape, bytes: stored.read() };
}
