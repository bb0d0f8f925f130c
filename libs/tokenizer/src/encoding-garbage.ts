import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Some 50 MB of encodings. */
const TOKENS_BETWEEN = 250_000;

/**
 * Has encodings given back. Each holds two hundred bytes a token outside of V8's heap, which V8 does not see: by itself it collects when its
 * own few bytes fill a generation, and a body of 30 MB then leaves hundreds of megabytes behind.
 */
export class EncodingGarbage {
  private readonly collect = garbageCollector();
  private tokens = 0;

  /** To be called when encodings with these tokens are not used any more. */
  add(tokens: number): void {
    this.tokens += tokens;
    if (this.tokens < TOKENS_BETWEEN) return;
    this.tokens = 0;
    this.collect();
  }
}

/** Collects all of V8's garbage when it is called. */
export function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
