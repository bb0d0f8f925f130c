/** What CUDA and cuBLAS say of a call that they refused: the device is as it was. */
const REFUSALS = [
  'invalid argument',
  'invalid configuration argument',
  'invalid device function',
  'no kernel image is available',
  'too many resources requested for launch',
  'operation not supported',
  'CUBLAS_STATUS_INVALID_VALUE',
  'CUBLAS_STATUS_NOT_SUPPORTED',
  'CUBLAS_STATUS_ARCH_MISMATCH',
];

/**
 * The code of a native failure, told apart by its words: libtorch's versions throw different classes. Whatever else CUDA reports
 * (an illegal access, an assertion of a kernel, ECC) it reports to every later call, until the process ends.
 */
export function faultCode(code: string, message: string): string {
  if (code !== 'DEVICE_FAULT') return code;
  return REFUSALS.some((words) => message.includes(words)) ? 'INTERNAL' : code;
}

/** Runs a native call; its error leaves with the code above. */
export async function withFaultCode<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') throw error;
    throw Object.assign(error, { code: faultCode(error.code, error.message) });
  }
}
