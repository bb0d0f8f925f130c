#!/usr/bin/env node
// The command `qwen3-reranker`, and what npm's scripts call. Help is text: it builds and loads nothing.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfStale } from './build.mjs';
import { helpFor, isHelp, OVERVIEW } from './help.mjs';
import { importFault } from './import-fault.mjs';
import { stopWithNpm } from './stop-with-npm.mjs';

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
  console.error(
    `${command.split('=', 1)[0]} is no command: expected ${Object.keys(COMMANDS).join(', ')}; --help says what each does`,
  );
  process.exitCode = 1;
} else if (args.some(isHelp)) {
  console.log(helpFor(command));
} else {
  const program = path.join(ROOT, COMMANDS[command]);
  if (command === 'serve') stopWithNpm();
  if (COMMANDS[command].startsWith('dist/')) await buildIfStale();
  process.argv = [process.argv[0], program, ...args];
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(program).href).catch(sayWhatToDo);
}

function sayWhatToDo(error) {
  const said = importFault(command, error);
  if (said === undefined) throw error;
  console.error(said);
  process.exitCode = 1;
}
