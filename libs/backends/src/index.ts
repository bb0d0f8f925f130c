export { BACKEND_NAMES, BACKENDS_IN_WORDS, openBackend } from './backend-registry.js';
