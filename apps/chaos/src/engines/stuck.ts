import { runWithoutModel } from './without-model.js';

// Works on its first batch until the measurement is over, and says that it is this slow.
runWithoutModel('stuck', { tokensPerSecond: 1, maxBatchTokens: 1e6, secondsFor: (tokens) => tokens });
