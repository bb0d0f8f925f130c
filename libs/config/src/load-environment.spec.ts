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

it('refuses a folder in the place of the file', async () => {
  await expect(loadEnvironment({ envFile: folder })).rejects.toThrow(`${folder} must be a file of variables`);
});

it('reads every way of writing that dotenv knows', async () => {
  const text = [
    '\uFEFF# the keys',
    'export API_KEY="one,two#2"#comment',
    "  HOST: 'localhost'",
    'BATCH_SIZE=32   # comment',
    'LOG_LEVEL=# none',
    'MODEL_NAME = `a#b`',
    'SERVED_MODEL_NAME=it"s',
    'DTYPE=',
    '# export PORT=1',
    'HF_HOME="first',
    'second#no comment',
    'third"',
    'COLOUR=a#fff',
    'PORT=7\r',
    'MAX_DOCUMENTS=8\rMAX_LENGTH=999',
  ];
  writeFileSync(envFile, text.join('\n'));
  expect(valuesOf((await loadEnvironment({ envFile })).config)).toMatchObject({
    API_KEY: ['one', 'two#2'],
    HOST: 'localhost',
    BATCH_SIZE: 32,
    LOG_LEVEL: 'info',
    MODEL_NAME: 'a#b',
    SERVED_MODEL_NAME: 'it"s',
    DTYPE: 'auto',
    HF_HOME: 'first\nsecond#no comment\nthird',
    PORT: 7,
    MAX_DOCUMENTS: 8,
    MAX_LENGTH: 999,
  });
});

const NO_ASSIGNMENT = /this is no assignment/u;
const NOT_CLOSED = /the quote that API_KEY begins with is not closed/u;
const CUT = /would end before the #: put its value in quotes/u;

it.each([
  ['set API_KEY=sesame', NO_ASSIGNMENT],
  ['API KEY=sesame', NO_ASSIGNMENT],
  ['API_KEY sesame', NO_ASSIGNMENT],
  ['$env:API_KEY="sesame"', NO_ASSIGNMENT],
  ['API_KEY:sesame', NO_ASSIGNMENT],
  ['API_KEY:\nsesame=1', NO_ASSIGNMENT],
  ['sesame', NO_ASSIGNMENT],
  ['API_KEY="sesame', NOT_CLOSED],
  ["API_KEY='sesame # it is", NOT_CLOSED],
  ['API_KEY="sesame\nHOST="::"', NOT_CLOSED],
  ['API_KEY=sesame#1', CUT],
  ['API_KEY=#sesame', CUT],
  ['UVICORN_BACKLOG=5#sesame', CUT],
])('refuses the line %j by its number and does not show it', async (line, fault) => {
  writeFileSync(envFile, `# comment\r\n\r\nHOST="::\r\n"\r\nPORT=1\r\n${line}\r\nDOCS=true\r\n`);
  const { message } = (await loadEnvironment({ envFile }).catch((error: unknown) => error)) as ConfigError;
  expect(message).toContain(`${envFile}, line 6: `);
  expect(message).toMatch(fault);
  expect(message).not.toContain('sesame');
});

it('names every bad line at once', async () => {
  writeFileSync(envFile, 'one\nPORT=1\n\n two\nAPI_KEY="\n');
  await expect(loadEnvironment({ envFile })).rejects.toThrow(/line 1: [^]*line 4: [^]*line 5: /u);
});
