import {
  getMetadataStorage,
  ValidationTypes,
  type ValidationArguments,
  type ValidatorConstraintInterface,
} from 'class-validator';

/** What class-validator knows of one property. */
interface PropertyRules {
  readonly property: string;
  /** Where one of them says no, the value is not looked at. */
  readonly conditions: readonly ((body: object, value: unknown) => boolean)[];
  readonly rules: readonly Rule[];
}

interface Rule {
  readonly constraint: ValidatorConstraintInterface;
  readonly constraints: unknown[];
  readonly isForEach: boolean;
}

const RULES_OF = new Map<object, readonly PropertyRules[]>();

/**
 * Whether class-validator finds nothing wrong with an instance of a class that has its decorators. It collects the rules anew
 * for each object and keeps a record of each property, which takes longer than parsing the body: here they are collected
 * once. What is wrong, and in which words, is left to it.
 */
export function keepsRules(body: object): boolean {
  const type = body.constructor;
  let rules = RULES_OF.get(type);
  if (rules === undefined) RULES_OF.set(type, (rules = rulesOf(type)));
  return rules.every((ofProperty) => isRight(body, ofProperty));
}

function isRight(body: object, { property, conditions, rules }: PropertyRules): boolean {
  const value = (body as Readonly<Record<string, unknown>>)[property];
  if (!conditions.every((counts) => counts(body, value))) return true;
  return rules.every(({ constraint, constraints, isForEach }) => {
    const args: ValidationArguments = { targetName: body.constructor.name, property, object: body, value, constraints };
    const passes = (one: unknown) => constraint.validate(one, args) === true;
    return isForEach && Array.isArray(value) ? value.every(passes) : passes(value);
  });
}

function rulesOf(type: Function): PropertyRules[] {
  const storage = getMetadataStorage();
  const all = storage.groupByPropertyName(storage.getTargetValidationMetadatas(type, '', false, false));
  return Object.entries(all).map(([property, ofProperty]) => {
    const unknown = ofProperty.find((rule) => !KINDS.has(rule.type));
    if (unknown !== undefined)
      throw new Error(`${type.name}.${property}: rules of the kind ${unknown.type} are not known here`);
    return {
      property,
      conditions: ofProperty
        .filter((rule) => rule.type === ValidationTypes.CONDITIONAL_VALIDATION)
        .map((rule) => rule.constraints[0]),
      rules: ofProperty
        .filter((rule) => rule.type === ValidationTypes.CUSTOM_VALIDATION)
        .flatMap(({ constraintCls, constraints, each }) =>
          storage
            .getTargetValidatorConstraints(constraintCls)
            .map(({ instance }) => ({ constraint: instance, constraints, isForEach: each })),
        ),
    };
  });
}

const KINDS = new Set([ValidationTypes.CONDITIONAL_VALIDATION, ValidationTypes.CUSTOM_VALIDATION]);
