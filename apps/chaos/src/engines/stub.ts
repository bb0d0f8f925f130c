import { runWithoutModel } from './without-model.js';

/** Five times as fast as libtorch with the embedded model on one core with AMX. */
const TOKENS_PER_SECOND = 300_000;
/** 30 ms. */
const MAX_BATCH_TOKENS = 9000;

runWithoutModel('stub', {
  tokensPerSecond: TOKENS_PER_SECOND,
  maxBatchTokens: MAX_BATCH_TOKENS,
  secondsFor: (tokens) => tokens / TOKENS_PER_SECOND,
});
