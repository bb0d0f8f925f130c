import type { StoredTensor } from '#libs/tensor';
import { ModelError } from './model-error.js';
import type { FileDtype } from './safetensors-header.js';

/** A tensor as a file has it: weights, or a part that weights are made of. */
export type FileTensor = Omit<StoredTensor, 'dtype'> & { readonly dtype: FileDtype };

export type FileTensors = ReadonlyMap<string, FileTensor>;
export type Tensors = ReadonlyMap<string, StoredTensor>;

const FLOATS: ReadonlySet<FileDtype> = new Set(['bfloat16', 'float16', 'float32']);
const NAMES: Readonly<Partial<Record<FileDtype, string>>> = {
  float8: 'F8_E4M3',
  int8: 'I8',
  uint8: 'U8',
  int32: 'I32',
  int64: 'I64',
};

export function isFloat(tensor: FileTensor): tensor is StoredTensor {
  return FLOATS.has(tensor.dtype);
}

/** Throws ModelError on tensors that are no weights. */
export function requireFloats(tensors: FileTensors): Tensors {
  for (const [name, tensor] of tensors) {
    if (isFloat(tensor)) continue;
    throw new ModelError(
      `${tensor.location?.path ?? name}: ${tensor.name} is stored as ${NAMES[tensor.dtype]}, expected BF16, F16, F32; ` +
        'a quantised checkpoint says so in its config.json (quantization_config)',
    );
  }
  return tensors as Tensors;
}
