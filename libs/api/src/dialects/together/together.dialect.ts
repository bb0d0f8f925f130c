import { defineDialect } from '../dialect.js';
import { errorsForAll } from '../errors.js';
import { generic } from '../generic/generic.dialect.js';
import { superset } from '../generic/superset.js';
import { either, nothing, object, text } from '../schema.js';
import { ANY_RERANK } from '../shared-paths.js';
import { hasHeaderLike } from '../signs.js';

const error = object({ message: text, type: text, param: either(text, nothing), code: text });

/** Together's Python SDK 1.x, which fails on an error whose `code` is a number, as OpenRouter's SDK wants it. */
export const together = defineDialect({
  ...superset({ data: 'never' }),
  name: 'together',
  mounts: [...ANY_RERANK],
  matches: hasHeaderLike(
    'User-Agent',
    'that begins with `Together/v1 PythonBindings`',
    /^together\S* pythonbindings/iu,
  ),
  error: object({ message: text, id: text, detail: text, error }),
  toError: (refusal, id) => {
    const { status, body } = errorsForAll.toError(refusal, id) as { status: number; body: { error: object } };
    return { status, body: { ...body, error: { ...body.error, code: refusal.code } } };
  },
  example: { ...generic.example, headers: { 'user-agent': 'Together/v1 PythonBindings/1.6.0' } },
});
