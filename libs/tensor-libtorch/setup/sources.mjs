// Ways to bring a libtorch, and which of them a machine takes. All but apt's bring the same version, the one that is tested.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { download } from './download.mjs';
import { PACKAGES, UNPACKED } from './locate.mjs';
import { has, run } from './run.mjs';

/** A wheel a line, with its hashes: what is fetched from PyPI is compared with them. */
const WHEELS = readFileSync(path.join(import.meta.dirname, 'wheels.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
const VERSION = /^torch==(\S+)/u.exec(WHEELS[0])[1];

// Without libopenblas, libtorch-dev may come with the reference BLAS, which is fifty times slower. The OpenMP build shares
// its threads with ATen; the other one adds a second pool that fights for the same cores.
const DEBIAN_PACKAGES = ['libtorch-dev', 'libopenblas0-openmp'];

/** What its libraries are linked to beyond libtorch itself; the other CUDA libraries are for GPUs. */
const LOADED_WITHOUT_GPU = ['torch', 'nvidia-cuda-runtime-cu12', 'nvidia-cuda-cupti-cu12'];
/** Python is needed to fetch it only. Which one the wheel is for does not matter to libtorch; one that has a wheel of this version is named. */
const PIP_FLAGS = ['--disable-pip-version-check', '--no-deps', '--only-binary=:all:', '--python-version=3.11'];

/** The libraries of the official CPU build, which the Deep Java Library publishes as they are. */
const ARTEFACT = `ai.djl.pytorch:pytorch-native-cpu:${VERSION}:jar:linux-x86_64`;
/**
 * The smallest package with the headers of this version for Linux. They are those of x86-64 but for ATen/Config.h, which says
 * what libtorch itself was built with, and a header of the SLEEF library; the addon includes neither for its own code.
 */
const HEADERS = '--platform=manylinux_2_28_aarch64';

/** The CPU build. GPU builds lie beside it, in cu126 for example: name one with LIBTORCH_URL. */
const OFFICIAL_ZIP = `https://download.pytorch.org/libtorch/cpu/libtorch-cxx11-abi-shared-with-deps-${VERSION}%2Bcpu.zip`;

const isIntel = process.platform === 'linux' && process.arch === 'x64';
const hasGpu = existsSync('/dev/nvidiactl');

/**
 * Each has `here()`: whether it can work on this machine, `bring()`, and `size`, what it downloads. `packaged`: a package
 * manager checks what came, and it is small enough to be fetched without a question.
 */
export const SOURCES = {
  zip: {
    size: 'some 200 MB',
    here: () => isIntel && has('cmake'),
    async bring() {
      const url = process.env.LIBTORCH_URL ?? OFFICIAL_ZIP;
      mkdirSync(path.dirname(UNPACKED), { recursive: true });
      const archive = path.join(path.dirname(UNPACKED), decodeURIComponent(path.basename(new URL(url).pathname)));
      console.log(`downloading ${url}`);
      await download(url, archive, process.env.LIBTORCH_SHA256);
      install((folder) => {
        unpack(archive, folder);
        return path.join(folder, 'libtorch');
      });
      rmSync(archive);
    },
  },
  maven: {
    size: '112 MB of libraries, 99 MB with the headers',
    packaged: true,
    here: () => isIntel && ['mvn', 'python3', 'cmake'].every((tool) => has(tool)),
    bring() {
      install((folder) => {
        mvn(['dependency:copy', `-Dartifact=${ARTEFACT}`, `-DoutputDirectory=${folder}`]);
        unpack(fileIn(folder, '.jar'), folder);
        unpackHeadersWheel(folder, 'torch/include');
        renameSync(path.join(folder, 'pytorch/cpu/linux-x86_64'), path.join(folder, 'torch/lib'));
        return path.join(folder, 'torch');
      });
    },
  },
  wheel: {
    size: isIntel ? '821 MB, and CUDA libraries where a GPU is' : '99 MB',
    packaged: !isIntel,
    here: () => process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch) && has('python3'),
    bring() {
      rmSync(PACKAGES, { recursive: true, force: true });
      pip(['install', '--no-compile', '--target', PACKAGES], wheelsHere());
    },
  },
  apt: {
    size: 'some 130 MB',
    packaged: true,
    here: () => canInstall(),
    bring: () => aptInstall(DEBIAN_PACKAGES),
  },
};

/** The libtorch of Linux on arm64, for a build on another architecture: the folder that it is in. */
export function bringForArm64() {
  const folder = path.join(path.dirname(UNPACKED), 'libtorch-arm64');
  if (!existsSync(folder)) pip(['install', '--no-compile', '--target', folder, HEADERS], wheels(['torch']));
  return path.join(folder, 'torch');
}

/** The licences of this version and of what is built into it, which a package with its libraries has to bring: LICENSE and NOTICE. */
export function bringLicences(folder) {
  const members = ['LICENSE', 'NOTICE'].map((name) => `torch-${VERSION}.dist-info/${name}`);
  const temporary = mkdtempSync(path.join(os.tmpdir(), 'licences-'));
  try {
    unpackHeadersWheel(temporary, ...members);
    for (const name of members) copyFileSync(path.join(temporary, name), path.join(folder, path.basename(name)));
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

/** Names of the sources that this machine can use, the first choice first: with a GPU the build that serves it. */
export function sourcesHere({ unattended = false } = {}) {
  const names = hasGpu ? ['wheel', 'zip', 'maven', 'apt'] : Object.keys(SOURCES);
  return names.filter((name) => (SOURCES[name].packaged || !unattended) && SOURCES[name].here());
}

export function canInstall() {
  return process.getuid?.() === 0 && has('apt-get');
}

export function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-qq'], { env });
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env });
}

/** `fill` gets an empty folder and answers the one in it that has include/ and lib/; that one takes the place of an earlier libtorch. */
function install(fill) {
  mkdirSync(path.dirname(UNPACKED), { recursive: true });
  const folder = mkdtempSync(`${UNPACKED}-`);
  try {
    const home = fill(folder);
    rmSync(UNPACKED, { recursive: true, force: true });
    renameSync(home, UNPACKED);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** CMake is needed for the build anyway, and reads zip files. */
function unpack(archive, folder, ...members) {
  run('cmake', ['-E', 'tar', 'xf', archive, ...members], { cwd: folder });
}

function unpackHeadersWheel(folder, ...members) {
  pip(['download', '--dest', folder, HEADERS], wheels(['torch']));
  unpack(fileIn(folder, '.whl'), folder, ...members);
}

function fileIn(folder, ending) {
  return path.join(
    folder,
    readdirSync(folder).find((name) => name.endsWith(ending)),
  );
}

/** The wheel for arm64 has no CUDA. */
function wheelsHere() {
  if (!isIntel) return wheels(['torch']);
  return hasGpu ? WHEELS : wheels(LOADED_WITHOUT_GPU);
}

function wheels(names) {
  return WHEELS.filter((line) => names.includes(line.split('==', 1)[0]));
}

/** Hashes are read from a file only. */
function pip([command, ...rest], lines) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'wheels-'));
  try {
    const file = path.join(folder, 'requirements.txt');
    writeFileSync(file, lines.join('\n'));
    run('python3', ['-m', 'pip', command, ...PIP_FLAGS, '--require-hashes', '--requirement', file, ...rest]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Progress on a terminal, a line for each file elsewhere. */
function mvn(args) {
  run('mvn', process.stdout.isTTY ? args : ['--batch-mode', ...args]);
}
