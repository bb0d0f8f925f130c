import { runWithoutModel } from './without-model.js';

// What is left to measure is the server itself.
runWithoutModel('instant', { tokensPerSecond: 1e8, maxBatchTokens: 1e6, secondsFor: () => 0 });
