import { setForLibraries } from '#libs/config';
import { backendEnvironment } from '#libs/engine-protocol';

/** Threads and kernels of a backend that is opened in this process are those that it has in the engine's. Call it before. */
export function asInEngine(threads: number): void {
  setForLibraries((environment) => backendEnvironment(threads, environment));
}
