import { Progress } from '../load/progress.js';

/** Requests at a time: enough that the engine does not wait for the next one. */
const AT_ONCE = 4;

/** What `make` makes of each value, in their order. Rejects with the first error. */
export async function someAtOnce<Value, Result>(
  label: string,
  values: readonly Value[],
  make: (value: Value) => Promise<Result>,
): Promise<Result[]> {
  const results = Array.from<Result>({ length: values.length });
  const progress = new Progress(values.length);
  let next = 0;
  const work = async () => {
    for (let place = next; place < values.length; place = next) {
      next += 1;
      progress.step(label);
      results[place] = await make(values[place]!);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  progress.end();
  return results;
}
