import { expect, it } from 'vitest';
import { DEVICE_PATTERN, devicesOf } from './device.js';

it.each([
  ['auto', ['auto']],
  ['cpu', ['cpu']],
  ['cpu,cpu', ['cpu', 'cpu']],
  ['cuda', ['cuda']],
  ['cuda:3', ['cuda:3']],
  ['cuda:0,1,12', ['cuda:0', 'cuda:1', 'cuda:12']],
])('DEVICE=%s stands for %o', (device, devices) => {
  expect(device).toMatch(DEVICE_PATTERN);
  expect(devicesOf(device)).toEqual(devices);
});

it.each(['', 'gpu', 'cuda:', 'cuda:0,', 'cuda:,1', 'cuda,cuda', 'auto,auto', 'cuda:0,cuda:1', 'cpu,'])(
  'DEVICE=%s is refused',
  (device) => {
    expect(device).not.toMatch(DEVICE_PATTERN);
  },
);
