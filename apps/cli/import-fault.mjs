/** What to do about an error of a program's import, where that is known; undefined where it is another. */
export function importFault(command, { code = '', message }) {
  // `libtorch` and `verify` read their few options by Node's parser, whose errors have a stack.
  if (code.startsWith('ERR_PARSE_ARGS')) return `${message}\n\`${command} --help\` lists the options`;
  if (code !== 'ERR_MODULE_NOT_FOUND') return undefined;
  const { name } = /^Cannot find package '(?<name>[^']+)'/u.exec(message)?.groups ?? {};
  if (name !== undefined) return `the package ${name} is not installed: run \`npm ci\``;
  return `${/'(?<file>[^']+)'/u.exec(message)?.groups.file} is missing: remove dist/, and the next start builds it anew`;
}
