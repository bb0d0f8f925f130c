/** How many times as fast as a peer's best round ours is wanted to be, by tokens of a document. */
export interface Bar {
  readonly ours: string;
  /** Peers of which the fastest counts. */
  readonly peers: readonly string[];
  readonly wanted: Readonly<Record<number, number>>;
}

const LLAMA_Q8_0 = ['llama.cpp-q8_0', 'llama.cpp-npm-q8_0'];

export const BARS: readonly Bar[] = [
  { ours: 'ours-bf16', peers: ['vllm'], wanted: { 14: 2.5, 50: 1.5, 100: 1.2, 350: 1 } },
  { ours: 'ours-int8', peers: ['vllm'], wanted: { 14: 3.5, 50: 2.2, 100: 1.7, 350: 1.35 } },
  { ours: 'ours-bf16', peers: ['transformers'], wanted: { 14: 4.7, 50: 2.7, 100: 1.6, 350: 1.7 } },
  { ours: 'ours-int8', peers: ['openvino'], wanted: { 14: 8, 50: 6, 100: 5, 350: 3 } },
  { ours: 'ours-int8', peers: LLAMA_Q8_0, wanted: { 14: 10, 50: 6, 100: 4.5, 350: 3 } },
];
