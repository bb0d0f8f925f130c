// What a GPU executes, as nvdisasm prints it: how many instructions a kernel has on its longest way, and of which kind.

const KERNEL = /^\.text\.(\w+):$/u;
const LABEL = /^\s*(\.L_\w+):$/u;
/** Address, a condition, the name of the instruction, what it works on. */
const INSTRUCTION = /^\s*\/\*[0-9a-f]{4,}\*\/\s+(@!?U?P\w+\s+)?([A-Z]\w*(?:\.\w+)*)(.*)$/u;
/** Loads and stores of memory, and matrices from shared memory: what a kernel moves, but for single values in shared memory. */
export const MOVES = /^(?:LDG|STG|LDSM|LDGSTS)\b/u;
const TARGET = /(\.L_\w+)/u;

/**
 * Kernels of a listing by name. `instructions`: those on the longest way through the kernel, its loops once; `loops`: those on the
 * longest way through the body of each. Threads of a warp are taken to go the same way: what is there for those that do not is no
 * part of it. `names`: how often each instruction is on that way. Anywhere in the kernel: `spills`, accesses to a thread's own memory,
 * and `narrowLoads`, loads of less than 16 bytes.
 */
export function kernelsOf(listing) {
  const kernels = {};
  let lines;
  for (const line of listing.split('\n')) {
    const kernel = KERNEL.exec(line.trim());
    if (kernel !== null) kernels[kernel[1]] = lines = [];
    else if (line.startsWith('//----')) lines = undefined;
    else lines?.push(line);
  }
  return Object.fromEntries(Object.entries(kernels).map(([name, body]) => [name, describe(instructionsOf(body))]));
}

/** Each with its name and the places that may come next. */
function instructionsOf(body) {
  const labels = new Map();
  const found = [];
  for (const line of body) {
    const label = LABEL.exec(line);
    if (label !== null) labels.set(label[1], found.length);
    const [, condition, name, operands] = INSTRUCTION.exec(line) ?? [];
    if (name !== undefined)
      found.push({ name, operands, conditional: condition !== undefined || /\bU?P\d,/u.test(operands) });
  }
  return found.map(({ name, operands, conditional }, index) => ({
    name,
    next: nextOf({ name, conditional, index, target: labels.get(TARGET.exec(operands)?.[1]) }),
  }));
}

function nextOf({ name, conditional, index, target }) {
  if (name === 'EXIT' || name.startsWith('RET')) return conditional ? [index + 1] : [];
  // BRA.DIV is taken by warps whose threads go different ways.
  if (name !== 'BRA') return [index + 1];
  return conditional ? [index + 1, target] : [target];
}

function describe(instructions) {
  const back = [];
  const way = longestFrom(instructions, 0, (from, to) => back.push({ from, to }));
  const loops = back
    .filter(({ from, to }) => from !== to)
    .map(({ from, to }) => longestFrom(instructions, to, () => undefined, from));
  return {
    ...counted(instructions, way),
    spills: instructions.filter(({ name }) => /^(?:LDL|STL)\b/u.test(name)).length,
    narrowLoads: instructions.filter(({ name }) => /^LDG\b/u.test(name) && !name.includes('.128')).length,
    loops: loops.map((body) => counted(instructions, body)),
  };
}

function counted(instructions, way) {
  const names = {};
  for (const index of way) names[instructions[index].name] = (names[instructions[index].name] ?? 0) + 1;
  return { instructions: way.length, names };
}

/**
 * Places on the longest way from `first` to an end, or to `last`. `onBack` hears of branches to where the way has been: they are not
 * gone.
 */
function longestFrom(instructions, first, onBack, last) {
  const lengths = new Map();
  const best = new Map();
  const open = new Set();
  const visit = (index) => {
    if (index === last) return 1;
    if (lengths.has(index)) return lengths.get(index);
    open.add(index);
    const { next } = instructions[index];
    let longest = next.length === 0 && last === undefined ? 0 : -Infinity;
    for (const to of next) {
      if (open.has(to)) {
        onBack(index, to);
        continue;
      }
      const length = visit(to);
      if (length > longest) {
        longest = length;
        best.set(index, to);
      }
    }
    open.delete(index);
    lengths.set(index, longest + 1);
    return longest + 1;
  };
  visit(first);
  const way = [];
  for (let index = first; index !== undefined; index = index === last ? undefined : best.get(index)) way.push(index);
  return way;
}
