// What the contract suite uses of vitest, over node:test: the machine with the GPU has no vitest, whose native parts are large.
import { after, before, describe as group, it as test } from 'node:test';
import { format } from 'node:util';
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect';
import * as chai from 'chai';

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);

export const expect = (value, message) => chai.expect(value, message);
Object.assign(expect, chai.expect);
setState({ assertionCalls: 0, isExpectingAssertions: false, expectedAssertionsNumber: null }, expect);
globalThis[GLOBAL_EXPECT] = expect;
Object.assign(expect, globalThis[ASYMMETRIC_MATCHERS_OBJECT]);

export const beforeAll = (run) => before(run);
export const afterAll = (run) => after(run);
export const describe = Object.assign((name, run) => void group(name, run), {
  each: eachOf((name, run) => group(name, run)),
});
export const it = Object.assign((name, run) => void test(name, run), { each: eachOf((name, run) => test(name, run)) });

/** A case that is an array is spread over the arguments and the %-codes; $name stands for a field of another. */
function eachOf(define) {
  return (cases) => (title, run) => {
    for (const one of cases) {
      const values = Array.isArray(one) ? one : [one];
      const fields = title.replaceAll(/\$(\w+)/gu, (whole, field) => one[field] ?? whole);
      const codes = fields.match(/%[a-z]/gu)?.length ?? 0;
      define(codes === 0 ? fields : format(fields, ...values.slice(0, codes)), () => run(...values));
    }
  };
}
