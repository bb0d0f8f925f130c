// Multiplies random rows by a random weight that is packed in a format, or given in 8 bits: argv = format or `stored`,
// { rows, columns, outputs }. Prints all three. A program of its own, because a process settles once which instructions it uses.
import { createRequire } from 'node:module';
import path from 'node:path';

const [format, shape] = process.argv.slice(2);
const { rows, columns, outputs } = JSON.parse(shape);
const native = createRequire(import.meta.url)(path.join(import.meta.dirname, '../../build/native/addon.node'));

let state = 7;
function random() {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 31 - 1;
}
// Rows of very different magnitude: one scale for all of them would leave the small ones without digits.
const x = Float32Array.from(
  { length: rows * columns },
  (_, index) => random() * 10 ** (Math.floor(index / columns) % 4),
);
const weight = Float32Array.from(
  { length: outputs * columns },
  (_, index) => random() * 10 ** (Math.floor(index / columns) % 3),
);
/** Whole numbers, -128 among them, with a scale for each row. */
const numbers = Int8Array.from(weight, (_, index) => Math.floor(128 * random()) - (index % columns === 0 ? 128 : 0));
const scales = Float32Array.from({ length: outputs }, (_, row) => (1 + random() / 2) * 10 ** ((row % 3) - 2));
const inInt8 = { rows: outputs, columns, scales, bytes: new Uint8Array(numbers.buffer) };
const stored = (values, count) => ({ dtype: 'float32', rows: count, columns, bytes: new Uint8Array(values.buffer) });

native.open({ threads: 2, device: 'cpu', dtype: 'f32', fused: true, tensors: false, graphs: 'never', tiles: false });
try {
  const program = native.program({
    commands: [
      { operation: 'embed', slots: [0], weight: native.table(stored(x, rows)) },
      {
        operation: 'linear',
        slots: [1, 0],
        weight:
          format === 'stored' ? native.weight([inInt8], 'int8') : native.weight([stored(weight, outputs)], format),
      },
    ],
    slots: 2,
    result: 1,
    rows: 'all',
    headDim: 2,
    frequencies: new Float32Array([1]),
  });
  const products = await native.run(program, {
    segments: [{ start: 0, length: rows, ancestors: [], scored: false }],
    ids: Int32Array.from({ length: rows }, (_, row) => row),
    positions: Int32Array.from({ length: rows }, (_, row) => row),
    scoredRows: new Int32Array(0),
  });
  const multiplied = [...weight].map((value, index) =>
    format === 'stored' ? numbers[index] * scales[Math.floor(index / columns)] : value,
  );
  console.log(JSON.stringify({ x: [...x], weight: multiplied, products: [...products] }));
} finally {
  native.close();
}
