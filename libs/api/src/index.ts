export { ApiModule } from './api.module.js';
export { DIALECTS, type DialectName } from './shared/dialect.js';
