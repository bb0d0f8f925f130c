import { expect, it } from 'vitest';
import { ClientGoneError } from '../shared/client-abort.js';
import { GrowingBytes } from './growing-bytes.js';
import { JsonThread } from './json-thread.js';

it('parses no body that was let go while it waited', async () => {
  const body = new GrowingBytes(3);
  body.add(Buffer.from('[1]'));
  const parsed = new JsonThread().parse(body);
  body.take();
  await expect(parsed).rejects.toThrow(ClientGoneError);
});
