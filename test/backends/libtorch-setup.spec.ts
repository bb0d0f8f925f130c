import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const SETUP = path.join(import.meta.dirname, '../../libs/tensor-libtorch/setup');
const LINUX = 'Object.defineProperty(process, "platform", { value: "linux" });';
const MACOS = 'Object.defineProperty(process, "platform", { value: "darwin" })';
const MUSL = `${LINUX} process.report.getReport = () => ({ header: {} })`;
const POWER = `${LINUX} Object.defineProperty(process, "arch", { value: "ppc64" })`;

/** Runs a setup script on a system that is made up before it starts. */
function on(system: string, script: string) {
  const args = [`--import=data:text/javascript,${encodeURIComponent(system)}`, path.join(SETUP, script)];
  return spawnSync(process.execPath, args, { encoding: 'utf8' });
}

describe('where libtorch cannot be built', () => {
  it.each([
    ['macOS', MACOS, /built on Linux only, this is darwin .*tfjs.*container/u],
    ['musl', MUSL, /glibc.*musl.*tfjs.*Debian/u],
    ['another processor', POWER, /built for x64 and arm64, this is ppc64.*tfjs/u],
  ])('the reason and the way out are said: %s', (_system, system, sentence) => {
    const brought = on(system, 'get-libtorch.mjs');
    expect(brought.stderr).toMatch(sentence);
    expect(brought.status).toBe(1);
    const built = on(system, 'build-native.mjs');
    expect(built.stdout).toMatch(sentence);
    expect(built.status).toBe(0);
  });
});
