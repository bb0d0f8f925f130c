import type { OpenAPIObject } from '@nestjs/swagger';

/** From the 3.0 that Nest writes: in 3.1 a schema is JSON Schema, where null is a type and an integer is one. */
export function toOpenApi31(document: OpenAPIObject): OpenAPIObject {
  return { ...(withoutNullable(document) as OpenAPIObject), openapi: '3.1.0' };
}

function withoutNullable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNullable(item));
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = value as Record<string, unknown>;
  const schema = Object.fromEntries(Object.entries(rest).map(([key, child]) => [key, withoutNullable(child)]));
  if (nullable !== true) return schema;
  if (Array.isArray(schema['enum'])) schema['enum'] = [...schema['enum'], null];
  return typeof schema['type'] === 'string' ? { ...schema, type: [schema['type'], 'null'] } : schema;
}
