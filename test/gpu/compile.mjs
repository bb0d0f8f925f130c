// Compiles the checks beside the server, in dist/test, with the stored goldens that they read.
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../..');
const { status } = spawnSync('npx', ['tsc', '-p', 'tsconfig.gpu.json'], { cwd: ROOT, stdio: 'inherit' });
const parity = path.join(ROOT, 'test/parity');
for (const name of readdirSync(parity).filter((file) => file.endsWith('.json') || file === 'goldens')) {
  cpSync(path.join(parity, name), path.join(ROOT, 'dist/test/parity', name), { recursive: true });
}
process.exitCode = status ?? 1;
