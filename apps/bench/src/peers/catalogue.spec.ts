import { describe, expect, it } from 'vitest';
import { CATALOGUE, choosePeers } from './catalogue.js';
import { BARS } from './bars.js';

const names = (only: string) => choosePeers(only).map(({ name }) => name);

describe('the choice of peers', () => {
  it('takes exact names, else all that begin with the name, and keeps ours first', () => {
    expect(names('vllm,ours')).toEqual(['ours-f32', 'ours-bf16', 'ours-int8', 'vllm']);
    expect(names('llama.cpp-npm')).toEqual(['llama.cpp-npm-q8_0', 'llama.cpp-npm-bf16', 'llama.cpp-npm-f32']);
    expect(names('all')).toHaveLength(CATALOGUE.length);
  });

  it('refuses a name that no peer has, and says which there are', () => {
    expect(() => choosePeers('ours,tei')).toThrow(/--only must be of ours-f32, .*got tei/u);
  });
});

describe('the bars', () => {
  it('name peers that can be run', () => {
    const named = BARS.flatMap(({ ours, peers }) => peers.concat(ours));
    expect(named.filter((name) => !CATALOGUE.some((peer) => peer.name === name))).toEqual([]);
  });
});

describe('a command line', () => {
  it('preloads the OpenMP that vLLM for CPUs wants and names the port and the checkpoint', () => {
    const place = {
      port: 1234,
      threads: 2,
      form: (form: string) => `/data/${form}`,
      installed: (software: string, file: string) => `/kept/${software}/${file}`,
    };
    const [vllm] = choosePeers('vllm');
    const words = vllm!.command(place);
    expect(words[0]).toBe('LD_PRELOAD=/kept/vllm/lib/libiomp5.so');
    expect(words).toContain('VLLM_CPU_OMP_THREADS_BIND=0-1');
    expect(words).toContain('--port=1234');
    expect(words).toContain('/data/causal-lm');
  });
});
