import { runWithoutModel } from './without-model.js';

// So slow, and says so, that it is at its first batch for as long as anything is measured.
runWithoutModel('stuck', { tokensPerSecond: 1, maxBatchTokens: 1e6, secondsFor: (tokens) => tokens });
