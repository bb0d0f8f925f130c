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
class BackendUnavailableError extends Error {
  readonly code = 'backend_unavailable';
}

interface Backend {
  /** Behind its name in the documents. */
  readonly note: string;
  /** `auto` takes the first of these that comes up, so the fastest stands first. */
  readonly automatic?: boolean;
  open(choice: BackendChoice): Promise<TensorOps>;
}

const BACKENDS: Readonly<Record<string, Backend>> = {
  libtorch: {
    note: 'where it is built',
    automatic: true,
    open: async ({ device, dtype, threads, cudaGraphs = true }) => {
      const { createLibtorchBackend } = await import('#libs/tensor-libtorch');
      return createLibtorchBackend({ threads, device, dtype, graphs: cudaGraphs ? 'auto' : 'never' });
    },
  },
  tfjs: {
    note: 'WebAssembly',
    automatic: true,
    open: async ({ device, dtype }) => {
      requireOneOf('DEVICE', device, ['auto', 'cpu']);
      requireOneOf('DTYPE', dtype, ['auto', 'f32']);
      const { createTfjsBackend } = await import('#libs/tensor-tfjs');
      return createTfjsBackend();
    },
  },
  'tfjs-node': {
    note: 'TensorFlow, when `npm run tfjs-node` installed it',
    open: (choice) => openTensorflow(choice, { gpu: false, devices: ['auto', 'cpu'] }),
  },
  'tfjs-node-gpu': {
    note: 'the same for a GPU',
    open: (choice) => openTensorflow(choice, { gpu: true, devices: ['auto', 'cuda', 'cuda:0'] }),
  },
};

/** What a backend is asked for by. */
export const BACKEND_NAMES: readonly string[] = Object.keys(BACKENDS);

const AUTOMATIC = BACKEND_NAMES.filter((name) => BACKENDS[name]!.automatic === true);

/** What BACKEND may be, for the documents. */
export const BACKENDS_IN_WORDS =
  `${BACKEND_NAMES.map((name) => `\`${name}\` (${BACKENDS[name]!.note})`).join(', ')}, or \`auto\`: ` +
  `the first that comes up of ${AUTOMATIC.map((name) => `\`${name}\``).join(', ')}. A named one is taken or refused.`;

/** Opens the backend that was asked for, or with `auto` the fastest that is there; `passedOver` says what others lacked. */
export async function openBackend(choice: BackendChoice): Promise<{ ops: TensorOps; passedOver: readonly string[] }> {
  const names = choice.backend === 'auto' ? AUTOMATIC : [choice.backend];
  const passedOver: string[] = [];
  for (const name of names) {
    const backend = BACKENDS[name];
    if (backend === undefined)
      throw new BackendUnavailableError(`BACKEND must be one of auto, ${BACKEND_NAMES.join(', ')}, got ${name}`);
    try {
      return { ops: await backend.open(choice), passedOver };
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

function requireOneOf(variable: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw new Error(`${variable} must be ${allowed.join(' or ')} here, got ${value}`);
}
