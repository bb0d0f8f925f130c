import { runWithoutModel } from './without-model.js';

/** As large as those of a large GPU. */
const MAX_BATCH_TOKENS = 131_072;

// What is left to measure is the server itself.
runWithoutModel('instant', { tokensPerSecond: 1e8, maxBatchTokens: MAX_BATCH_TOKENS, secondsFor: () => 0 });
