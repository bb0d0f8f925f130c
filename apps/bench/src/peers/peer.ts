import type { TargetKind } from '../load/targets.js';

/** What must be installed before a peer runs, each in a folder of its own. */
export type Software = 'transformers' | 'vllm' | 'openvino' | 'node-llama-cpp' | 'llama.cpp';

/** Its source package carries the sources of llama.cpp, the server among them. */
export const LLAMA_CPP_PYTHON = '0.3.36';

/** The checkpoint as a peer loads it: a folder or file of that name. */
export type Form = 'causal-lm' | 'classifier' | 'w8a8' | 'f32.gguf' | 'bf16.gguf' | 'q8_0.gguf' | 'openvino-int8';

/** What a command line is made of. */
export interface Place {
  readonly port: number;
  readonly threads: number;
  /** Path of a form of the checkpoint. */
  readonly form: (form: Form) => string;
  /** Path inside of the folder of something installed. */
  readonly installed: (software: Software, file: string) => string;
}

/** A server of the comparison, ours among them. */
export interface Peer {
  readonly name: string;
  readonly kind: TargetKind;
  readonly software: readonly Software[];
  readonly form: Form;
  /** What it does not say about itself when asked. */
  readonly about?: string;
  /** With the 0.6B shape, resident at 20 documents a request: decides who may stay in memory beside whom. */
  readonly memoryGib: number;
  /** Documents of several callers share its passes: worth asking by several at once. */
  readonly batchesCallers: boolean;
  /** `NAME=value` first, where it needs variables, then the program and its arguments. */
  readonly command: (place: Place) => readonly string[];
}
