import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { signalOf } from './client-abort.js';

const REQUEST = 'POST /rerank HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}';

/** Sends a request to a server that does this with it, and leaves when the server says so. */
async function served(
  handle: (response: ServerResponse, leave: () => void) => Promise<AbortSignal>,
): Promise<AbortSignal> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
  client.write(REQUEST);
  const [request, response] = (await once(server, 'request')) as [NodeJS.ReadableStream, ServerResponse];
  request.resume();
  client.resume();
  try {
    return await handle(response, () => client.destroy());
  } finally {
    client.destroy();
    server.close();
  }
}

describe('the signal of a request', () => {
  it('aborts when the client hangs up', async () => {
    const signal = await served(async (response, leave) => {
      const listening = signalOf(response);
      leave();
      await once(response, 'close');
      return listening;
    });
    expect(signal.reason).toMatchObject({ code: 'client_gone' });
  });

  it('is aborted from the start when the client hung up while its body was read', async () => {
    const signal = await served(async (response, leave) => {
      leave();
      await once(response, 'close');
      return signalOf(response);
    });
    expect(signal.reason).toMatchObject({ code: 'client_gone' });
  });

  it('does not abort when the answer was written', async () => {
    const signal = await served(async (response, leave) => {
      const listening = signalOf(response);
      await new Promise<void>((resolve) => void response.end('{}', resolve));
      leave();
      if (!response.closed) await once(response, 'close');
      return listening;
    });
    expect(signal.aborted).toBe(false);
  });
});
