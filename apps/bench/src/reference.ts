import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Qwen3Shape } from '#libs/models';
import type { BackendDescription } from '#libs/tensor';

const SCRIPT = 'test/parity/time_reference.py';

/** Hugging Face transformers in a process of its own, kept warm, so that it can be timed in turn with the engine. */
export class HuggingFaceReference {
  private constructor(
    private readonly child: ChildProcessByStdio<Writable, Readable, null>,
    private readonly lines: AsyncIterator<string>,
    readonly version: string,
  ) {}

  /** `python` needs torch and transformers (test/parity/requirements.txt); it runs on the engine's device, in its dtype. */
  static async start(
    python: string,
    shape: Qwen3Shape,
    { threads, device, dtype }: BackendDescription,
  ): Promise<HuggingFaceReference> {
    const child = spawn(python, [SCRIPT, JSON.stringify(shape), String(threads), device, dtype], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { version } = await answer<{ version: string }>(lines);
    return new HuggingFaceReference(child, lines, version);
  }

  /** Seconds for prompts of these lengths in tokens. */
  async time(lengths: readonly number[]): Promise<number> {
    this.child.stdin.write(`${JSON.stringify({ lengths })}\n`);
    return (await answer<{ seconds: number }>(this.lines)).seconds;
  }

  stop(): void {
    this.child.stdin.end();
  }
}

async function answer<Message>(lines: AsyncIterator<string>): Promise<Message> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error('the Hugging Face reference ended: are torch and transformers installed for it?');
  return JSON.parse(value) as Message;
}
