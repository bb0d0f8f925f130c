import type { ApiPropertyOptions } from '@nestjs/swagger';
import { IsOptional, ValidateBy } from 'class-validator';
import { applyDecorators } from '@nestjs/common';
import type { RankedDocument, SpanOptions } from '#libs/rerank';
import { integer, list, number, object, type ValueOf } from '../dialects/schema.js';

/** As Cohere's clients send it; an absent one and `mode: "disabled"` are the same. */
export interface RelevantSpansInput {
  readonly mode: 'enabled' | 'disabled';
  readonly threshold?: number | null;
  readonly max_spans?: number | null;
}

/** How `relevant_spans` is described. */
export const RELEVANT_SPANS: ApiPropertyOptions = {
  type: 'object',
  additionalProperties: false,
  description: 'Where in each answered document its relevance is.',
  properties: {
    mode: { type: 'string', enum: ['enabled', 'disabled'] },
    threshold: {
      type: 'number',
      minimum: 0,
      maximum: 1,
      description: "Only spans above it. Without: 0.1, or the document's own relevance where that is less.",
    },
    max_spans: { type: 'integer', minimum: 1, description: 'Most spans of a document. Without: all.' },
  },
  required: ['mode'],
};

/** The rule of `relevant_spans`. */
export function RelevantSpans(): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    ValidateBy({
      name: 'relevantSpans',
      validator: {
        validate: (value) => faultOf(value) === undefined,
        defaultMessage: (args) => faultOf(args?.value) ?? '',
      },
    }),
  );
}

/** Characters of a misspelled name that are repeated; it may have as many as the body. */
const SHOWN_NAME = 40;

function faultOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'relevant_spans must be an object such as {"mode": "enabled"}';
  }
  const wrong = FIELDS.find(
    ({ name, isRight }) => !isRight((value as Readonly<Record<string, unknown>>)[name] ?? undefined),
  );
  if (wrong !== undefined) return `relevant_spans.${wrong.name} must be ${wrong.expected}`;
  // Misspelled, it would be left out without a word.
  const names = FIELDS.map(({ name }) => name);
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  return (
    unknown && `relevant_spans has no ${JSON.stringify(unknown.slice(0, SHOWN_NAME))}, expected ${names.join(', ')}`
  );
}

/** Null counts as absent. */
const FIELDS: readonly {
  readonly name: string;
  readonly expected: string;
  readonly isRight: (value: unknown) => boolean;
}[] = [
  { name: 'mode', expected: '"enabled" or "disabled"', isRight: (mode) => mode === 'enabled' || mode === 'disabled' },
  {
    name: 'threshold',
    expected: 'a number from 0 to 1',
    isRight: (threshold = 0) => typeof threshold === 'number' && threshold >= 0 && threshold <= 1,
  },
  {
    name: 'max_spans',
    expected: 'an integer of at least 1',
    isRight: (most = 1) => Number.isInteger(most) && Number(most) >= 1,
  },
];

/** What the use case is asked; nothing where spans are not wanted. `spans: true` is this server's short form. */
export function spansOf(
  asked: RelevantSpansInput | null | undefined,
  short: boolean,
): { readonly spans?: SpanOptions } {
  if (asked?.mode !== 'enabled') return short && asked === undefined ? { spans: {} } : {};
  const { threshold, max_spans: maxSpans } = asked;
  return {
    spans: {
      ...(typeof threshold === 'number' && { threshold }),
      ...(typeof maxSpans === 'number' && { maxSpans }),
    },
  };
}

/** A part of a document's text in Unicode code points, half-open, with its relevance. */
export const span = object({ start: integer, end: integer, score: number });
/** What spans add to a result: best first, in Unicode code points, half-open. Left out where there is none, as Cohere does. */
export const withSpans = { relevant_spans: list(span) };

export function shownSpans({ spans = [] }: RankedDocument): {
  readonly relevant_spans?: readonly ValueOf<typeof span>[];
} {
  return spans.length === 0 ? {} : { relevant_spans: spans };
}
