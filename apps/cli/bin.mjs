#!/usr/bin/env node
// The command `qwen3-reranker`, and what npm's scripts call. Help is text: it builds and loads nothing.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfStale } from './build.mjs';
import { helpFor, isHelp, OVERVIEW } from './help.mjs';

const ROOT = path.join(import.meta.dirname, '../..');

/** Each reads `process.argv` from its third word on. */
const COMMANDS = {
  serve: 'dist/apps/server/src/main.js',
  rank: 'dist/apps/cli/src/rank.js',
  download: 'dist/apps/server/src/download.js',
  libtorch: 'libs/tensor-libtorch/setup/get-libtorch.mjs',
  quantise: 'dist/apps/cli/src/quantise.js',
  verify: 'dist/apps/bench/src/verify-model.js',
};

const [command, ...args] = process.argv.slice(2);

if (command === undefined || isHelp(command)) {
  console.log(OVERVIEW);
} else if (!Object.hasOwn(COMMANDS, command)) {
  console.error(`${command} is no command: expected ${Object.keys(COMMANDS).join(', ')}; --help says what each does`);
  process.exitCode = 1;
} else if (args.some(isHelp)) {
  console.log(helpFor(command));
} else {
  const program = path.join(ROOT, COMMANDS[command]);
  if (COMMANDS[command].startsWith('dist/')) buildIfStale();
  process.argv = [process.argv[0], program, ...args];
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(program).href).catch(sayWrongOption);
}

/** `libtorch` and `verify` read their few options by Node's parser, whose errors have a stack. */
function sayWrongOption(error) {
  if (!error.code?.startsWith('ERR_PARSE_ARGS')) throw error;
  console.error(`${error.message}\n\`${command} --help\` lists the options`);
  process.exitCode = 1;
}
