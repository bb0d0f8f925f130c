import type { TensorOps } from '#libs/tensor';
import { blasEnvironment } from '#libs/tensor-libtorch';

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

/** What a process must have beside `environment` before a backend's libraries are loaded: the engine's, or a bench's. */
export function backendEnvironment(
  threads: number,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const count = String(threads);
  // Two spinning thread pools on the same cores cost twice the time of one; passive waiting costs nothing measurable.
  return {
    OMP_NUM_THREADS: count,
    OPENBLAS_NUM_THREADS: count,
    MKL_NUM_THREADS: count,
    OMP_WAIT_POLICY: 'passive',
    TF_NUM_INTRAOP_THREADS: count,
    // Warnings and worse: TensorFlow greets every start with lines that are none of the log's.
    TF_CPP_MIN_LOG_LEVEL: '1',
    ...blasEnvironment(environment),
  };
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
