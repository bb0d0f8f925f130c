// Where the addon can be built, and what to do elsewhere.

const WAY_OUT =
  'The server runs on the portable backend here (tfjs, one thread: the embedded model and others of its size)';

/** Why the addon is not built on this system, and the way out; nothing where it is. `glibc`: its version, absent with another C library. */
export function refusal({ platform, arch, glibc } = thisSystem()) {
  if (platform !== 'linux') {
    const container = `${WAY_OUT}; for the real models run the CPU image in a Linux container (docker compose --profile cpu up)`;
    return `the libtorch backend is built on Linux only, this is ${platform} ${arch}. ${container}`;
  }
  if (!['x64', 'arm64'].includes(arch))
    return `the libtorch backend is built for x64 and arm64, this is ${arch}. ${WAY_OUT}`;
  if (glibc === undefined) {
    const other = `${WAY_OUT}; for the real models use a distribution with glibc, such as Debian, or the CPU image`;
    return `libtorch is built for glibc, and this system has another C library (musl, as in Alpine). ${other}`;
  }
  return undefined;
}

function thisSystem() {
  const { platform, arch } = process;
  return { platform, arch, glibc: process.report.getReport().header.glibcVersionRuntime };
}
