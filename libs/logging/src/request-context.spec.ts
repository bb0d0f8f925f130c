import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { contextOf, currentRequest, enterRequest, note } from './request-context.js';

it('keeps what each of several requests noted apart, across waiting', async () => {
  const requests = ['a', 'b'].map((id) => ({ id }));
  await Promise.all(
    requests.map(
      (request) =>
        new Promise<void>((resolve) => {
          enterRequest(request, request, () => {
            void (async () => {
              note({ documents: 3 });
              await sleep(1);
              note({ name: currentRequest()!.id });
              resolve();
            })();
          });
        }),
    ),
  );
  expect(requests.map((request) => contextOf(request)?.notes)).toEqual([
    { documents: 3, name: 'a' },
    { documents: 3, name: 'b' },
  ]);
  expect(currentRequest()).toBeUndefined();
});
