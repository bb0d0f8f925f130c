import path from 'node:path';
import { LLAMA_CPP_PYTHON, type Form, type Peer, type Place, type Software } from './peer.js';

const ROOT = path.join(import.meta.dirname, '../../../../..');
const SCRIPTS = path.join(ROOT, 'apps/bench/peers');
const SERVER = path.join(ROOT, 'dist/apps/server/src/main.js');

/** Of llama-server: documents that one pass takes together, tokens of all their prompts, tokens of a pass. */
const LLAMA_SLOTS = 4;
const LLAMA_CONTEXT = 8192;
const LLAMA_BATCH = 2048;

/** Every server that can be compared; ours first, the others are judged by. */
export const CATALOGUE: readonly Peer[] = [
  ours('f32', { memoryGib: 3.5, batchesCallers: false }),
  ours('bf16', { memoryGib: 2.2, batchesCallers: true }),
  ours('int8', { memoryGib: 1.7, batchesCallers: true }),
  vllm('vllm', 'causal-lm'),
  vllm('vllm-int8', 'w8a8'),
  python('transformers', 'transformers_server.py', 'causal-lm', ['--dtype', 'bf16', '--last-logits']),
  python('reference', 'transformers_server.py', 'causal-lm', ['--dtype', 'f32']),
  python('sentence-transformers', 'sentence_transformers_server.py', 'classifier', ['--dtype', 'bf16']),
  python('sentence-transformers-f32', 'sentence_transformers_server.py', 'classifier', ['--dtype', 'f32']),
  openvino(),
  llama('q8_0'),
  llama('bf16'),
  llama('f32'),
  npmLlama('q8_0'),
  npmLlama('bf16'),
  npmLlama('f32'),
];

/** The table of the documentation. */
export const DEFAULT_NAMES = 'ours,vllm,transformers,openvino,llama.cpp-q8_0,llama.cpp-npm-q8_0';

/**
 * @param only Names separated by commas, or `all`. A name takes all that begin with it and a dash, unless a peer is called
 *   exactly so: `ours` is ours in each format, `vllm` is vLLM in bf16 alone.
 */
export function choosePeers(only: string): Peer[] {
  const names = only === 'all' ? CATALOGUE.map(({ name }) => name) : only.split(',');
  const chosen = new Set(names.flatMap((name) => named(name)));
  return CATALOGUE.filter((peer) => chosen.has(peer));
}

function named(name: string): Peer[] {
  const exact = CATALOGUE.filter((peer) => peer.name === name);
  const found = exact.length > 0 ? exact : CATALOGUE.filter((peer) => peer.name.startsWith(`${name}-`));
  if (found.length > 0) return found;
  throw new Error(`--only must be of ${CATALOGUE.map((peer) => peer.name).join(', ')} or all, got ${name}`);
}

function ours(dtype: string, { memoryGib, batchesCallers }: Pick<Peer, 'memoryGib' | 'batchesCallers'>): Peer {
  const command = ({ form, port, threads }: Place) => [
    `MODEL_NAME=${form('causal-lm')}`,
    `DTYPE=${dtype}`,
    'MODEL_CHECK=off',
    `TORCH_THREADS=${threads}`,
    'HOST=127.0.0.1',
    `PORT=${port}`,
    // Eight callers with long documents wait longer than a user would: no request is refused here.
    'MAX_QUEUE_SECONDS=3600',
    'REQUEST_TIMEOUT=3600',
    process.execPath,
    SERVER,
  ];
  return { name: `ours-${dtype}`, kind: 'qwen3', software: [], form: 'causal-lm', memoryGib, batchesCallers, command };
}

function vllm(name: string, form: Form): Peer {
  const overrides = {
    architectures: ['Qwen3ForSequenceClassification'],
    classifier_from_token: ['no', 'yes'],
    is_original_qwen3_reranker: true,
  };
  const command = (place: Place) => [
    `LD_PRELOAD=${place.installed('vllm', 'lib/libiomp5.so')}`,
    'VLLM_CPU_KVCACHE_SPACE=4',
    `VLLM_CPU_OMP_THREADS_BIND=0-${place.threads - 1}`,
    'HF_HUB_OFFLINE=1',
    'VLLM_NO_USAGE_STATS=1',
    // With torch 2.13 it compiles ahead of time again at every start: what it kept cannot be loaded. The older cache can.
    'VLLM_USE_AOT_COMPILE=0',
    place.installed('vllm', 'bin/vllm'),
    'serve',
    place.form(form),
    '--served-model-name=model',
    '--runner=pooling',
    `--hf-overrides=${JSON.stringify(overrides)}`,
    `--chat-template=${path.join(place.form(form), 'rerank.jinja')}`,
    '--dtype=bfloat16',
    '--max-model-len=8192',
    '--enable-prefix-caching',
    '--host=127.0.0.1',
    `--port=${place.port}`,
  ];
  const about = `vLLM for CPUs, ${form === 'w8a8' ? 'int8 weights and activations' : 'bf16'}, prefix caching`;
  return { name, kind: 'vllm', software: ['vllm'], form, about, memoryGib: 8.5, batchesCallers: true, command };
}

function python(name: string, script: string, form: Form, options: readonly string[]): Peer {
  const command = (place: Place) => [...pythonServer(place, 'transformers', script, form), ...options];
  const memoryGib = options.includes('bf16') ? 3 : 6;
  return { name, kind: 'seed', software: ['transformers'], form, memoryGib, batchesCallers: false, command };
}

function openvino(): Peer {
  const form = 'openvino-int8';
  const command = (place: Place) => pythonServer(place, 'openvino', 'openvino_server.py', form);
  return { name: 'openvino', kind: 'seed', software: ['openvino'], form, memoryGib: 9, batchesCallers: false, command };
}

function pythonServer(place: Place, software: Software, script: string, form: Form): string[] {
  const options = ['--model', place.form(form), '--port', String(place.port), '--threads', String(place.threads)];
  return ['HF_HUB_OFFLINE=1', place.installed(software, 'bin/python'), path.join(SCRIPTS, script), ...options];
}

/** llama.cpp's own server, built for this machine. */
function llama(format: 'f32' | 'bf16' | 'q8_0'): Peer {
  const form: Form = `${format}.gguf`;
  const command = ({ form: of, installed, port, threads }: Place) => {
    const options = { port, threads, 'threads-batch': threads, parallel: LLAMA_SLOTS };
    const sizes = { 'ctx-size': LLAMA_CONTEXT, 'batch-size': LLAMA_BATCH, 'ubatch-size': LLAMA_BATCH };
    const pairs = Object.entries({ model: of(form), host: '127.0.0.1', ...options, ...sizes });
    const words = pairs.flatMap(([name, value]) => [`--${name}`, String(value)]);
    return [installed('llama.cpp', 'build/bin/llama-server'), '--reranking', '-lv', '4', ...words];
  };
  const shared = { kind: 'llamacpp', memoryGib: format === 'f32' ? 11 : 9, batchesCallers: true } as const;
  const about = `llama-server of llama-cpp-python ${LLAMA_CPP_PYTHON}, built with this machine's flags, ${format}`;
  return { name: `llama.cpp-${format}`, software: ['llama.cpp'], form, about, ...shared, command };
}

/** llama.cpp as npm brings it, by way of node-llama-cpp. */
function npmLlama(format: 'f32' | 'bf16' | 'q8_0'): Peer {
  const form: Form = `${format}.gguf`;
  const command = (place: Place) => [
    process.execPath,
    path.join(SCRIPTS, 'llamacpp-server.mjs'),
    place.form(form),
    String(place.port),
    String(place.threads),
    place.installed('node-llama-cpp', ''),
  ];
  const shared = { kind: 'seed', memoryGib: format === 'f32' ? 4 : 2, batchesCallers: false } as const;
  return { name: `llama.cpp-npm-${format}`, software: ['node-llama-cpp'], form, ...shared, command };
}
