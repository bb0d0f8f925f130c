import type { Occupation } from './occupation.js';

/** Busy from here on: the GPU, or the engine where no driver says how busy the GPU is. */
const BUSY = 0.9;
/** A thread that works so much of the time has work waiting for it. */
const SATURATED = 0.85;
/** Batches are full when requests wait: less than a document is left over. */
const FULL = 0.8;

type Shares = Pick<
  Occupation,
  'computing' | 'batchFill' | 'tokenizeMs' | 'serverEventLoop' | 'engineEventLoop' | 'generator'
>;

/** In words, what keeps the GPU from being busy; that nothing does, when it is. */
export function limitOf(shares: Shares, gpuBusy: number | undefined): string {
  const { computing, batchFill, tokenizeMs, serverEventLoop, engineEventLoop, generator } = shares;
  const working =
    gpuBusy === undefined ? `the engine computes ${percent(computing)}` : `the GPU is busy ${percent(gpuBusy)}`;
  if ((gpuBusy ?? computing) >= BUSY) return `nothing: ${working} of the time`;
  if (serverEventLoop >= SATURATED) return `the server's event loop: ${percent(serverEventLoop)} of a core`;
  if (engineEventLoop >= SATURATED) return `the engine's event loop: ${percent(engineEventLoop)} of a core`;
  if (generator >= SATURATED) return `this load generator: ${percent(generator)} of a core`;
  if (batchFill < FULL) {
    return (
      `too few requests wait: batches have ${percent(batchFill)} of their budget on average; ` +
      `tokenising a request takes ${tokenizeMs.toFixed(1)} ms`
    );
  }
  if (computing < BUSY) {
    return `the way between batches: they are full, but the engine computes ${percent(computing)} of the time`;
  }
  return `the passes: the engine is in one ${percent(computing)} of the time, and the GPU waits within them for what launches kernels`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
