/** What a reader of the documentation needs to know about one variable. */
export interface VariableDescription {
  readonly name: string;
  readonly section: string;
  /** One or two sentences; units are named here. */
  readonly text: string;
  /** Shown as the default when the class sets none. */
  readonly unset?: string;
  /** Shown as the value in `.env.example` when the class sets none. */
  readonly example?: string;
  /** The value is never printed. */
  readonly secret?: boolean;
}

type Described = Omit<VariableDescription, 'section'>;

/** By class, so that two classes never mix. */
const descriptions = new WeakMap<object, Described[]>();

/** Documents a variable beside its declaration; `.env.example` and `docs/configuration.md` are made from it. */
export function Describe(
  text: string,
  options: Pick<VariableDescription, 'unset' | 'example' | 'secret'> = {},
): PropertyDecorator {
  return (target, property) => {
    const described = descriptions.get(target.constructor) ?? [];
    descriptions.set(target.constructor, [...described, { name: String(property), text, ...options }]);
  };
}

/** The described variables of a section's class, in the order of their declaration. */
export function describedVariables(declaring: object, section: string): readonly VariableDescription[] {
  return (descriptions.get(declaring) ?? []).map((described) => Object.assign({ section }, described));
}
