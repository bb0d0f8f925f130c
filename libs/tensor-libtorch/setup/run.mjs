import { spawnSync } from 'node:child_process';

/** Runs a command with its output on the terminal; throws with the command's name when it fails. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed${error === undefined ? '' : `: ${error.message}`}`);
}

export function has(tool) {
  return spawnSync(tool, ['--version']).error === undefined;
}
