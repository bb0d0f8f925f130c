import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { closedLoop, figuresOf, RerankClient } from '#apps/workshop';

const SECONDS = 2;
const CONCURRENCY = 16;

/** Requests a second that this generator sends and reads at most, to a server that does nothing, with this body. */
export async function generatorCeiling(body: string): Promise<number> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'null-server.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const client = new RerankClient();
  try {
    const [port] = (await once(child.stdout, 'data')) as [Buffer];
    const target = { url: `http://127.0.0.1:${String(port).trim()}`, path: '/rerank' };
    const send = () => client.outcome(target, body);
    await closedLoop(send, { concurrency: CONCURRENCY, seconds: SECONDS / 4 });
    return figuresOf([await closedLoop(send, { concurrency: CONCURRENCY, seconds: SECONDS })], 1).requestsPerSecond;
  } finally {
    client.close();
    child.kill();
  }
}
