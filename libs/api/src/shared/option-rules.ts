import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Max,
  Min,
  ValidateBy,
} from 'class-validator';
import { listOf, textOf, wrongDocument, type DocumentInput } from './document-input.js';

/** Cohere's; 0 is the highest. */
export const LOWEST_PRIORITY = 999;

/** Each is looked for in each document; no vendor's client names as many. */
const MOST_RANK_FIELDS = 100;

/** How `rank_fields` is described. */
export const RANK_FIELDS = {
  type: 'array',
  items: { type: 'string' },
  maxItems: MOST_RANK_FIELDS,
  description: 'Keys of object documents that are read, in this order.',
} as const satisfies ApiPropertyOptions;

// Of several rules on a field, the first one that is broken gives the message, so each list goes from type to value.

/** A whole number. */
export function CountField(least: number, most = Number.MAX_SAFE_INTEGER): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    IsInt({ message: '$property must be an integer' }),
    Min(least, { message: `$property must be at least ${least}` }),
    Max(most, { message: `$property must be at most ${most}` }),
  );
}

export function NumberField(): PropertyDecorator {
  return applyDecorators(IsOptional(), IsNumber({}, { message: '$property must be a number' }));
}

/** True or false, also as the strings some clients send. */
export function SwitchField(): PropertyDecorator {
  return ChoiceField(true, false, 'true', 'false');
}

export function ChoiceField(...values: readonly (string | boolean)[]): PropertyDecorator {
  const words = values.filter((value) => value !== 'true' && value !== 'false').map((value) => JSON.stringify(value));
  const names = words.length === 2 ? words.join(' or ') : words.join(', ');
  return applyDecorators(IsOptional(), IsIn(values, { message: `$property must be ${names}` }));
}

export function TextField(): PropertyDecorator {
  return applyDecorators(IsOptional(), IsString({ message: '$property must be a string' }));
}

/** Keys of documents. */
export function RankFieldsField(): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    IsArray({ message: '$property must be an array of strings' }),
    ArrayNotEmpty({ message: '$property must not be empty' }),
    ArrayMaxSize(MOST_RANK_FIELDS, { message: `$property must hold at most ${MOST_RANK_FIELDS} names` }),
    IsString({ each: true, message: '$property must be an array of strings' }),
  );
}

const DOCUMENT_SCHEMA = { oneOf: [{ type: 'string' }, { type: 'object', additionalProperties: true }] };

/** How `priority` is described. */
export const PRIORITY = {
  type: 'integer',
  minimum: 0,
  maximum: LOWEST_PRIORITY,
  description: 'Who goes first under load: 0 before 1, 1 before 2 and more. Without: DEFAULT_PRIORITY of the server.',
} as const;

/** A query that may be blank: a string, or the object that Jina, NIM and vLLM take. */
export function AnyQueryField(options: ApiPropertyOptions = {}): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ oneOf: DOCUMENT_SCHEMA.oneOf, example: 'What is machine learning?', ...options }),
    rule('queryInput', '$property must be a string', (query) => textOf(query) !== undefined),
  );
}

export function QueryField(options: ApiPropertyOptions = {}): PropertyDecorator {
  return applyDecorators(
    AnyQueryField(options),
    rule('notBlank', '$property must not be blank', (query) => /\S/u.test(textOf(query) ?? '')),
  );
}

const DOCUMENTS_SCHEMA = {
  type: 'array',
  items: DOCUMENT_SCHEMA,
  example: ['Machine learning is a subset of artificial intelligence.', 'Python is a programming language.'],
} as const;

/** Documents, or one of them alone, as vLLM takes it. */
export function OneOrMoreDocumentsField(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ oneOf: [DOCUMENTS_SCHEMA, ...DOCUMENT_SCHEMA.oneOf] }),
    ValidateBy({
      name: 'documentInput',
      validator: {
        validate: (value) => faultIn(value) === undefined,
        defaultMessage: (args) => `$property${faultIn(args?.value) ?? ''}`,
      },
    }),
  );
}

function faultIn(value: unknown): string | undefined {
  const documents = listOf(value as DocumentInput);
  return documents.length === 0 ? ' must hold at least one document' : wrongDocument(documents);
}

/** The documents, each a string or an object with something to read. */
export function DocumentsField(options: ApiPropertyOptions = {}): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ ...DOCUMENTS_SCHEMA, ...options }),
    IsArray({ message: '$property must be an array of strings or of objects with a text' }),
    ArrayNotEmpty({ message: '$property must hold at least one document' }),
    ValidateBy({
      name: 'documentInput',
      validator: {
        validate: (documents, args) => wrongDocument(documents, rankFieldsOf(args?.object)) === undefined,
        defaultMessage: (args) => `$property${wrongDocument(args?.value, rankFieldsOf(args?.object)) ?? ''}`,
      },
    }),
  );
}

/** The options that an API documents, among those that are taken anyway; `minimum` and `maximum` are checked too. */
export function Shows(
  options: Readonly<Record<string, ApiPropertyOptions & { readonly minimum?: number; readonly maximum?: number }>>,
): ClassDecorator {
  return ({ prototype }) => {
    for (const [name, schema] of Object.entries(options)) {
      ApiPropertyOptional({ nullable: true, ...withDefaultInWords(schema) })(prototype, name);
      const { minimum, maximum } = schema;
      if (minimum !== undefined) CountField(minimum, maximum)(prototype, name);
    }
  };
}

/** As a keyword, generators such as openapi-typescript take it for a promise that the field is there, in requests too. */
function withDefaultInWords({ default: value, description, ...schema }: ApiPropertyOptions): ApiPropertyOptions {
  const words = [description, value === undefined ? undefined : `Default: ${String(value)}.`];
  const all = words.filter((each) => each !== undefined).join(' ');
  return { ...schema, ...(all !== '' && { description: all }) };
}

/** Undefined where they are wrong: that is told of them, not of the documents. */
function rankFieldsOf(body: { readonly rank_fields?: unknown } = {}): readonly string[] | undefined {
  const { rank_fields: names } = body;
  return Array.isArray(names) && names.length <= MOST_RANK_FIELDS ? names : undefined;
}

function rule(name: string, message: string, validate: (value: unknown) => boolean): PropertyDecorator {
  return ValidateBy({ name, validator: { validate, defaultMessage: () => message } });
}
