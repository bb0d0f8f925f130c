import { defineDialect } from '../dialect.js';
import { ANY_RERANK } from '../shared-paths.js';
import { anyOf, hasFlag, hasText } from '../signs.js';
import { superset } from './superset.js';

/** Requests that name no vendor: documents as objects. */
export const generic = defineDialect({
  ...superset({}),
  name: 'generic',
  mounts: [...ANY_RERANK],
  matches: anyOf(hasText('model'), hasFlag('return_documents')),
  example: { request: (query, documents) => ({ model: 'qwen3-reranker', query, documents, return_documents: true }) },
});

/** The path of Dify's ollama plugin, which takes a document only as a string. */
export const stringDocument = defineDialect({
  ...superset({ document: 'string', data: 'never' }),
  name: 'string-document',
  mounts: ['/api/rerank'],
});
