import type { StoredTensor } from '#libs/tensor';
import { ModelError } from './model-error.js';
import { DTYPE_NAMES, type FileDtype } from './safetensors-header.js';

/** A tensor as a file has it: weights, or a part that weights are made of. */
export type FileTensor = Omit<StoredTensor, 'dtype'> & { readonly dtype: FileDtype };

export type FileTensors = ReadonlyMap<string, FileTensor>;
export type Tensors = ReadonlyMap<string, StoredTensor>;

const FLOATS: ReadonlySet<FileDtype> = new Set(['bfloat16', 'float16', 'float32']);
/** What else stands in a checkpoint is a buffer, which no pass reads. */
const PARAMETER = /\.(?:weight|bias)$/u;

export function isFloat(tensor: FileTensor): tensor is StoredTensor {
  return FLOATS.has(tensor.dtype);
}

/** The weights among the tensors, in a type that backends read. Throws ModelError on a weight that is no float. */
export function requireFloats(tensors: FileTensors): Tensors {
  const floats = new Map<string, StoredTensor>();
  for (const [name, tensor] of tensors) {
    if (isFloat(tensor)) floats.set(name, tensor);
    else if (tensor.dtype === 'float64') floats.set(name, narrowed(tensor));
    else if (PARAMETER.test(name) || /\.lora_/u.test(name)) {
      throw new ModelError(
        `${tensor.location?.path ?? name}: ${tensor.name} is stored as ${DTYPE_NAMES[tensor.dtype]}, expected BF16, F16, F32, F64; ` +
          'a quantised checkpoint says so in its config.json (quantization_config): take that config.json, or the original checkpoint',
      );
    }
  }
  return floats;
}

/** float64 as float32, when it is read. */
function narrowed({ name, shape, read }: FileTensor): StoredTensor {
  return {
    name,
    dtype: 'float32',
    shape,
    read: (rows) => new Uint8Array(Float32Array.from(new Float64Array(read(rows).slice().buffer)).buffer),
  };
}
