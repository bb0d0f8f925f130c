import { blasEnvironment } from '#libs/tensor-libtorch';

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
    ...allocatorEnvironment(environment),
  };
}

/** Batches of a GPU differ in size, and blocks of fixed size would leave gaps between them that no batch fits. */
function allocatorEnvironment({ PYTORCH_CUDA_ALLOC_CONF, PYTORCH_ALLOC_CONF }: NodeJS.ProcessEnv) {
  if (PYTORCH_CUDA_ALLOC_CONF !== undefined || PYTORCH_ALLOC_CONF !== undefined) return {};
  return { PYTORCH_CUDA_ALLOC_CONF: 'expandable_segments:True' };
}
