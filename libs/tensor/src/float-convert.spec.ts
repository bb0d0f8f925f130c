import { expect, it } from 'vitest';
import { toFloat32 } from './float-convert.js';

function bytesOf(values: Uint16Array | Float32Array): Uint8Array {
  return new Uint8Array(values.buffer);
}

it.each([
  ['zero', 0x0000, 0],
  ['one', 0x3c00, 1],
  ['a third, rounded', 0x3555, 0.333251953125],
  ['the smallest subnormal', 0x0001, 2 ** -24],
  ['the largest subnormal', 0x03ff, 1023 * 2 ** -24],
  ['the largest number', 0x7bff, 65_504],
  ['minus two', 0xc000, -2],
  ['infinity', 0x7c00, Infinity],
  ['minus infinity', 0xfc00, -Infinity],
  ['not a number', 0x7e00, Number.NaN],
])('reads %s from float16', (_name, bits, expected) => {
  expect([...toFloat32(bytesOf(Uint16Array.of(bits)), 'float16')]).toEqual([expected]);
});

it('reads bfloat16 as the upper half of a float32', () => {
  const bits = Uint16Array.of(0x0000, 0x3f80, 0xc000, 0x7f80, 0x4049);
  expect([...toFloat32(bytesOf(bits), 'bfloat16')]).toEqual([0, 1, -2, Infinity, 3.140625]);
});

it('reads from a place in a buffer where no typed array may begin', () => {
  const values = bytesOf(Float32Array.of(1.5, -2.25));
  const shifted = new Uint8Array(values.length + 1);
  shifted.set(values, 1);
  expect([...toFloat32(shifted.subarray(1), 'float32')]).toEqual([1.5, -2.25]);
});

it('keeps the sign of zero', () => {
  expect(Object.is(toFloat32(bytesOf(Uint16Array.of(0x8000)), 'float16')[0], -0)).toBe(true);
});
