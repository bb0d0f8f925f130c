/** A body that is no JSON, or holds more than is taken; the message is a sentence for the caller, with the place. */
export class JsonFault extends Error {
  static syntax(what: string): JsonFault {
    return new JsonFault(`the body must be valid JSON: ${what}`);
  }
}
