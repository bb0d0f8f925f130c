import { startPinned } from './server-under-test.js';
import { describedBy, type DescribedRoute } from './described-routes.js';
import { fuzzBody } from './fuzz-bodies.js';
import { exactly, measured, type Check, type ScenarioOptions } from './scenario.js';
import { Texts } from './texts.js';

const BODIES = 50_000;
const WORKERS = 8;
const SHOWN = 5;

/** Generated bodies over every POST route that the server describes. */
export async function fuzz({ scale }: ScenarioOptions): Promise<readonly Check[]> {
  const count = Math.max(200, Math.round(BODIES * scale));
  const server = await startPinned();
  const engine = server.enginePid;
  const { routes, fields } = await describedBy(server.url);
  const texts = new Texts();
  const findings: string[] = [];
  const statuses = new Map<number, number>();
  let left = count;
  const work = async () => {
    for (; left > 0;) {
      left -= 1;
      const route = texts.pick(routes);
      const body = fuzzBody(texts, fields);
      const { status, wrong } = await send(server.url, route, body);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (wrong !== undefined)
        findings.push(`${route.path} ${status}: ${wrong}: ${body.subarray(0, 300).toString('latin1')}`);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  for (const finding of findings.slice(0, SHOWN)) console.error(finding);
  const sameEngine = server.enginePid === engine;
  const exit = await server.stop();
  return [
    measured(`bodies over ${routes.length} routes (${routes.map(({ path }) => path).join(' ')})`, count, ''),
    ...[...statuses].toSorted(([a], [b]) => a - b).map(([status, times]) => measured(`answers ${status}`, times, '')),
    exactly("5xx, errors in another shape than the dialect's, scores out of range", findings.length, 0),
    exactly('engine still the first one', String(sameEngine), 'true'),
    exactly('exit code', String(exit), '0'),
  ];
}

async function send(server: string, route: DescribedRoute, body: Buffer): Promise<{ status: number; wrong?: string }> {
  const response = await fetch(server + route.path, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { 'content-type': 'application/json' },
  });
  const text = await response.text();
  const { status } = response;
  if (status >= 500) return { status, wrong: `server error ${text.slice(0, 200)}` };
  try {
    const answer: unknown = JSON.parse(text);
    if (!route.isDescribed(status, answer)) return { status, wrong: `shape ${text.slice(0, 200)}` };
    if (status >= 400) return { status };
    const bad = scoresIn(answer).filter((score) => !(score >= 0 && score <= 1) && !asksForLogits(route.path, body));
    return bad.length === 0 ? { status } : { status, wrong: `scores ${bad.join()}` };
  } catch {
    return { status, wrong: `no JSON ${text.slice(0, 200)}` };
  }
}

/** A raw score may be any finite number. */
function asksForLogits(path: string, body: Buffer): boolean {
  return /ranking/u.test(path) || /raw_scores|use_activation|activation|normalize/u.test(body.toString('utf8'));
}

function scoresIn(value: unknown): number[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    if (typeof child === 'number' && /^(relevance_)?score$/u.test(key)) return [child];
    if (key === 'relevance_score' || key === 'score') return [Number.NaN];
    return key === 'document' ? [] : scoresIn(child);
  });
}
