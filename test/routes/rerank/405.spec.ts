import { expect, it } from 'vitest';
import { useTestApp } from '../../support/test-app.js';

const app = useTestApp();

it.each(['GET', 'PUT', 'DELETE', 'PATCH'] as const)('answers %s with what is allowed', async (method) => {
  const response = await app().inject({ method, url: '/rerank' });
  expect(response.statusCode).toBe(405);
  expect(response.headers['allow']).toBe('POST');
});
