import { ModelError } from './model-error.js';

/** What training tools leave in front of names: torch.compile, data-parallel wrappers, PEFT. */
const WRAPPERS = /^(?:_orig_mod|module|base_model\.model)\./u;
/** The language part of a model for images and text, as transformers 5 and 4 name it. */
const LANGUAGE_PART = /^(?:model\.language_model|language_model\.model)\./u;
/** A decoder that was saved without the model around it. */
const BARE = /^(?:layers\.\d|embed_tokens\.|norm\.)/u;

/** The name that transformers gives the tensor in a Qwen3ForCausalLM or Qwen3ForSequenceClassification. */
export function canonicalName(name: string): string {
  let inner = name;
  while (WRAPPERS.test(inner)) inner = inner.replace(WRAPPERS, '');
  if (LANGUAGE_PART.test(inner)) return inner.replace(LANGUAGE_PART, 'model.');
  return BARE.test(inner) ? `model.${inner}` : inner.replace(/^language_model\.(?=lm_head\.)/u, '');
}

/** By canonical name. Throws ModelError on two tensors of one name, and on adapters that were not merged. */
export function byCanonicalName<Tensor>(
  tensors: ReadonlyMap<string, Tensor>,
  folder: string,
): ReadonlyMap<string, Tensor> {
  const named = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) {
    const canonical = canonicalName(name);
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
