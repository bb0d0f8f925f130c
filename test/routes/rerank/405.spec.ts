import { expect, it } from 'vitest';
import { useTestApp } from '../../support/test-app.js';

const app = useTestApp();

it.each(['GET', 'PUT', 'DELETE', 'PATCH'] as const)('answers %s with what is allowed', async (method) => {
  const response = await app().inject({ method, url: '/rerank' });
  expect(response.statusCode).toBe(405);
  expect(response.headers['allow']).toBe('POST');
});

it.each([
  ['GET', '/rerank/', 'POST'],
  ['PUT', '//v1//rerank?a=b', 'POST'],
  ['GET', '/v1/inference/some-model', 'POST'],
  ['POST', '/v1/models/embedded', 'GET'],
  ['DELETE', '/health/live/', 'GET'],
] as const)('knows what is allowed at the spelling %s %s', async (method, url, allowed) => {
  const response = await app().inject({ method, url });
  expect(response.statusCode).toBe(405);
  expect(response.headers['allow']).toBe(allowed);
});
