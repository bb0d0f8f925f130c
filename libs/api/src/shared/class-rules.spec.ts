import { validateSync, ValidateNested } from 'class-validator';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../dialects/list.js';
import { requestExample } from '../openapi/examples.js';
import { keepsRules } from './class-rules.js';

const CASES = [...new Map(DIALECTS.map((dialect) => [dialect.request, requestExample(dialect)]))].map(
  ([type, example]) => ({ name: type.name, type, example }),
);
const value = fc.oneof(
  fc.constantFrom<unknown>(undefined, '', 'text', 'true', 'NONE', 'left', 0, 1, -1, 1000, 0.5, true, false, [], {}),
  fc.constantFrom<unknown>([''], ['text'], [1], [null], [{ text: 'text' }], { text: 'text' }, { mode: 'enabled' }),
  fc.jsonValue(),
);

describe.each(CASES)('the rules of $name', ({ type, example }) => {
  const options = ['top_n', 'truncate', 'return_documents', 'rank_fields', 'relevant_spans', 'priority', 'model'];

  it('find the same bodies right as class-validator', () => {
    let right = 0;
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...options, ...Object.keys(example)), value), (fields) => {
        const body = Object.assign(new type(), example, fields);
        const expected = validateSync(body, { stopAtFirstError: true }).length === 0;
        right += Number(expected);
        expect(keepsRules(body)).toBe(expected);
      }),
    );
    expect(right).toBeGreaterThan(0);
  });
});

it('says which kind of rule it does not know', () => {
  class Nested {
    @ValidateNested() readonly inner = {};
  }
  expect(() => keepsRules(new Nested())).toThrow('Nested.inner: rules of the kind nestedValidation are not known here');
});
