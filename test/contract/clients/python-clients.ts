import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ASKED } from '../asked.js';
import { KEY, MAX_BODY_BYTES } from '../context.js';
import type { Recorder } from '../recorder.js';
import type { Recording } from '../recordings.js';

const ENVIRONMENTS = path.join(import.meta.dirname, '../../../build/python-clients');
const SOURCES = path.join(import.meta.dirname, 'python');

type Ranked = readonly [index: number, score: number, document?: string];
/** The class of what a client throws by the status that it was answered; null where it throws nothing. */
type Refusals = Readonly<Record<string, string | null>>;
export type ByClient = Readonly<Record<string, Refusals>>;

export interface Driven {
  readonly ranked: readonly Ranked[];
  /** When it asked for one. */
  readonly best: readonly Ranked[];
  readonly error?: string | undefined;
  readonly hidesRefusals: boolean;
  readonly recording: Recording;
}

type Described = Omit<Recording, 'requests'> & { readonly hides_refusals: boolean; readonly best: readonly Ranked[] };

/** Clients that are installed together: a module and a list of packages in `python/`. */
export class PythonClients {
  private readonly drive: readonly string[];
  readonly python: string;
  readonly names: readonly string[];
  private process!: ChildProcess;
  private lines!: AsyncIterator<string, undefined>;

  constructor(set: string) {
    this.python = path.join(ENVIRONMENTS, set, 'bin/python');
    this.drive = ['-W', 'ignore', path.join(SOURCES, 'drive.py'), set];
    this.names = JSON.parse(execFileSync(this.python, [...this.drive, '--list'], { encoding: 'utf8' })) as string[];
  }

  /** Every client ranks what is asked, through the recorder. */
  async rankAll(recorder: Recorder): Promise<readonly Driven[]> {
    const env = {
      ...process.env,
      LITELLM_LOCAL_MODEL_COST_MAP: 'true',
      LITELLM_LOG: 'CRITICAL',
      MEM0_TELEMETRY: 'False',
    };
    this.process = spawn(this.python, this.drive, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface(this.process.stdout!)[Symbol.asyncIterator]() as AsyncIterator<string, undefined>;
    this.send({ ...ASKED, url: recorder.url, key: KEY, large_document: 'x'.repeat(MAX_BODY_BYTES) });
    const all: Driven[] = [];
    while (all.length < this.names.length) {
      const { best, hides_refusals: hidesRefusals, ...described } = await this.read<Described>();
      recorder.take(); // of the best one alone
      this.send();
      const { ranked, error } = await this.read<Pick<Driven, 'ranked' | 'error'>>();
      all.push({ ranked, error, best, hidesRefusals, recording: { ...described, requests: recorder.take() } });
      this.send();
    }
    return all;
  }

  /** After rankAll: 400, 401 and 413. */
  refusals(): Promise<ByClient> {
    return this.read<ByClient>();
  }

  /** After refusals: what each throws when a server refuses everything. */
  async refusalsAt(url: string, status: string): Promise<ByClient> {
    this.send({ url });
    const thrown = await this.read<Readonly<Record<string, string | null>>>();
    return Object.fromEntries(Object.entries(thrown).map(([name, error]) => [name, { [status]: error }]));
  }

  end(): void {
    this.process.kill();
  }

  private send(message: unknown = ''): void {
    this.process.stdin!.write(`${JSON.stringify(message)}\n`);
  }

  private async read<Message>(): Promise<Message> {
    const { done, value } = await this.lines.next();
    if (done === true) throw new Error(`${this.drive.at(-1)} ended early; what it wrote is above`);
    return JSON.parse(value) as Message;
  }
}
