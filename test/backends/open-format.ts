import { createLibtorchBackend } from '#libs/tensor-libtorch';

export type NativeOps = Awaited<ReturnType<typeof createLibtorchBackend>>;

/** The CPU in a format, or `skip` with the reason where a processor without instructions for it refuses. */
export async function openInFormat(dtype: string, skip: (reason: string) => never): Promise<NativeOps> {
  try {
    return await createLibtorchBackend({ threads: 2, device: 'cpu', dtype });
  } catch (error) {
    const { message } = error as Error;
    if (message.includes('does not pay on this processor')) return skip(message);
    throw error;
  }
}
