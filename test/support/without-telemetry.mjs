// `node --import` of this: OpenTelemetry's SDK is not found, as where only the server's own dependencies are installed.
import { register } from 'node:module';

const hook = `export function resolve(name, context, next) {
  if (!name.startsWith('@opentelemetry/sdk-node')) return next(name, context);
  throw Object.assign(new Error("Cannot find package '@opentelemetry/sdk-node'"), { code: 'ERR_MODULE_NOT_FOUND' });
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
