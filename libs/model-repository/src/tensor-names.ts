import { ModelError } from './model-error.js';

// The names of the tensors a score is made from, as transformers stores them.
export const EMBEDDING = 'model.embed_tokens.weight'; // [V, H]; the head as well, when tied
export const LM_HEAD = 'lm_head.weight'; // [V, H]
export const CLASSIFIER = 'score.weight'; // [labels, H]

/** What training tools leave in names: torch.compile, wrappers that deal a model out to devices or save memory. */
const WRAPPERS = /(?<=^|\.)(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module|_forward_module|module)\./gu;
/** What PEFT leaves in front. */
const PEFT = /^(?:base_model\.model\.)+/u;
/** The language part of a model for images and text, as transformers 5 and 4 name it. */
const LANGUAGE_PART = /^(?:model\.language_model|language_model\.model)\./u;
/** A decoder that was saved without the model around it. */
const BARE = /^(?:layers\.\d|embed_tokens\.|norm\.)/u;
/** The embeddings, with what a model is called that was saved as a part of something else. */
const FOREIGN =
  /^(?<prefix>(?:[^.]+\.)+?)(?:model\.language_model\.|language_model\.model\.|model\.)?embed_tokens\.weight$/u;

/** The name that transformers gives the tensor in a Qwen3ForCausalLM or Qwen3ForSequenceClassification. */
export function canonicalName(name: string): string {
  const inner = name.replaceAll(WRAPPERS, '').replace(PEFT, '');
  if (LANGUAGE_PART.test(inner)) return inner.replace(LANGUAGE_PART, 'model.');
  return BARE.test(inner) ? `model.${inner}` : inner.replace(/^language_model\.(?=lm_head\.)/u, '');
}

/**
 * By canonical name; what stands in front of the only embeddings, such as `student.`, is taken off every name. Throws
 * ModelError on two tensors of one name, and on adapters that were not merged.
 */
export function byCanonicalName<Tensor>(
  tensors: ReadonlyMap<string, Tensor>,
  folder: string,
): ReadonlyMap<string, Tensor> {
  const prefix = foreignPrefix([...tensors.keys()]);
  const named = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) {
    const inner = canonicalName(name);
    const canonical = inner.startsWith(prefix) ? canonicalName(inner.slice(prefix.length)) : inner;
    if (/\.lora_[AB]\.|\.base_layer\./u.test(name)) {
      throw new ModelError(
        `${folder}: ${name} is part of an adapter (LoRA); expected merged weights: merge the adapter and save the model again`,
      );
    }
    if (named.has(canonical))
      throw new ModelError(`${folder} has ${canonical} twice, once as ${name}; expected one tensor of a name`);
    named.set(canonical, tensor);
  }
  return named;
}

/** Empty where there is none, or where several models are stored together. */
function foreignPrefix(names: readonly string[]): string {
  const embeddings = names.map((name) => canonicalName(name)).filter((name) => name.endsWith('embed_tokens.weight'));
  const [embedding, ...others] = embeddings;
  if (embedding === undefined || embedding === EMBEDDING || others.length > 0) return '';
  return FOREIGN.exec(embedding)?.groups?.['prefix'] ?? '';
}
