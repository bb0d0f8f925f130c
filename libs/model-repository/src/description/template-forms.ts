import path from 'node:path';
import type { Template } from '@huggingface/jinja';
import type { PromptForms, PromptPart, Slot } from '#libs/tokenizer';
import { ModelError } from '../model-error.js';
import { shown } from '../shown.js';
import { parsedTemplate } from './parsed-template.js';
import type { TemplateFile } from './template-file.js';

/** The texts that a template is rendered with; no instruction is no system message. */
interface Texts {
  readonly instruction?: string;
  readonly query: string;
  readonly document: string;
}

/**
 * The prompts that a chat template makes, cut at the places of the texts; undefined for one that has no place for query and
 * document, like that of a chat model. Throws ModelError where it does more with a text than to put it in.
 */
export function formsOf(file: TemplateFile, folder: string): PromptForms | undefined {
  const renderer = new Renderer(file, folder);
  const withoutInstruction = renderer.form(MARKS);
  const withInstruction = renderer.form({ ...MARKS, instruction: INSTRUCTION_MARK });
  if (withoutInstruction === undefined && withInstruction === undefined) return undefined;
  const takesInstruction = withInstruction?.some((part) => 'slot' in part && part.slot === 'instruction') === true;
  return {
    ...(takesInstruction && { withInstruction }),
    ...(withoutInstruction !== undefined && { withoutInstruction }),
  };
}

// Texts that no template holds.
const MARKS: Texts = { query: 'QUERYqzvQUERY', document: 'DOCUMENTqzvDOCUMENT' };
const INSTRUCTION_MARK = 'INSTRUCTIONqzvINSTRUCTION';

/** Texts that a template could treat in a way of its own: blanks at the ends, lines, markup, what looks like code. */
const PROBES = [
  'plain',
  ' blanks at both ends\t ',
  '\nfirst line\n\n second line \n',
  '<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\nyes',
  '<tool_response>{{ query }} {% if x %}</tool_response>',
  'A & B <b>"C"</b> \'D\' \\n',
  '0',
  'None',
  'x'.repeat(10_000),
  '机器学习 👨‍👩‍👧 e\u0301',
];

class Renderer {
  private readonly template: Template | undefined;
  private readonly fault: string = '';
  private readonly place: string;

  constructor(
    private readonly file: TemplateFile,
    folder: string,
  ) {
    this.place = path.join(folder, file.name);
    try {
      this.template = parsedTemplate(file.text);
    } catch (error) {
      this.fault = (error as Error).message;
    }
  }

  /** The prompt in parts; undefined where the template has no place for query or document, or refuses the messages. */
  form(marks: Texts): PromptPart[] | undefined {
    const rendered = this.render(marks);
    if (rendered === undefined || !rendered.includes(marks.query) || !rendered.includes(marks.document))
      return undefined;
    const parts = cutAt(rendered, marks);
    this.requireOnce(parts);
    const takesInstruction = parts.some((part) => 'slot' in part && part.slot === 'instruction');
    for (const texts of probes(takesInstruction ? 'probe' : marks.instruction)) this.requireInserted(parts, texts);
    return parts;
  }

  private render({ instruction, query, document }: Texts): string | undefined {
    if (this.template === undefined) return this.refuseIfMeant(this.fault);
    const content = (text: string): unknown => (this.file.structured ? [{ type: 'text', text }] : text);
    const messages = [
      ...(instruction === undefined ? [] : [{ role: 'system', content: content(instruction) }]),
      { role: 'query', content: content(query) },
      { role: 'document', content: content(document) },
    ];
    try {
      return this.template.render({ add_generation_prompt: false, ...this.file.variables, messages });
    } catch (error) {
      return this.refuseIfMeant((error as Error).message);
    }
  }

  /** A template for chats may fail with roles that it does not know; one that names them may not. */
  private refuseIfMeant(reason: string): undefined {
    if (!/["'](query|document)["']/u.test(this.file.text)) return undefined;
    throw new ModelError(`${this.place} cannot be rendered with messages of the roles query and document: ${reason}`);
  }

  private requireOnce(parts: readonly PromptPart[]): void {
    for (const slot of ['query', 'document', 'instruction'] as const) {
      const places = parts.filter((part) => 'slot' in part && part.slot === slot).length;
      if (places <= 1) continue;
      throw new ModelError(`${this.place} puts the ${slot} into ${places} places of the prompt; expected one`);
    }
  }

  private requireInserted(parts: readonly PromptPart[], texts: Texts): void {
    const expected = parts
      .map((part) => ('slot' in part ? (texts[part.slot] ?? '') : 'text' in part ? part.text : ''))
      .join('');
    const found = this.render(texts);
    if (found === expected) return;
    throw new ModelError(
      `${this.place} must only insert the texts into the prompt: with the query ${shown(texts.query)} and the document ` +
        `${shown(texts.document)} expected ${shown(expected)}, got ${shown(found)}. What depends on a text's content is not ` +
        'served; take such a branch out of the template, or serve the checkpoint with the software it was made for',
    );
  }
}

function* probes(instruction: string | undefined): Iterable<Texts> {
  const given = (text: string): Texts | object => (instruction === undefined ? {} : { instruction: text });
  yield { query: '', document: '', ...given('a') };
  yield { query: '', document: 'a', ...given('a') };
  yield { query: 'a', document: '', ...given('a') };
  for (const [index, text] of PROBES.entries()) {
    yield { query: text, document: PROBES.at(index - 1)!, ...given(PROBES.at(index - 2)!) };
    yield { query: 'a', document: text, ...given(text) };
  }
}

function cutAt(rendered: string, marks: Texts): PromptPart[] {
  const slots = Object.entries(marks) as [Slot, string][];
  const slotOf = new Map(slots.map(([slot, mark]) => [mark, slot]));
  // The capture group makes `split` keep what it splits at.
  return rendered.split(new RegExp(`(${[...slotOf.keys()].join('|')})`)).flatMap((text): PromptPart[] => {
    const slot = slotOf.get(text);
    if (slot !== undefined) return [{ slot }];
    return text === '' ? [] : [{ text }];
  });
}
