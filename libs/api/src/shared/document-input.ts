import { ValidatorConstraint, type ValidationArguments, type ValidatorConstraintInterface } from 'class-validator';

/** A document as clients send it; other keys of an object are theirs and come back unchanged. */
export type DocumentInput = string | { readonly text: string; readonly [key: string]: unknown };

export function textOf(document: DocumentInput): string {
  return typeof document === 'string' ? document : document.text;
}

/** The document as an object, for dialects that answer `{ text }`. */
export function objectOf(document: DocumentInput): { readonly text: string } {
  return typeof document === 'string' ? { text: document } : document;
}

@ValidatorConstraint({ name: 'documentInput' })
export class DocumentInputRule implements ValidatorConstraintInterface {
  validate(documents: unknown): boolean {
    return !Array.isArray(documents) || firstWrong(documents) === -1;
  }

  defaultMessage({ value }: ValidationArguments): string {
    const index = Array.isArray(value) ? firstWrong(value) : 0;
    return `documents[${index}] must be a string or an object with a string text`;
  }
}

function firstWrong(documents: readonly unknown[]): number {
  return documents.findIndex((document) => !isDocument(document));
}

function isDocument(document: unknown): boolean {
  if (typeof document === 'string') return true;
  return typeof document === 'object' && document !== null && typeof (document as { text?: unknown }).text === 'string';
}
