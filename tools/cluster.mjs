// A control plane without nodes: etcd and kube-apiserver on 127.0.0.1. It stores and judges objects as any cluster does, by
// defaulting, validation and admission; nothing runs them.
import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { freePorts, until } from '#apps/workshop';
import { goTool } from './go-tools.mjs';

const LIMIT_MS = 120_000;

export class Cluster {
  folder = mkdtempSync(path.join(os.tmpdir(), 'cluster-'));
  token = randomBytes(16).toString('hex');
  children = [];

  /** For helm. */
  get kubeconfig() {
    return this.file('kubeconfig');
  }

  async start() {
    const [clientPort, peerPort, port] = await freePorts(3);
    this.port = port;
    const [client, peer] = [clientPort, peerPort].map((each) => `http://127.0.0.1:${each}`);
    const etcd = ['--data-dir', this.file('etcd'), '--listen-client-urls', client, '--advertise-client-urls', client];
    this.spawn('etcd', [...etcd, '--listen-peer-urls', peer]);
    this.spawn('kube-apiserver', this.apiserverFlags(client));
    await this.ready();
    writeFileSync(this.kubeconfig, JSON.stringify(this.access()));
  }

  async stop() {
    for (const child of this.children.toReversed()) {
      if (hasEnded(child)) continue;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.folder, { recursive: true });
  }

  /** Resolves with the object that the server stored. Rejects with the server's own words. */
  async create(route, object) {
    const { status, text } = await this.ask('POST', route, object);
    const answer = JSON.parse(text);
    if (status >= 300) throw new Error(answer.message);
    return answer;
  }

  async get(route) {
    const { status, text } = await this.ask('GET', route);
    if (status !== 200) throw new Error(`${route}: ${status} ${text}`);
    return JSON.parse(text);
  }

  ask(method, route, body) {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
    const ca = readFileSync(this.file('certificates/apiserver.crt'));
    return new Promise((resolve, reject) => {
      const asked = request(
        `https://127.0.0.1:${this.port}${route}`,
        { method, headers, ca, agent: false },
        (answer) => {
          const chunks = [];
          answer.on('data', (chunk) => chunks.push(chunk));
          answer.on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString() }));
        },
      );
      asked.on('error', reject);
      asked.end(body && JSON.stringify(body));
    });
  }

  apiserverFlags(etcd) {
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    writeFileSync(this.file('accounts.key'), key.export({ type: 'pkcs1', format: 'pem' }));
    writeFileSync(this.file('tokens.csv'), `${this.token},admin,admin,system:masters\n`);
    return [
      `--etcd-servers=${etcd}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${this.port}`,
      `--cert-dir=${this.file('certificates')}`,
      '--service-cluster-ip-range=10.0.0.0/24',
      '--service-account-issuer=https://127.0.0.1',
      `--service-account-key-file=${this.file('accounts.key')}`,
      `--service-account-signing-key-file=${this.file('accounts.key')}`,
      `--token-auth-file=${this.file('tokens.csv')}`,
      '--authorization-mode=RBAC',
    ];
  }

  access() {
    const certificate = readFileSync(this.file('certificates/apiserver.crt')).toString('base64');
    return {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'c', cluster: { server: `https://127.0.0.1:${this.port}`, 'certificate-authority-data': certificate } },
      ],
      users: [{ name: 'u', user: { token: this.token } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'c',
    };
  }

  spawn(program, flags) {
    const log = openSync(this.file(`${program}.log`), 'w');
    this.children.push(spawn(goTool(program), flags, { cwd: this.folder, stdio: ['ignore', log, log] }));
  }

  async ready() {
    try {
      await this.until(async () => (await this.ask('GET', '/readyz')).status === 200);
    } catch {
      const logs = ['etcd', 'kube-apiserver'].map((name) =>
        readFileSync(this.file(`${name}.log`), 'utf8').slice(-2000),
      );
      throw new Error(`the control plane did not become ready:\n${logs.join('\n')}`);
    }
  }

  /** A condition that throws is not met yet. */
  until(condition) {
    const isMet = async () =>
      Promise.resolve()
        .then(condition)
        .catch(() => false);
    const hopeless = () => (this.children.some(hasEnded) ? 'a part of the control plane ended' : undefined);
    return until(isMet, { limitMs: LIMIT_MS, pollMs: 500, hopeless });
  }

  file(name) {
    return path.join(this.folder, name);
  }
}

function hasEnded({ exitCode, signalCode }) {
  return exitCode !== null || signalCode !== null;
}
