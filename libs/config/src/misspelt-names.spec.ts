import { expect, it } from 'vitest';
import { VARIABLES } from './app-config.js';
import { misspeltNames } from './misspelt-names.js';

const KNOWN = VARIABLES.map(({ name }) => name);

it.each([
  ['API_KEYS', 'API_KEY'],
  ['APIKEY', 'API_KEY'],
  ['MODEL_NMAE', 'MODEL_NAME'],
  ['PREFIX_CACHE_MIB', 'PREFIX_CACHE_MB'],
  ['log_level', 'LOG_LEVEL'],
  ['PROT', 'PORT'],
])('takes %s for %s', (name, meant) => {
  expect(misspeltNames([name], KNOWN)).toEqual([{ name, meant }]);
});

it('leaves the names of shells, package managers, and orchestrators alone', () => {
  const shell = ['PATH', 'HOME', 'HOSTNAME', 'PWD', 'OLDPWD', 'LANG', 'TERM', 'USER', 'SHELL', 'SHLVL', 'EDITOR', 'TZ'];
  const tools = ['NODE_ENV', 'NODE_OPTIONS', 'CI', 'DEBUG', 'HF_HOME', 'HF_TOKEN', 'OMP_NUM_THREADS', 'HTTP_PROXY'];
  const kubernetes = ['KUBERNETES_PORT', 'KUBERNETES_SERVICE_HOST', 'POD_NAME', 'REDIS_PORT', 'npm_package_version'];
  expect(misspeltNames([...shell, ...tools, ...kubernetes], KNOWN)).toEqual([]);
});

it('takes no known name for another', () => {
  expect(misspeltNames(KNOWN, KNOWN)).toEqual([]);
});
