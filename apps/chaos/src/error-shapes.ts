type Shape = (body: Readonly<Record<string, unknown>>) => boolean;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const hasOnly = (body: object, ...keys: readonly string[]) => Object.keys(body).every((key) => keys.includes(key));

/** OpenAI's error object, which vLLM, OpenRouter and the AI SDK read. */
const openAi: Shape = ({ error }) =>
  isRecord(error) && isText(error['message']) && isText(error['type']) && Number.isInteger(error['code']);
const everyone: Shape = (body) => isText(body['message']) && body['detail'] === body['message'] && openAi(body);
const cohere: Shape = (body) => isText(body['message']) && isText(body['id']) && hasOnly(body, 'message', 'id');
const jina: Shape = (body) => isText(body['detail']) && isText(body['request_id']);
const voyage: Shape = (body) => isText(body['detail']) && hasOnly(body, 'detail');
const TEI_TYPES = new Set<unknown>(['Validation', 'Empty', 'Tokenizer', 'Overloaded', 'Backend', 'Unhealthy']);
const tei: Shape = (body) =>
  isText(body['error']) && TEI_TYPES.has(body['error_type']) && hasOnly(body, 'error', 'error_type');
const vllm: Shape = (body) => openAi(body) && hasOnly(body, 'error');
/** What FastAPI says of a body that fails its model. */
const fastApi: Shape = ({ detail }) =>
  Array.isArray(detail) && detail.every((each) => isRecord(each) && isText(each['msg']) && Array.isArray(each['loc']));

/** By the first part of the path; elsewhere the shape for all clients. */
const MOUNTED: Readonly<Record<string, readonly Shape[]>> = {
  cohere: [cohere],
  jina: [jina],
  voyage: [voyage],
  tei: [tei],
  vllm: [vllm],
  infinity: [fastApi, vllm],
};
/** On a shared path TEI's own fields get TEI's errors. */
const SHARED: readonly Shape[] = [everyone, tei];

/** The body of an error is what clients of this path read; written from the APIs' documentation, not from our code. */
export function isErrorOf(path: string, body: unknown): boolean {
  const [, mount = ''] = path.split('/');
  return isRecord(body) && (MOUNTED[mount] ?? SHARED).some((shape) => shape(body));
}
