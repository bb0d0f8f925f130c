import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ggmlFlags, type Isa } from '../isa.js';
import { LLAMA_CPP_PYTHON, type Software } from './peer.js';
import { runCommand } from './run-command.js';

const SCRIPTS = path.join(import.meta.dirname, '../../../../../apps/bench/peers');
const NODE_LLAMA_CPP = 'node-llama-cpp@3.22.1';

/** GCC before 14 takes a tile configuration for 8 bytes and drops the stores of its rest: each product with AMX would crash. */
const TILES = 'ggml/src/ggml-cpu/amx/mmq.cpp';
const LOADED_BY_INTRINSIC = '_tile_loadconfig(&tc);';
const LOADED_WHOLE = '__asm__ volatile("ldtilecfg %0" :: "m"(tc));';

/** Written when an installation is whole. */
const DONE = 'installed';

/** The software of peers, each in a folder of its own that is kept between runs. */
export class Installations {
  constructor(
    private readonly folder: string,
    private readonly isa: Isa | undefined,
  ) {}

  path(software: Software, file: string): string {
    return path.join(this.folder, this.name(software), file);
  }

  async ensure(software: Software): Promise<void> {
    const done = this.path(software, DONE);
    if (existsSync(done)) return;
    console.error(`installing ${software} into ${this.path(software, '')}`);
    mkdirSync(this.path(software, ''), { recursive: true });
    await this.install(software);
    writeFileSync(done, '');
  }

  /** llama.cpp is built for an instruction set; the others choose when they run. */
  private name(software: Software): string {
    return software === 'llama.cpp' && this.isa !== undefined ? `${software}-${this.isa}` : software;
  }

  private async install(software: Software): Promise<void> {
    switch (software) {
      case 'vllm':
        await this.createEnvironment(software);
        return runCommand([this.path(software, 'bin/python'), path.join(SCRIPTS, 'install_vllm.py')]);
      case 'transformers':
      case 'openvino':
        await this.createEnvironment(software);
        return this.pip(software, ['install', '-r', path.join(SCRIPTS, `requirements-${software}.txt`)]);
      case 'node-llama-cpp':
        return this.installFromNpm(this.path(software, ''));
      case 'llama.cpp':
        return this.buildLlama(this.path(software, ''));
    }
  }

  private createEnvironment(software: Software): Promise<void> {
    return runCommand(['python3', '-m', 'venv', this.path(software, '')]);
  }

  private pip(software: Software, options: readonly string[]): Promise<void> {
    return runCommand([this.path(software, 'bin/python'), '-m', 'pip', '--quiet', ...options]);
  }

  private installFromNpm(folder: string): Promise<void> {
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
    return runCommand(['npm', 'install', '--ignore-scripts', '--no-save', '--prefix', folder, NODE_LLAMA_CPP]);
  }

  private async buildLlama(folder: string): Promise<void> {
    const source = `llama_cpp_python-${LLAMA_CPP_PYTHON}`;
    const options = ['--quiet', '--no-deps', '--no-binary', ':all:', '--dest', folder];
    await runCommand(['python3', '-m', 'pip', 'download', ...options, `llama-cpp-python==${LLAMA_CPP_PYTHON}`]);
    const inside = `${source}/vendor/llama.cpp`;
    await runCommand([
      'tar',
      'xzf',
      path.join(folder, `${source}.tar.gz`),
      '-C',
      folder,
      '--strip-components=3',
      inside,
    ]);
    const tiles = path.join(folder, TILES);
    writeFileSync(tiles, readFileSync(tiles, 'utf8').replace(LOADED_BY_INTRINSIC, LOADED_WHOLE));
    // Without its page for browsers, which it would download.
    const off = [
      'LLAMA_BUILD_UI',
      'LLAMA_USE_PREBUILT_UI',
      'LLAMA_OPENSSL',
      'LLAMA_BUILD_TESTS',
      'LLAMA_BUILD_EXAMPLES',
    ];
    const flags = [...ggmlFlags(this.isa), '-DCMAKE_BUILD_TYPE=Release', '-DBUILD_SHARED_LIBS=OFF'];
    const build = path.join(folder, 'build');
    await runCommand(['cmake', '-S', folder, '-B', build, ...flags, ...off.map((option) => `-D${option}=OFF`)]);
    await runCommand(['cmake', '--build', build, '--parallel', '2', '--target', 'llama-server']);
  }
}
