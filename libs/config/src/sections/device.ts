import { BACKEND_NAMES, BACKENDS_IN_WORDS } from '#libs/backends';
import { Describe } from '../describe-variable.js';
import { Flag, OneOf, Text, WholeNumber } from '../variable-types.js';

const DTYPES = ['auto', 'f32', 'bf16', 'fp16', 'fp8', 'int8'] as const;
type DtypeName = (typeof DTYPES)[number];

/** What DEVICE may be. */
export const DEVICE_PATTERN = /^(auto|cpu(,cpu)*|cuda(:\d{1,3}(,\d{1,3})*)?)$/;

/** The devices of the engines, one each: `cuda:0,1` stands for cuda:0 and cuda:1. */
export function devicesOf(device: string): readonly string[] {
  const [kind, numbers] = device.split(':') as [string, string?];
  return numbers === undefined ? device.split(',') : numbers.split(',').map((number) => `${kind}:${number}`);
}

/** What computes: backend, device, number format, threads. */
export class DeviceConfig {
  @Describe(BACKENDS_IN_WORDS)
  @OneOf(['auto', ...BACKEND_NAMES])
  readonly BACKEND: string = 'auto';

  @Describe(
    '`cpu`, `cuda`, one GPU such as `cuda:1`, several such as `cuda:0,1` (an engine process each), or `auto`: a GPU where the ' +
      'backend finds one. `cpu,cpu`: two processes that share the cores.',
  )
  @Text(DEVICE_PATTERN, 'auto, cpu, cuda, cuda:<number> or cuda:<number>,<number>')
  readonly DEVICE: string = 'auto';

  @Describe(
    'Number format of the weights: `f32`, `bf16`, `int8` (CPUs; least memory, less exact), `fp16`, `fp8` (products by row in e4m3, on ' +
      'GPUs that have it; less exact), or `auto`: `bf16` on a GPU, and on a CPU where its products are at least 1.5 times as fast as ' +
      'those of float32; `f32` elsewhere.',
  )
  @OneOf(DTYPES)
  readonly DTYPE: DtypeName = 'auto';

  @Describe(
    'With `DTYPE=int8`: weights that keep more bits, as `npm run bench -- calibrate-int8` prints them: layers from 0 on, alone or with a ' +
      'product, such as `auto,32-35,3.down_proj`. `auto`: those that a checkpoint in int8 keeps; else the last layers, and where bf16 is fast all down projections. `none`.',
  )
  @Text(/^[\d\s,._a-z-]+$/u, 'none, or places such as auto,32-35,3.down_proj')
  readonly INT8_PRECISE: string = 'auto';

  @Describe('CPU threads of the `libtorch` backend; `auto`: one per core. `tfjs` always has one.', {
    unset: 'auto',
    example: '4',
  })
  @WholeNumber({ min: 1, max: 1024, auto: true })
  readonly TORCH_THREADS?: number;

  @Describe("Passed to libtorch's CUDA memory allocator as it is.", {
    unset: '`expandable_segments:True`',
    example: 'expandable_segments:True,max_split_size_mb:256',
  })
  @Text()
  readonly PYTORCH_CUDA_ALLOC_CONF?: string;

  @Describe(
    'A GPU gets small passes that come again as one CUDA graph, not kernel by kernel: lower latency, some memory. `false`: never.',
  )
  @Flag()
  readonly CUDA_GRAPHS: boolean = true;
}
