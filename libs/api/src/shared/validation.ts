import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { InvalidRequestError } from '#libs/rerank';

/** Validates bodies; the first wrong field is named with what was expected. Unknown fields are left alone: clients send many. */
export function bodyValidation(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    stopAtFirstError: true,
    exceptionFactory: (errors) => invalidRequest(errors),
  });
}

function invalidRequest(errors: readonly ValidationError[]): InvalidRequestError {
  const [first] = errors;
  const message = Object.values(first?.constraints ?? {})[0] ?? 'the body must be a JSON object';
  return new InvalidRequestError(first?.property ?? 'body', message);
}
