/** Names of the Python service that this server replaces, and the variable each one now sets. */
export const ALIASES: ReadonlyMap<string, string> = new Map([
  ['UVICORN_MAX_CONNECTIONS', 'MAX_CONNECTIONS'],
  ['UVICORN_LIMIT_CONCURRENCY', 'MAX_CONCURRENT_REQUESTS'],
  ['UVICORN_BACKLOG', 'BACKLOG'],
  ['UVICORN_TIMEOUT_KEEP_ALIVE', 'KEEP_ALIVE_TIMEOUT'],
]);

/** Names that an existing .env may hold and that change nothing here, with the reason. */
export const WITHOUT_EFFECT: readonly { readonly names: readonly string[]; readonly reason: string }[] = [
  {
    names: ['UVICORN_WORKERS', 'UVICORN_LOOP', 'UVICORN_HTTP'],
    reason: 'there is no uvicorn: one process answers HTTP, another runs the model',
  },
  { names: ['TOKENIZER_THREADS'], reason: 'one thread tokenises on all cores' },
  { names: ['LOG_FILE_PATH', 'LOG_METHOD'], reason: 'logs go to standard output' },
  { names: ['UID', 'GID'], reason: 'the user is chosen where the process or the container is started' },
];
