export { attachApi } from './attach-api.js';
export { ApiModule } from './api.module.js';
export type { Dialect } from './dialects/dialect.js';
export { DIALECTS } from './dialects/list.js';
export { spelledPath } from './dispatch/dispatch.js';
export { answerError } from './errors/answer-error.js';
export { describeApi } from './openapi/describe-api.js';
export { describePlayground } from './openapi/playground.js';
