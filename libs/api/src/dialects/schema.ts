/** A JSON Schema together with the TypeScript type of its values, so that an answer cannot differ from its description. */
export interface Schema<Value> {
  readonly json: object;
  /** Only for the type: no schema has it. */
  readonly value?: Value;
}

type AnySchema = Schema<unknown>;
export type ValueOf<Any extends AnySchema> = Any extends Schema<infer Value> ? Value : never;
type Shape = Readonly<Record<string, AnySchema>>;
type With<Needed extends Shape> = { readonly [Key in keyof Needed]: ValueOf<Needed[Key]> };
type WithOrWithout<Optional extends Shape> = { readonly [Key in keyof Optional]?: ValueOf<Optional[Key]> };

export const text: Schema<string> = { json: { type: 'string' } };
export const number: Schema<number> = { json: { type: 'number' } };
export const integer: Schema<number> = { json: { type: 'integer' } };
export const flag: Schema<boolean> = { json: { type: 'boolean' } };
export const nothing: Schema<null> = { json: { type: 'null' } };
export const anyObject: Schema<Readonly<Record<string, unknown>>> = {
  json: { type: 'object', additionalProperties: true },
};

export function exactly<const Value extends string | number>(value: Value): Schema<Value> {
  return { json: { type: typeof value, const: value } };
}

export function list<Value>(items: Schema<Value>): Schema<readonly Value[]> {
  return { json: { type: 'array', items: items.json } };
}

export function either<const Options extends readonly AnySchema[]>(
  ...options: Options
): Schema<ValueOf<Options[number]>> {
  return { json: { anyOf: options.map(({ json }) => json) } };
}

/** An object with these keys; it may have others, as answers get new ones. */
export function object<Needed extends Shape>(needed: Needed): Schema<With<Needed>>;
export function object<Needed extends Shape, Optional extends Shape>(
  needed: Needed,
  optional: Optional,
): Schema<With<Needed> & WithOrWithout<Optional>>;
export function object(needed: Shape, optional: Shape = {}): Schema<never> {
  const properties = Object.entries({ ...needed, ...optional }).map(([key, { json }]) => [key, json] as const);
  const required = Object.keys(needed);
  return { json: { type: 'object', properties: Object.fromEntries(properties), required } };
}
