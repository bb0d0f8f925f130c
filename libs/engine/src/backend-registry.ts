import type { TensorOps } from '#libs/tensor';

export interface BackendChoice {
  readonly backend: string;
  readonly device: string;
  readonly dtype: string;
  readonly threads: number;
  /** False: a GPU gets every pass kernel by kernel. */
  readonly cudaGraphs?: boolean;
}

/** The backend that was asked for cannot serve here; the message says why and what to do. */
export class BackendUnavailableError extends Error {
  readonly code = 'backend_unavailable';
}

/** `auto` takes the first that comes up, the fastest. */
const AUTOMATIC = ['libtorch', 'tfjs'];

const BACKENDS: Readonly<Record<string, (choice: BackendChoice) => Promise<TensorOps>>> = {
  libtorch: async ({ device, dtype, threads, cudaGraphs = true }) => {
    const { createLibtorchBackend } = await import('#libs/tensor-libtorch');
    return createLibtorchBackend({ threads, device, dtype, graphs: cudaGraphs ? 'auto' : 'never' });
  },
  tfjs: async ({ device, dtype }) => {
    requireOneOf('DEVICE', device, ['auto', 'cpu']);
    requireOneOf('DTYPE', dtype, ['auto', 'f32']);
    const { createTfjsBackend } = await import('#libs/tensor-tfjs');
    return createTfjsBackend();
  },
  'tfjs-node': (choice) => openTensorflow(choice, { gpu: false, devices: ['auto', 'cpu'] }),
  'tfjs-node-gpu': (choice) => openTensorflow(choice, { gpu: true, devices: ['auto', 'cuda', 'cuda:0'] }),
};

/** Opens the backend that was asked for, or with `auto` the fastest that is there; `passedOver` says what others lacked. */
export async function openBackend(choice: BackendChoice): Promise<{ ops: TensorOps; passedOver: readonly string[] }> {
  const names = choice.backend === 'auto' ? AUTOMATIC : [choice.backend];
  const passedOver: string[] = [];
  for (const name of names) {
    const open = BACKENDS[name];
    if (open === undefined) throw new BackendUnavailableError(`BACKEND must be one of ${known()}, got ${name}`);
    try {
      return { ops: await open(choice), passedOver };
    } catch (error) {
      passedOver.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new BackendUnavailableError(`BACKEND=${choice.backend} did not come up. ${passedOver.join('; ')}`);
}

async function openTensorflow(
  { device, dtype, threads }: BackendChoice,
  { gpu, devices }: { readonly gpu: boolean; readonly devices: readonly string[] },
): Promise<TensorOps> {
  requireOneOf('DEVICE', device, devices);
  requireOneOf('DTYPE', dtype, ['auto', 'f32']);
  const { createTfjsNodeBackend } = await import('#libs/tensor-tfjs');
  return createTfjsNodeBackend({ gpu, threads });
}

function known(): string {
  return ['auto', ...Object.keys(BACKENDS)].join(', ');
}

function requireOneOf(variable: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw new Error(`${variable} must be ${allowed.join(' or ')} here, got ${value}`);
}
