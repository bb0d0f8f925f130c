// Programs that check what is shipped, built from Go modules at the versions below, once, into build/tools. They compile for
// minutes; `GOFLAGS=-p=1` keeps them on one core.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';

export const KUBERNETES = '1.31.0';
export const TOOLS = path.join(import.meta.dirname, '../build/tools');

/** What its own build writes into it: clients ask it for its version. */
const KUBERNETES_VERSION = {
  gitVersion: `v${KUBERNETES}`,
  gitMajor: KUBERNETES.split('.')[0],
  gitMinor: KUBERNETES.split('.')[1],
};

/** Module, the package in it that is the program, and flags for its linker. */
const GO_TOOLS = {
  helm: ['helm.sh/helm/v3@v3.22.0', 'cmd/helm'],
  kubeconform: ['github.com/yannh/kubeconform@v0.8.0', 'cmd/kubeconform'],
  'helm-unittest': ['github.com/helm-unittest/helm-unittest@v1.1.2', 'cmd/helm-unittest'],
  compose: ['github.com/docker/compose/v2@v2.40.3', 'cmd'],
  'kube-apiserver': [`k8s.io/kubernetes@v${KUBERNETES}`, 'cmd/kube-apiserver', versionFlags()],
  etcd: ['go.etcd.io/etcd/server/v3@v3.5.14', '.'],
};
const GO = { ...process.env, GOFLAGS: `${process.env.GOFLAGS ?? ''} -mod=mod`.trim(), GOWORK: 'off' };

/** The program's file. Built inside a copy of the module: some of them replace dependencies, which `go install` refuses. */
export function goTool(name) {
  const [module, program, flags = ''] = GO_TOOLS[name];
  const file = path.join(TOOLS, name);
  if (existsSync(file)) return file;
  console.log(`building ${module}`);
  const source = path.join(TOOLS, 'source', name);
  rmSync(source, { recursive: true, force: true });
  cpSync(moduleFolder(module), source, { recursive: true });
  execFileSync('chmod', ['-R', 'u+w', source]);
  publishedDependencies(source);
  go(['build', '-ldflags', flags, '-o', file, `./${program}`], source, 'inherit');
  rmSync(source, { recursive: true });
  return file;
}

function versionFlags() {
  const names = Object.entries(KUBERNETES_VERSION);
  return names.map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`).join(' ');
}

/** Where the Go client keeps a module, downloaded if it has to be. */
export function moduleFolder(module) {
  mkdirSync(TOOLS, { recursive: true });
  return JSON.parse(go(['mod', 'download', '-json', module], TOOLS)).Dir;
}

/** What a repository replaces by folders beside the module (Kubernetes' own libraries, say) is published under its version. */
function publishedDependencies(source) {
  const { Replace: replaced, Require: required } = JSON.parse(go(['mod', 'edit', '-json'], source));
  const version = new Map(required.map(({ Path: module, Version }) => [module, Version]));
  for (const { Old: old, New: place } of replaced ?? []) {
    if (!place.Path.startsWith('.')) continue;
    const isUnversioned = version.get(old.Path) === 'v0.0.0';
    const published = `-replace=${old.Path}=${old.Path}@v0.${KUBERNETES.slice(KUBERNETES.indexOf('.') + 1)}`;
    go(['mod', 'edit', isUnversioned ? published : `-dropreplace=${old.Path}`], source);
  }
}

function go(args, cwd, stdout = 'pipe') {
  return execFileSync('go', args, { cwd, env: GO, encoding: 'utf8', stdio: ['ignore', stdout, 'inherit'] });
}
