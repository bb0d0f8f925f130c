import type { StoredTensor } from '#libs/tensor';
import type { ConfigReader } from '../config-reader.js';
import { requireFloats, type FileTensor, type FileTensors, type Tensors } from '../file-tensor.js';
import { bitsandbytesWeight } from './bitsandbytes.js';
import { compressedScheme, compressedWeight } from './compressed-tensors.js';
import { float8Scheme, float8Weight } from './float8-blocks.js';
import { awqScheme, gptqScheme, groupedWeight, type GroupScheme } from './packed-columns.js';
import { Parts } from './quantised-weight.js';

/** How the weights of a checkpoint are stored in few bits, as its config.json says. */
export interface Quantisation {
  /** For people: `compressed-tensors, int8`. */
  readonly name: string;
  /** The weight of a module; undefined for one that is stored whole. */
  weight(parts: Parts): StoredTensor | undefined;
}

type Reader = (section: ConfigReader) => Quantisation;

const METHODS: Readonly<Record<string, Reader>> = {
  'compressed-tensors': compressed,
  fp8: (section) => {
    const scheme = float8Scheme(section);
    return { name: 'fp8', weight: (parts) => float8Weight(parts, scheme) };
  },
  gptq: (section) => grouped(gptqScheme(section)),
  awq: (section) => grouped(awqScheme(section)),
  bitsandbytes: (section) => ({
    name: `bitsandbytes, ${section.flag('load_in_4bit') ? '4 bits' : 'int8'}`,
    weight: bitsandbytesWeight,
  }),
};

/** Undefined for a checkpoint that is not quantised. Throws ModelError on a scheme that is not read. */
export function quantisationOf(reader: ConfigReader): Quantisation | undefined {
  const section = reader.section('quantization_config') ?? reader.section('compression_config');
  if (section === undefined) {
    // What MLX writes.
    if (reader.section('quantization') === undefined) return undefined;
    return reader.refuse('quantization', 'absent (MLX is not read: take the repository that this one was made from)');
  }
  const method = section.value('quant_method');
  const read = typeof method === 'string' && Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  const known = Object.keys(METHODS).join(', ');
  return (
    read?.(section) ?? section.refuse('quant_method', `one of ${known} (take one of these, or the original checkpoint)`)
  );
}

function grouped(scheme: GroupScheme): Quantisation {
  return { name: `${scheme.method}, ${scheme.bits} bits`, weight: (parts) => groupedWeight(parts, scheme) };
}

function compressed(section: ConfigReader): Quantisation {
  const scheme = compressedScheme(section);
  const name = `compressed-tensors, ${scheme.isFloat ? 'fp' : 'int'}${scheme.bits}`;
  return { name, weight: (parts) => compressedWeight(parts, scheme) };
}

/** Parts that belong to a weight; what stands before them is its module. */
const PART =
  /^(?<module>.+?)\.(?<part>weight(?:_packed|_scale|_scale_inv|_zero_point|_shape|_g_idx|_format)?|weight\.[\w.]+|qweight|qzeros|scales|g_idx|SCB|(?:input|output|k|v)_(?:scale|zero_point)|input_global_scale)$/u;

/** The tensors of the model, of which quantised ones are made when they are read. Throws ModelError on what does not fit. */
export function dequantised(tensors: FileTensors, quantisation: Quantisation | undefined): Tensors {
  if (quantisation === undefined) return requireFloats(tensors);
  const { modules, rest } = byModule(tensors);
  for (const [module, parts] of modules) {
    const weight = quantisation.weight(new Parts(module, parts)) ?? parts.get('weight');
    if (weight !== undefined) rest.set(`${module}.weight`, weight);
  }
  return requireFloats(rest);
}

function byModule(tensors: FileTensors) {
  const rest = new Map<string, FileTensor>();
  const modules = new Map<string, Map<string, FileTensor>>();
  for (const [name, tensor] of tensors) {
    const { module, part } = PART.exec(name)?.groups ?? {};
    if (module === undefined || part === undefined) rest.set(name, tensor);
    else modules.set(module, (modules.get(module) ?? new Map<string, FileTensor>()).set(part, tensor));
  }
  return { modules, rest };
}
