import { Ajv, type ValidateFunction } from 'ajv';

interface Content {
  readonly 'application/json'?: { readonly schema: object };
}
interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}
interface Description {
  readonly paths: Readonly<Record<string, { readonly post?: Operation }>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly properties?: object }>> };
}

/** A POST route that the server describes, with what it says of its answers. */
export interface DescribedRoute {
  readonly path: string;
  /** Whether an answer of this status is one that clients of this route can read. */
  isDescribed(status: number, body: unknown): boolean;
}

export interface Described {
  readonly routes: readonly DescribedRoute[];
  /** Every field of every request. */
  readonly fields: readonly string[];
}

/** What the server at this address says of itself. */
export async function describedBy(url: string): Promise<Described> {
  const { paths, components } = (await (await fetch(`${url}/openapi.json`)).json()) as Description;
  const ajv = new Ajv({ strict: false });
  // A route that says nothing of its errors, such as /tokenize, cannot be judged by what it says.
  const routes = Object.entries(paths).flatMap(([path, { post }]) =>
    post && Object.keys(post.responses).some((status) => status.startsWith('4')) ? [route(ajv, path, post)] : [],
  );
  const fields = Object.values(components.schemas).flatMap(({ properties }) => Object.keys(properties ?? {}));
  return { routes, fields: [...new Set(fields)] };
}

function route(ajv: Ajv, path: string, { responses }: Operation): DescribedRoute {
  const checks = Object.entries(responses).flatMap(([status, { content }]) => {
    const schema = content?.['application/json']?.schema;
    return schema === undefined ? [] : [[status, ajv.compile(schema)] as const];
  });
  const checkOf = new Map<string, ValidateFunction>(checks);
  return {
    path: path.replaceAll(/\{\w+\}/gu, 'model'),
    isDescribed: (status, body) => checkOf.get(String(status))?.(body) ?? String(status) in responses,
  };
}
