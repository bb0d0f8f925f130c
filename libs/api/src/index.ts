export { attachApi } from './attach-api.js';
export { ApiModule } from './api.module.js';
export type { Dialect } from './dialects/dialect.js';
export { DIALECTS } from './dialects/list.js';
export { dialectsAt, RERANK_ROUTES, spelledPath } from './dispatch/dispatch.js';
export { answerError } from './errors/error.filter.js';
export { describeApi } from './openapi/describe-api.js';
export { describePlayground } from './openapi/playground.js';
export { sharedPathsPage } from './openapi/shared-paths-page.js';
