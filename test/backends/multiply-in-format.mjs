// Multiplies random rows by a random weight that is packed in a format: argv = format, { rows, columns, outputs }. Prints all
// three. A program of its own, because a process settles once which instructions it uses.
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
const stored = (values, count) => ({ dtype: 'float32', rows: count, columns, bytes: new Uint8Array(values.buffer) });

native.open({ threads: 2, device: 'cpu', dtype: 'f32', fused: true, tensors: false, graphs: 'never', tiles: false });
try {
  const handles = { table: native.table(stored(x, rows)), weight: native.weight([stored(weight, outputs)], format) };
  const plan = native.plan({
    segments: [{ start: 0, length: rows, ancestors: [], scored: false }],
    ids: Int32Array.from({ length: rows }, (_, row) => row),
    positions: Int32Array.from({ length: rows }, (_, row) => row),
    scoredRows: new Int32Array(0),
    headDim: 2,
    frequencies: new Float32Array([1]),
  });
  // embed into slot 0, linear from it into slot 1 (program.h).
  const program = Float64Array.from([0, 0, 0, 0, 0, 0, 0, 0, 3, 1, 0, 1, 0, 0, 0, 0]);
  const products = await native.run(plan, program, [handles.table, handles.weight], { slots: 2, result: 1, rows });
  console.log(JSON.stringify({ x: [...x], weight: [...weight], products: [...products] }));
} finally {
  native.close();
}
