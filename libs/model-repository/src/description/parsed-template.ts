import { Template } from '@huggingface/jinja';

/**
 * A template as Jinja reads it. In @huggingface/jinja `first` and `last` of an empty list fail, where Jinja answers an undefined
 * value that `default` can replace; templates read an instruction so that may be missing. Items [0] and [-1] do it right.
 */
export function parsedTemplate(text: string): Template {
  const template = new Template(text);
  template.parsed = withItems(template.parsed) as Template['parsed'];
  return template;
}

const ITEMS: Readonly<Record<string, number>> = { first: 0, last: -1 };

function withItems(node: unknown): unknown {
  if (Array.isArray(node)) return node.map((item) => withItems(item));
  if (typeof node !== 'object' || node === null) return node;
  const copy: object = Object.create(
    Object.getPrototypeOf(node) as object,
    Object.fromEntries(
      Object.entries(node).map(([key, value]) => [key, { value: withItems(value), enumerable: true, writable: true }]),
    ),
  ) as object;
  const { type, operand, filter } = copy as {
    type?: string;
    operand?: unknown;
    filter?: { type: string; value: string };
  };
  if (type !== 'FilterExpression' || filter?.type !== 'Identifier' || !Object.hasOwn(ITEMS, filter.value)) return copy;
  const property = { type: 'IntegerLiteral', value: ITEMS[filter.value] };
  return { type: 'MemberExpression', object: operand, property, computed: true };
}
