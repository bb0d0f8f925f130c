// Attention over small trees. Run as a process of its own, it prints what the addon answers for one: an instruction set is
// settled once a process.
import { pathToFileURL } from 'node:url';
import { layOut, ropeOf } from '#libs/tensor';
import { createLibtorchBackend } from '#libs/tensor-libtorch';

const [HEADS, KEY_HEADS, HEAD_DIM, VOCABULARY] = [6, 2, 64, 200];
const WIDTH = (HEADS + 2 * KEY_HEADS) * HEAD_DIM;

if (pathToFileURL(process.argv[1]).href === import.meta.url) {
  const ops = await createLibtorchBackend({ threads: 2, tiles: true });
  console.log(JSON.stringify([...(await attendTree(ops))]));
  ops.close();
}

/** A head, a query and two documents of more than one block of rows. */
export function attendTree(ops) {
  const documents = [70, 5].map((length) => ({ ids: ids(length, 60), parent: 1, scored: true }));
  return attend(ops, table(), [{ ids: ids(40, 0) }, { ids: ids(20, 40), parent: 0 }, ...documents]);
}

/** A document beside one whose numbers are all `value`: the rows of the first. */
export async function attendBeside(ops, value) {
  const rows = table();
  rows.fill(value, 0, WIDTH);
  const strange = { ids: new Int32Array(9), scored: true };
  const attended = await attend(ops, rows, [strange, { ids: ids(37, 100), scored: true }, strange]);
  return attended.subarray(9 * HEADS * HEAD_DIM, (9 + 37) * HEADS * HEAD_DIM);
}

async function attend(ops, values, segments) {
  const read = ({ first, count } = { first: 0, count: VOCABULARY }) =>
    new Uint8Array(values.slice(first * WIDTH, (first + count) * WIDTH).buffer);
  const rows = ops.embeddingTable({ name: 'rows', dtype: 'float32', shape: [VOCABULARY, WIDTH], read });
  const groups = [HEADS, KEY_HEADS, KEY_HEADS].map((heads) => ({ heads }));
  const program = ops.compile(
    (pass) => {
      const [q, k, v] = ops.splitHeads(ops.embed(rows, pass), groups, pass, { rows: 'all', eps: 0 });
      return ops.attention({ q, k, v }, pass, { layer: 0, rows: 'all' });
    },
    ropeOf(10_000, HEAD_DIM),
  );
  try {
    return await program.run(layOut(segments));
  } finally {
    program.dispose();
  }
}

function ids(length, first) {
  return Int32Array.from({ length }, (_, token) => first + token);
}

/** Numbers that bfloat16 holds: multiples of 1/64 up to 2. */
function table() {
  let state = 1;
  return Float32Array.from({ length: VOCABULARY * WIDTH }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.round((state / 2 ** 32 - 0.5) * 256) / 64;
  });
}
