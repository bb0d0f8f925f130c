import { afterAll, beforeAll, describe } from 'vitest';
import type { TensorOps } from '#libs/tensor';
import { describeAttentionContract } from './attention-contract.js';
import { describeHeadsContract } from './heads-contract.js';
import { describeLifetimeContract } from './lifetime-contract.js';
import { describeModelContract } from './model-contract.js';
import { describeRowContract } from './row-contract.js';

/** libtorch is some hundred libraries: a busy machine takes its time. */
const OPENING_MS = 60_000;

/**
 * What every backend does alike. Values are pinned by hand where a hand can, else judged by the reference operations.
 * `open` is called several times; each backend is closed by the suite.
 */
export function describeOpsContract(name: string, open: () => Promise<TensorOps>): void {
  describe(`${name} backend`, () => {
    let ops: TensorOps;

    beforeAll(async () => {
      ops = await open();
    }, OPENING_MS);

    afterAll(() => {
      ops?.close();
    });

    describeRowContract(() => ops);
    describeHeadsContract(() => ops);
    describeAttentionContract(() => ops);
    describeModelContract(() => ops);
    describeLifetimeContract(() => ops, open);
  });
}
