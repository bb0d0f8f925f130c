import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a program with its output on standard error, so that the report alone is on standard output. Throws when it fails. */
export async function runCommand(command: readonly string[], folder?: string): Promise<void> {
  const [program, ...options] = command;
  const child = spawn(program!, options, {
    stdio: ['ignore', process.stderr, process.stderr],
    ...(folder !== undefined && { cwd: folder }),
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`failed: ${command.join(' ')}`);
}
