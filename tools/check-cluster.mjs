// `npm run check -- cluster`: installs the chart with every ci/*-values.yaml on a real kube-apiserver and etcd, which are built
// from Go modules as those of check deploy are, and has a pod of each admitted where only restricted pods are.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { load, loadAll } from 'js-yaml';
import { Cluster } from './cluster.mjs';
import { EXAMPLE_JOB } from './example-job.mjs';
import { goTool } from './go-tools.mjs';
import { customResources } from './kubernetes-schemas.mjs';

const CHART = path.join(import.meta.dirname, '../docker/helm/qwen3-reranker');
const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' };
/** What an administrator has made before: values name them. */
const GIVEN = [
  ['/apis/node.k8s.io/v1/runtimeclasses', { metadata: { name: 'nvidia' }, handler: 'nvidia' }],
  ['/apis/scheduling.k8s.io/v1/priorityclasses', { metadata: { name: 'inference' }, value: 1000 }],
];

const cluster = new Cluster();
let failed = 0;
try {
  await cluster.start();
  const { gitVersion } = await cluster.get('/version');
  console.log(`kube-apiserver ${gitVersion}`);
  for (const definition of customResources()) await define(definition);
  for (const [route, object] of GIVEN) await cluster.create(route, object);
  await refusesOthers();
  await admitsJob();
  for (const file of readdirSync(path.join(CHART, 'ci')).filter((name) => name.endsWith('.yaml'))) await install(file);
} finally {
  await cluster.stop();
}
console.log(failed === 0 ? 'all accepted' : `${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** With the service account that a controller would make, and no controller runs here. */
async function restrictedNamespace(name) {
  await cluster.create('/api/v1/namespaces', { metadata: { name, labels: RESTRICTED } });
  await cluster.create(`/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } });
}

async function define(definition) {
  const route = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const { metadata } = await cluster.create(route, definition);
  await cluster.until(async () => {
    const { status } = await cluster.get(`${route}/${metadata.name}`);
    return status.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True');
  });
}

async function install(file) {
  const namespace = `ci-${path.basename(file, '-values.yaml')}`;
  await restrictedNamespace(namespace);
  const flags = ['--namespace', namespace, '--values', path.join(CHART, 'ci', file)];
  for (const command of ['install', 'upgrade']) report(`helm ${command} ${file}`, helm(command, flags));
  report(`a pod of ${file}, admitted as restricted`, await admit(namespace, await serverPod(namespace)));
  report(`the pod of helm test (${file}), too`, await admit(namespace, testPod(namespace)));
  report(`helm uninstall (${file})`, helm('uninstall', ['--namespace', namespace], []));
}

function helm(command, flags, chart = [CHART]) {
  const args = [command, 'rerank', ...chart, ...flags, '--kubeconfig', cluster.kubeconfig];
  const { status, stderr } = spawnSync(goTool('helm'), args, { encoding: 'utf8' });
  const warnings = stderr.split('\n').filter((line) => line.startsWith('W'));
  return status === 0 ? { said: warnings.join('\n') } : { error: stderr };
}

/** No controller makes pods here, so the Deployment's template is sent as one. */
async function serverPod(namespace) {
  const { items } = await cluster.get(`/apis/apps/v1/namespaces/${namespace}/deployments`);
  const template = items[0]?.spec.template;
  return template && { metadata: { ...template.metadata, name: 'one' }, spec: template.spec };
}

function testPod(namespace) {
  const args = ['get', 'hooks', 'rerank', '--namespace', namespace, '--kubeconfig', cluster.kubeconfig];
  return loadAll(spawnSync(goTool('helm'), args, { encoding: 'utf8' }).stdout).find((hook) => hook?.kind === 'Pod');
}

async function admit(namespace, pod) {
  if (pod === undefined) return { error: 'there is none' };
  try {
    await cluster.create(`/api/v1/namespaces/${namespace}/pods`, pod);
    return { said: '' };
  } catch (error) {
    return { error: error.message };
  }
}

/** Otherwise what is admitted would say nothing. */
async function refusesOthers() {
  const namespace = 'ci-others';
  await restrictedNamespace(namespace);
  const spec = { containers: [{ name: 'one', image: 'one' }] };
  const { error = 'it was admitted' } = await admit(namespace, { metadata: { name: 'one' }, spec });
  report('a pod that may be root, refused', error.includes('violates PodSecurity') ? { said: '' } : { error });
}

/** The example in the documents. */
async function admitsJob() {
  const namespace = 'ci-job';
  await restrictedNamespace(namespace);
  const job = load(EXAMPLE_JOB);
  await cluster.create(`/apis/batch/v1/namespaces/${namespace}/jobs`, job);
  const pod = { metadata: job.metadata, spec: job.spec.template.spec };
  report('the Job of docs/deploying.md and its pod, admitted as restricted', await admit(namespace, pod));
}

function report(name, { error, said }) {
  if (error !== undefined) failed += 1;
  console.log(`${error === undefined ? 'ok    ' : 'FAILED'} ${name}${said ? `\n${said}` : ''}`);
  if (error !== undefined) console.log(error);
}
