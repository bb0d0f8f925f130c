import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { valuesOf } from './app-config.js';
import { ConfigError } from './config-error.js';
import { loadConfig, type LoadedConfig } from './load-config.js';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

function everythingPrinted({ config, notes, warnings }: LoadedConfig): string {
  return [inspect(config), JSON.stringify(config), ...notes, ...warnings].join('\n');
}

describe('defaults', () => {
  it('serves the embedded model to everyone on port 8004 when nothing is set', () => {
    const { config, notes, warnings } = loadConfig({});
    expect(valuesOf(config)).toMatchObject({
      HOST: '0.0.0.0',
      PORT: 8004,
      MODEL_NAME: 'embedded',
      SERVED_MODEL_NAME: 'embedded',
      BACKEND: 'auto',
      DEVICE: 'auto',
      DTYPE: 'auto',
      CUDA_GRAPHS: true,
      MAX_LENGTH: 8192,
      MAX_DOCUMENTS: 1000,
      MAX_BODY_BYTES: 32 * 2 ** 20,
      MAX_CONCURRENT_REQUESTS: 1000,
      PREFIX_CACHE_MB: 256,
      REQUEST_TIMEOUT: 120,
      CORS_ORIGINS: [],
      DOCS: true,
      API_KEY: [],
      REQUIRE_API_KEY: false,
      METRICS_REQUIRE_API_KEY: false,
      ENABLE_LOGGING: true,
      LOG_LEVEL: 'info',
    });
    expect([...notes, ...warnings]).toEqual([]);
  });

  it('leaves what the device or the model decides undefined', () => {
    const { config } = loadConfig({});
    const { BATCH_SIZE, MAX_BATCH_TOKENS, BATCH_TARGET_MS } = config.batching;
    const { TORCH_THREADS } = config.device;
    const { MAX_QUEUED_TOKENS } = config.limits;
    const decidedLater = { BATCH_SIZE, MAX_BATCH_TOKENS, BATCH_TARGET_MS, MAX_QUEUED_TOKENS, TORCH_THREADS };
    expect(Object.values(decidedLater)).toEqual(Array(5).fill(undefined));
  });

  it('serves the playground, but in production only when told to', () => {
    expect(loadConfig({}).config.server.PLAYGROUND).toBe(true);
    expect(loadConfig({ NODE_ENV: 'production' }).config.server.PLAYGROUND).toBe(false);
    expect(loadConfig({ NODE_ENV: 'production', PLAYGROUND: 'true' }).config.server.PLAYGROUND).toBe(true);
    expect(loadConfig({ PLAYGROUND: 'false' }).config.server.PLAYGROUND).toBe(false);
  });

  it('takes auto for a number as unset', () => {
    expect(valuesOf(loadConfig({ MAX_BATCH_TOKENS: 'auto', TORCH_THREADS: 'AUTO' }).config)).toMatchObject({
      MAX_BATCH_TOKENS: undefined,
      TORCH_THREADS: undefined,
    });
  });

  it('takes an empty value as unset', () => {
    expect(valuesOf(loadConfig({ PORT: '', API_KEY: ' ', REQUIRE_API_KEY: '' }).config)).toMatchObject({
      PORT: 8004,
      API_KEY: [],
      REQUIRE_API_KEY: false,
    });
  });

  it('serves the model under its own name unless another is given', () => {
    expect(loadConfig({ MODEL_NAME: '/models/a' }).config.model.SERVED_MODEL_NAME).toBe('/models/a');
    expect(loadConfig({ MODEL_NAME: '/models/a', SERVED_MODEL_NAME: 'a' }).config.model.SERVED_MODEL_NAME).toBe('a');
  });
});

describe('values', () => {
  it('drops a comment after a value, as docker run --env-file leaves it there', () => {
    const { config } = loadConfig({ BATCH_SIZE: '32   # Adjust', LOG_LEVEL: ' # unset' });
    expect(valuesOf(config)).toMatchObject({ BATCH_SIZE: 32, LOG_LEVEL: 'info' });
  });

  it.each([
    ['INFO', 'info'],
    ['WARNING', 'warn'],
    ['Critical', 'fatal'],
    ['debug', 'debug'],
  ])('reads the log level %s as %s', (given, level) => {
    expect(loadConfig({ LOG_LEVEL: given }).config.logging.LOG_LEVEL).toBe(level);
  });

  it.each([
    ['TRUE', true],
    ['1', true],
    ['yes', true],
    ['off', false],
    ['0', false],
    ['No', false],
  ])('reads the flag %s as %s', (given, flag) => {
    expect(loadConfig({ DOCS: given }).config.server.DOCS).toBe(flag);
  });

  it('splits lists at commas', () => {
    const { config } = loadConfig({ API_KEY: ' first, second ,', CORS_ORIGINS: 'http://a.test,https://b.test:8080' });
    expect(config.keys.API_KEY).toEqual(['first', 'second']);
    expect(config.server.CORS_ORIGINS).toEqual(['http://a.test', 'https://b.test:8080']);
  });

  it('takes fractions of seconds', () => {
    expect(loadConfig({ REQUEST_TIMEOUT: '0.25' }).config.limits.REQUEST_TIMEOUT).toBe(0.25);
  });

  it('cannot be changed afterwards', () => {
    const { config } = loadConfig({ API_KEY: 'one' });
    expect(() => Object.assign(config.server, { PORT: 1 })).toThrow(TypeError);
    expect(() => (config.keys.API_KEY as string[]).push('two')).toThrow(TypeError);
  });
});

describe('refusals', () => {
  it.each([
    ['PORT', '65536', 'a whole number from 0 to 65535'],
    ['PORT', '80a', 'a whole number from 0 to 65535'],
    ['MAX_DOCUMENTS', '0', 'a whole number of at least 1'],
    ['MAX_DOCUMENTS', '1.5', 'a whole number of at least 1'],
    ['MAX_BATCH_TOKENS', '511', 'auto or a whole number of at least 512'],
    ['BATCH_SIZE', 'auto', 'a whole number of at least 1'],
    ['REQUEST_TIMEOUT', '0', 'a number of seconds above 0 and up to 86400'],
    ['REQUEST_TIMEOUT', '2m', 'a number of seconds above 0 and up to 86400'],
    ['MAX_BODY_BYTES', '32MiB', 'a whole number from 1024 to 1073741824'],
    ['BACKEND', 'onnx', 'one of auto, libtorch, tfjs, tfjs-node, tfjs-node-gpu'],
    ['DTYPE', 'int4', 'one of auto, f32, bf16, fp16, fp8, int8'],
    ['DEVICE', 'cuda:x', 'auto, cpu, cuda, cuda:<number> or cuda:<number>,<number>'],
    ['LOG_LEVEL', 'loud', 'one of trace, debug, info, warn, error, fatal'],
    ['ENABLE_LOGGING', 'maybe', 'true or false'],
    ['CORS_ORIGINS', 'example.com', '* or origins such as https://search.example.com, separated by commas'],
    ['CORS_ORIGINS', ',', '* or origins such as https://search.example.com, separated by commas'],
  ])('refuses %s=%s and says what was expected', (name, value, expected) => {
    expect(problemsOf({ [name]: value })).toEqual([`${name} must be ${expected}, got ${JSON.stringify(value)}`]);
  });

  it('names every bad variable in one error', () => {
    const env = { PORT: 'http', MAX_LENGTH: '-1', DTYPE: 'f64', HOST: 'fine' };
    expect(problemsOf(env)).toHaveLength(3);
    expect(() => loadConfig(env)).toThrow(/cannot be used:\n {2}MAX_LENGTH must .*\n {2}DTYPE must .*\n {2}PORT must /);
  });

  it('names a bad alias as it was written', () => {
    expect(problemsOf({ UVICORN_BACKLOG: 'many' })).toEqual([
      'UVICORN_BACKLOG must be a whole number from 1 to 65535, got "many"',
    ]);
  });

  it.each(['two words', 'schlüssel', ',', 'a,b c'])('refuses the key "%s" without showing it', (key) => {
    const expected = 'API_KEY must be keys of visible ASCII characters without blanks, separated by commas';
    expect(problemsOf({ API_KEY: key })).toEqual([expected]);
  });
});

describe('what is not repeated in a refusal', () => {
  it.each([
    ['HF_ENDPOINT', 'http://user:secret@hub.test'],
    ['HF_ENDPOINT', 'ftp://hub.test/secret'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'grpc://collector.test/secret'],
    ['PORT', 'user:secret@host'],
    ['HF_TOKEN', 'hf secret'],
  ])('is the address or the token that was given as %s', (name, value) => {
    const [problem] = problemsOf({ [name]: value });
    expect(problem).toMatch(new RegExp(`^${name} must be `, 'u'));
    expect(problem).not.toContain('secret');
  });

  it('is a login in HF_ENDPOINT, with the place for a token', () => {
    expect(problemsOf({ HF_ENDPOINT: 'https://token@hub.test' })).toEqual([
      'HF_ENDPOINT must be an address without a login, such as https://huggingface.co; a token goes into HF_TOKEN',
    ]);
    expect(loadConfig({ HF_ENDPOINT: 'https://hub.test/api@v2' }).config.hub.HF_ENDPOINT).toContain('@');
  });
});

describe('keys', () => {
  it('asks for a key exactly when there is one', () => {
    expect(loadConfig({ API_KEY: 'one' }).config.keys.REQUIRE_API_KEY).toBe(true);
    expect(loadConfig({ API_KEY: 'one', REQUIRE_API_KEY: 'false' }).config.keys.REQUIRE_API_KEY).toBe(false);
  });

  it.each(['REQUIRE_API_KEY', 'METRICS_REQUIRE_API_KEY'])('refuses %s without a key and says the way out', (name) => {
    expect(problemsOf({ [name]: 'true' })).toEqual([
      `${name} must be false while API_KEY and API_KEY_FILE are not set (set API_KEY, or leave this variable out), got "true"`,
    ]);
  });

  it.each(['two words', ','])('complains about the bad key "%s" alone, not about its absence', (key) => {
    expect(problemsOf({ REQUIRE_API_KEY: 'true', API_KEY: key })).toHaveLength(1);
  });

  it('warns when a key is set that clients need not send', () => {
    const { warnings } = loadConfig({ API_KEY: 'one', REQUIRE_API_KEY: 'false' });
    expect(warnings).toEqual([expect.stringContaining('requests without a key are answered')]);
  });

  it('shows no key when the configuration is printed, serialised or explained', () => {
    const loaded = loadConfig({ API_KEY: 'sesame', API_KEYS: 'sesame', REQUIRE_API_KEY: 'false' });
    expect(loaded.config.keys.API_KEY).toEqual(['sesame']);
    expect(everythingPrinted(loaded)).not.toContain('sesame');
  });
});

describe('names', () => {
  it.each([
    ['UVICORN_MAX_CONNECTIONS', 'MAX_CONNECTIONS'],
    ['UVICORN_LIMIT_CONCURRENCY', 'MAX_CONCURRENT_REQUESTS'],
    ['UVICORN_BACKLOG', 'BACKLOG'],
    ['UVICORN_TIMEOUT_KEEP_ALIVE', 'KEEP_ALIVE_TIMEOUT'],
  ])('reads %s as %s and says so', (alias, name) => {
    const { config, notes } = loadConfig({ [alias]: '17' });
    expect(valuesOf(config)).toMatchObject({ [name]: 17 });
    expect(notes).toEqual([`${alias} is read as ${name}`]);
  });

  it('prefers the own name to the alias', () => {
    const { config, notes } = loadConfig({ BACKLOG: '2', UVICORN_BACKLOG: '3' });
    expect(config.server.BACKLOG).toBe(2);
    expect(notes).toEqual(['UVICORN_BACKLOG is not read because BACKLOG is set']);
  });

  it('explains the names without effect in one line', () => {
    const { notes } = loadConfig({
      UID: '1000',
      GID: 'x',
      LOG_METHOD: 'async',
      UVICORN_LOOP: 'uvloop',
      UVICORN_HTTP: '',
    });
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/^without effect here: UVICORN_LOOP \(.+\); LOG_METHOD \(.+\); UID, GID \(.+\)$/);
  });

  it('warns about a misspelt name', () => {
    const { warnings } = loadConfig({ MAX_DOCUMENT: '5', PATH: '/bin', HOME: '/root' });
    expect(warnings).toEqual(['MAX_DOCUMENT is not read; was MAX_DOCUMENTS meant?']);
  });

  it('says what BATCH_SIZE costs', () => {
    expect(loadConfig({ BATCH_SIZE: '4' }).notes).toEqual([expect.stringContaining('costs throughput')]);
  });
});

describe('values that depend on each other, or are for a header', () => {
  it('refuses the same port twice, unless any is taken', () => {
    expect(() => loadConfig({ PORT: '8004', ADMIN_PORT: '8004' })).toThrow(
      /ADMIN_PORT must be another port than PORT/u,
    );
    expect(loadConfig({ PORT: '0', ADMIN_PORT: '0' }).config.server.ADMIN_PORT).toBe(0);
  });

  it.each(['x=a%0d%0ay', 'x=a%zz', 'x=ä', 'two words=x'])('refuses the header "%s" without showing it', (header) => {
    const load = () => loadConfig({ OTEL_EXPORTER_OTLP_HEADERS: header });
    expect(load).toThrow(/OTEL_EXPORTER_OTLP_HEADERS must be name=value pairs/u);
    expect(load).not.toThrow(header);
  });

  it('takes the header of a collector', () => {
    const given = 'authorization=Bearer%20a/b+c==,x-key=%7e';
    expect(loadConfig({ OTEL_EXPORTER_OTLP_HEADERS: given }).config.tracing.OTEL_EXPORTER_OTLP_HEADERS).toHaveLength(2);
  });
});
