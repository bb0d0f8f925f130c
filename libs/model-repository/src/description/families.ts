import type { PromptForms, PromptPart } from '#libs/tokenizer';
import type { ScoreHead } from './reranker-description.js';

/** What is known of a family, for checkpoints that do not say it themselves. */
export interface Family {
  readonly name: string;
  readonly prompt: PromptForms;
  readonly defaultInstruction?: string;
  readonly head: ScoreHead & { readonly kind: 'tokens' };
  readonly scale: number;
  /** The name that ms-swift has for its prompt, in the args.json of what it trains. */
  readonly swiftTemplate?: string;
}

const INSTRUCTION: PromptPart = { slot: 'instruction' };
const QUERY: PromptPart = { slot: 'query' };
const DOCUMENT: PromptPart = { slot: 'document' };
const JOINT: PromptPart = { joint: true };

const JUDGE =
  '<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct ' +
  'provided. Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n<Instruct>: ';

/** The prompt of the model card (Transformers snippet), byte for byte, and its default; the GitHub repository has another. */
export const QWEN3_RERANKER: Family = {
  name: 'Qwen3-Reranker',
  prompt: {
    withInstruction: parts`${JUDGE}${INSTRUCTION}\n<Query>: ${QUERY}\n<Document>: ${DOCUMENT}<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n`,
  },
  defaultInstruction: 'Given a web search query, retrieve relevant passages that answer the query',
  head: { kind: 'tokens', positive: 'yes', negative: 'no' },
  scale: 1,
  swiftTemplate: 'qwen3_reranker',
};

/** scripts/qwen3_vl_reranker.py of the model card, with texts. */
const QWEN3_VL_RERANKER: Family = {
  name: 'Qwen3-VL-Reranker',
  prompt: {
    withInstruction: parts`${JUDGE}${INSTRUCTION}<Query>:${QUERY}\n<Document>:${DOCUMENT}<|im_end|>\n<|im_start|>assistant\n`,
  },
  defaultInstruction: 'Given a search query, retrieve relevant candidates that answer the query.',
  head: { kind: 'tokens', positive: 'yes', negative: 'no' },
  scale: 1,
};

/** The instruction as the vendor advises; its API answers sigmoid(logit / 5). */
const ZERANK: Family = {
  name: 'zerank',
  prompt: {
    withInstruction: parts`<|im_start|>system\n<query>${QUERY}</query>\n<instruction>${INSTRUCTION}</instruction><|im_end|>\n<|im_start|>user\n${DOCUMENT}<|im_end|>\n<|im_start|>assistant\n`,
    withoutInstruction: parts`<|im_start|>system\n${QUERY}<|im_end|>\n<|im_start|>user\n${DOCUMENT}<|im_end|>\n<|im_start|>assistant\n`,
  },
  head: { kind: 'tokens', positive: 'Yes' },
  scale: 1 / 5,
};

/** The score is the logit of the first token of the vocabulary. */
const CTXL_RERANK: Family = {
  name: 'ctxl-rerank-v2',
  prompt: {
    withInstruction: parts`Check whether a given document contains information helpful to answer the query.\n<Document> ${DOCUMENT}\n<Query> ${QUERY} ${INSTRUCTION} ??`,
    withoutInstruction: parts`Check whether a given document contains information helpful to answer the query.\n<Document> ${DOCUMENT}\n<Query> ${QUERY} ??`,
  },
  head: { kind: 'tokens', positive: 0 },
  scale: 1,
};

const MXBAI_START =
  '<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n<|im_start|>user\n';
const MXBAI_TASK =
  'You are a search relevance expert who evaluates how well documents match search queries. For each query-document pair, ' +
  'carefully analyze the semantic relationship between them, then provide your binary relevance judgment (0 for not ' +
  'relevant, 1 for relevant).\nRelevance:';

/** The vendor's package tokenises the pieces of its prompt apart. */
const MXBAI_RERANK: Family = {
  name: 'mxbai-rerank-v2',
  prompt: {
    withInstruction: parts`${MXBAI_START}${JOINT}instruction: ${INSTRUCTION}\nquery: ${QUERY}${JOINT}\n${JOINT}document: ${DOCUMENT}${JOINT}\n${JOINT}${MXBAI_TASK}${JOINT}<|im_end|>\n<|im_start|>assistant\n`,
    withoutInstruction: parts`${MXBAI_START}${JOINT}query: ${QUERY}${JOINT}\n${JOINT}document: ${DOCUMENT}${JOINT}\n${JOINT}${MXBAI_TASK}${JOINT}<|im_end|>\n<|im_start|>assistant\n`,
  },
  head: { kind: 'tokens', positive: '1', negative: '0' },
  scale: 1,
};

export const FAMILIES = { QWEN3_RERANKER, QWEN3_VL_RERANKER, ZERANK, CTXL_RERANK, MXBAI_RERANK } as const;

function parts(texts: TemplateStringsArray, ...values: readonly (string | PromptPart)[]): readonly PromptPart[] {
  return texts.flatMap((text, index) => {
    const value = values[index];
    const after = typeof value === 'string' ? [{ text: value }] : value === undefined ? [] : [value];
    return text === '' ? after : [{ text }, ...after];
  });
}
