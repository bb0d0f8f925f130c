import { describe, expectTypeOf, it } from 'vitest';
import type { Admission, Permit } from '#libs/admission';
import type { Batcher } from '#libs/batching';
import type { ThreadedTokenizer } from '#libs/tokenizer';

/** All that a permit shows, and no permit. */
type Forged = { [Key in keyof Permit]: Permit[Key] };

// Checked by `npm run typecheck`: work that was not let in does not compile.
describe('tokenizer and batcher', () => {
  it('work with a permit and with nothing like one', () => {
    expectTypeOf<Forged>().not.toExtend<Permit>();
    expectTypeOf<Parameters<ThreadedTokenizer['encode']>[1]>().toEqualTypeOf<Permit>();
    expectTypeOf<Parameters<ThreadedTokenizer['pieces']>[1]>().toEqualTypeOf<Permit>();
    expectTypeOf<Parameters<Batcher['submit']>[1]>().toEqualTypeOf<Permit>();
    expectTypeOf<ReturnType<Admission['enter']>>().toEqualTypeOf<Permit>();
  });
});
