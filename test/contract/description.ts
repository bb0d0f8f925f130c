import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, it } from 'vitest';
import { describePlayground, sharedPathsPage } from '#libs/api';
import { KEY, type Context } from './context.js';

const COPY = path.join(import.meta.dirname, '../../docs/openapi.json');
const SHARED_PATHS = path.join(import.meta.dirname, '../../docs/shared-paths.md');
const PLAYGROUND = path.join(import.meta.dirname, '../../apps/playground/public/dialects.js');

type Example = { readonly value: object };
type Operation = { requestBody?: { content: { 'application/json': { examples?: Record<string, Example> } } } };
interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, { readonly post?: Operation }>>;
}

export function description(context: Context): void {
  let served: Description;

  it('is the checked-in copy; `npm run generate` writes it', async () => {
    const response = await fetch(`${context.server.url}/openapi.json`, { headers: { authorization: `Bearer ${KEY}` } });
    served = (await response.json()) as Description;
    expect(served).toEqual(JSON.parse(readFileSync(COPY, 'utf8')));
  });

  it('has the APIs that the playground writes code for', async () => {
    const { DIALECTS } = (await import(PLAYGROUND)) as { DIALECTS: unknown };
    expect(DIALECTS).toEqual(describePlayground());
  });

  it('has a page that says what decides on a path that several APIs have', () => {
    expect(readFileSync(SHARED_PATHS, 'utf8')).toBe(sharedPathsPage());
  });

  it('is valid OpenAPI 3.1', async () => {
    expect(served.openapi).toBe('3.1.0');
    expect(await new Validator().validate(JSON.parse(JSON.stringify(served)) as Record<string, unknown>)).toMatchObject(
      { valid: true },
    );
  });

  it('has only examples that the server answers', async () => {
    const answered = new Set<string>();
    for (const [route, { post }] of Object.entries(served.paths)) {
      const examples = Object.entries(post?.requestBody?.content['application/json'].examples ?? {});
      // The ids of yes and no in SGLang's example are Qwen3's, not the embedded model's.
      for (const [name, { value }] of examples.filter(([api]) => api !== 'sglang-score' && !answered.has(api))) {
        answered.add(name);
        const url = route.replaceAll(/\{\w+\}/gu, 'some-model');
        const { status } = await context.server.post(url, value, { authorization: `Bearer ${KEY}` });
        expect({ route, name, status }).toEqual({ route, name, status: 200 });
      }
    }
    expect(answered.size).toBeGreaterThan(10);
  }, 60_000);
}
