import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelRunner, PrefixKvCache } from '#libs/engine';
import { FAMILIES } from '#libs/model-repository';
import { documentLimit, fitDocuments, PromptTemplate, type PromptIds } from '#libs/rerank';
import type { KeyValues, SegmentLayout } from '#libs/tensor';
import { Tokenizer } from '#libs/tokenizer';
import { tokenizerPath } from './write-checkpoint.js';

/** Counts the rows that it is given; `test/backends/nothing-twice.spec.ts` shows that a backend computes no others. */
class CountingModel {
  private rows = 0;

  async score(layout: SegmentLayout): Promise<Float32Array> {
    this.rows += layout.rowCount;
    return new Float32Array(layout.scoredRows.length);
  }

  keyValues(tokens: number): KeyValues {
    return { tokens, bytes: tokens, dispose: () => undefined };
  }

  takeRows(): number {
    const { rows } = this;
    this.rows = 0;
    return rows;
  }
}

const DOCUMENTS = ['Paris is the capital of France.', '機械学習 👨‍👩‍👧', '', 'def f(x):\n\treturn x\n'];
const QUERIES = ['What is the capital of France?', '  blanks at both ends \n'];
const INSTRUCTION = 'Judge as a lawyer would.';

describe.each(Object.values(FAMILIES))('the template of $name', ({ prompt, defaultInstruction }) => {
  it('has what comes before the documents computed once, and documents that come first once for all queries', async () => {
    const tokenizer = await Tokenizer.load(path.dirname(tokenizerPath()), { forms: prompt });
    const template = new PromptTemplate(tokenizer, tokenizer.constants.forms, defaultInstruction);
    const model = new CountingModel();
    const runner = new ModelRunner(model, new PrefixKvCache(2 ** 20));
    let requestId = 0;
    const rowsOf = async (ids: PromptIds): Promise<number> => {
      const { head, query, frame } = ids;
      const documents = fitDocuments(ids, documentLimit(ids, { maxLength: 10_000 })).flatMap(({ windows }) => windows);
      const asked = frame.tailAsks ? { prefix: [head], tail: frame.tail } : { prefix: [head, query] };
      await runner.score({ shares: [{ requestId: (requestId += 1), ...asked, documents, last: true }] });
      return model.takeRows();
    };
    for (const instruction of [undefined, INSTRUCTION]) {
      const [first, second] = await Promise.all(
        QUERIES.map((query) => template.encode({ query, documents: DOCUMENTS, ...(instruction && { instruction }) })),
      );
      const { head, frame } = first!;
      const behind = tokensOf(first!.documents) + DOCUMENTS.length * frame.tail.length;
      // Where the instruction comes behind them, too, documents are known from the request before.
      const known = frame.tailAsks && instruction !== undefined ? head.length + tokensOf(first!.documents) : 0;
      expect(await rowsOf(first!)).toBe(head.length + first!.query.length + behind - known);
      const again = frame.tailAsks ? DOCUMENTS.length * second!.frame.tail.length : second!.query.length + behind;
      expect(await rowsOf(second!)).toBe(again);
    }
  });
});

function tokensOf(texts: readonly Int32Array[]): number {
  return texts.reduce((tokens, ids) => tokens + ids.length, 0);
}
