import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { listenError } from './listen-error.js';

const failureOf = async (host: string, port: number): Promise<unknown> => {
  const [error] = await once(createServer().listen(port, host), 'error').catch((thrown: unknown) => [thrown]);
  return listenError(error, { host, port, variable: 'PORT' });
};

it('says what to do where the port is in use', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  expect(await failureOf('127.0.0.1', port)).toMatchObject({
    message: `PORT ${port} on 127.0.0.1 cannot be opened: it is in use; stop the program that has it, or set another port`,
    cause: { code: 'EADDRINUSE' },
  });
  other.close();
});

it('says so where the address is not of this machine', async () => {
  expect(await failureOf('203.0.113.1', 0)).toMatchObject({
    message: expect.stringContaining('set HOST to one that is'),
  });
});

it.each(['ENOTFOUND', 'EAI_AGAIN'])('says so where the name of HOST has no address (%s)', (code) => {
  const error = Object.assign(new Error('getaddrinfo'), { code });
  expect(listenError(error, { host: 'no-such.invalid', port: 8004, variable: 'PORT' })).toMatchObject({
    message: expect.stringMatching(/^PORT 8004 on no-such\.invalid cannot be opened: .*set HOST to an address/u),
  });
});

it('leaves other errors as they are', () => {
  const error = new Error('other');
  expect(listenError(error, { host: '127.0.0.1', port: 1, variable: 'PORT' })).toBe(error);
});
