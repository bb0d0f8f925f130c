/** Of the server, as clients are told; test/documents.spec.ts compares it with package.json. */
export const VERSION = '0.2.0';
