export { ApiModule } from './api.module.js';
export { describeApi } from './openapi/describe-api.js';
