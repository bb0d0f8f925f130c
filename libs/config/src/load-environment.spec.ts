import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { folderOfTest } from '../../../test/support/temporary-folder.js';
import { valuesOf } from './app-config.js';
import { ConfigError } from './config-error.js';
import { inheritedEnvironment, withoutOurs } from './inherited-environment.js';
import { loadEnvironment } from './load-environment.js';

/** The example of the Python service, as its users copied it. */
const PYTHON_SERVICE = `# Model
MODEL_NAME=Qwen/Qwen3-Reranker-4B
BATCH_SIZE=32   # Adjust to your GPU
TORCH_THREADS=4
PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True,max_split_size_mb:256
MAX_DOCUMENTS=100
REQUEST_TIMEOUT=300   # seconds

# Logging
ENABLE_LOGGING=true
LOG_FILE_PATH=/app/logs/requests.log
LOG_METHOD=async
LOG_LEVEL=INFO
CORS_ORIGINS=*

UVICORN_WORKERS=1
UVICORN_LOOP=uvloop
UVICORN_HTTP=httptools
UVICORN_MAX_CONNECTIONS=1000
UVICORN_LIMIT_CONCURRENCY=100
UVICORN_BACKLOG=2048
UVICORN_TIMEOUT_KEEP_ALIVE=5

API_KEY=your-secret-key
REQUIRE_API_KEY=true
UID=1000
GID=1000
`;

const original = { ...process.env };
let folder: string;
let envFile: string;

beforeEach(() => {
  process.env = { ...withoutOurs(original) };
  folder = folderOfTest();
  envFile = path.join(folder, '.env');
});

afterEach(() => void (process.env = { ...original }));

it("loads the Python service's .env unchanged", async () => {
  writeFileSync(envFile, PYTHON_SERVICE);
  const { config, warnings } = await loadEnvironment({ envFile });
  expect(valuesOf(config)).toMatchObject({
    MODEL_NAME: 'Qwen/Qwen3-Reranker-4B',
    BATCH_SIZE: 32,
    TORCH_THREADS: 4,
    PYTORCH_CUDA_ALLOC_CONF: 'expandable_segments:True,max_split_size_mb:256',
    MAX_DOCUMENTS: 100,
    REQUEST_TIMEOUT: 300,
    ENABLE_LOGGING: true,
    LOG_LEVEL: 'info',
    CORS_ORIGINS: ['*'],
    MAX_CONNECTIONS: 1000,
    MAX_CONCURRENT_REQUESTS: 100,
    BACKLOG: 2048,
    KEEP_ALIVE_TIMEOUT: 5,
    API_KEY: ['your-secret-key'],
    REQUIRE_API_KEY: true,
  });
  expect(warnings).toEqual([]);
});

it('prefers the environment to the file', async () => {
  writeFileSync(envFile, 'PORT=1111\nMAX_DOCUMENTS=7\n');
  process.env['PORT'] = '2222';
  expect(valuesOf((await loadEnvironment({ envFile })).config)).toMatchObject({ PORT: 2222, MAX_DOCUMENTS: 7 });
});

it('does without a file, unless one was asked for', async () => {
  const before = process.cwd();
  process.chdir(folder);
  try {
    expect((await loadEnvironment()).config.server.PORT).toBe(8004);
  } finally {
    process.chdir(before);
  }
  const absent = path.join(folder, 'absent');
  await expect(loadEnvironment({ envFile: absent })).rejects.toThrow(`--env-file must be a file of variables`);
});

it('prefers options to the environment, and anything to defaults', async () => {
  writeFileSync(envFile, 'MAX_DOCUMENTS=7\n');
  process.env['PORT'] = '2222';
  const { config } = await loadEnvironment({
    envFile,
    variables: new Map([['PORT', { text: '3333', writtenAs: '--port' }]]),
    defaults: { PORT: '1111', MAX_DOCUMENTS: '9', LOG_LEVEL: 'warn' },
  });
  expect(valuesOf(config)).toMatchObject({ PORT: 3333, MAX_DOCUMENTS: 7, LOG_LEVEL: 'warn' });
});

it('rejects with the names of bad variables, wherever they come from', async () => {
  writeFileSync(envFile, 'PORT=http\n');
  process.env['DOCS'] = 'maybe';
  await expect(loadEnvironment({ envFile })).rejects.toThrow(ConfigError);
  await expect(loadEnvironment({ envFile })).rejects.toThrow(/PORT must[^]*DOCS must/);
});

it("gives the file's other names to the libraries below, but not ours", async () => {
  writeFileSync(envFile, 'CUDA_VISIBLE_DEVICES=1\nAPI_KEY=sesame\nUVICORN_BACKLOG=5\n');
  await loadEnvironment({ envFile });
  expect(process.env['CUDA_VISIBLE_DEVICES']).toBe('1');
  expect(process.env).not.toHaveProperty('API_KEY');
  expect(process.env).not.toHaveProperty('UVICORN_BACKLOG');
});

it('hands a child process no key, but what libtorch reads by itself', async () => {
  process.env['API_KEY'] = 'sesame';
  process.env['CUDA_VISIBLE_DEVICES'] = '1';
  writeFileSync(envFile, 'PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True\n');
  const inherited = inheritedEnvironment((await loadEnvironment({ envFile })).config.device);
  expect(inherited).toMatchObject({ CUDA_VISIBLE_DEVICES: '1', PYTORCH_CUDA_ALLOC_CONF: 'expandable_segments:True' });
  expect(inherited).not.toHaveProperty('API_KEY');
  expect(inherited['PATH']).toBe(process.env['PATH']);
});

it('refuses a .env that is not UTF-8, which would read as one without variables', async () => {
  writeFileSync(envFile, Buffer.from('\uFEFFAPI_KEY=sesame\n', 'utf16le'));
  await expect(loadEnvironment({ envFile })).rejects.toThrow(/\.env must be UTF-8 text/u);
});
