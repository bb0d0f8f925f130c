/** The configuration cannot be used. The message names every bad variable, what was expected, and never a secret. */
export class ConfigError extends Error {
  readonly code = 'invalid_configuration';

  constructor(readonly problems: readonly string[]) {
    super(['The configuration cannot be used:', ...problems.map((problem) => `  ${problem}`)].join('\n'));
    this.name = 'ConfigError';
  }
}
