import type { Pass, Rope, Rows, Tensor } from '#libs/tensor';
import type { NativeCommand, NativeProgram } from './native-binding.js';

/** How many rows a value has, which only a run knows, and how many columns. */
export interface SlotSize {
  readonly rows: Rows;
  readonly columns: number;
}

/** A value of a program that is being recorded: a numbered slot, filled when the program runs. */
export class SlotTensor implements Tensor {
  constructor(
    readonly recorder: ProgramRecorder,
    readonly slot: number,
    readonly size: SlotSize,
  ) {}

  get shape(): readonly number[] {
    return [Number.NaN, this.size.columns];
  }
}

/** Collects the commands of a program, which then runs in one native call. While a forward pass is recorded it stands for a pass. */
export class ProgramRecorder implements Pass {
  /** Rows of the smallest table whose rows are looked up. */
  vocabulary = Infinity;
  private readonly commands: NativeCommand[] = [];
  private slots = 0;

  constructor(readonly rope: Rope) {}

  /** The recorded program, whose result is this value. */
  programOf(result: Tensor): NativeProgram {
    const { commands, slots, rope } = this;
    return { commands, slots, result: this.slotOf(result), rows: slotOf(result).size.rows, ...rope };
  }

  /** A command whose outcome is a new value. */
  make(operation: string, size: SlotSize, inputs: readonly Tensor[], rest: Partial<NativeCommand> = {}): SlotTensor {
    const made = new SlotTensor(this, this.slots, size);
    this.slots += 1;
    this.change(operation, [made, ...inputs], rest);
    return made;
  }

  /** A command that works in place. */
  change(operation: string, values: readonly Tensor[], rest: Partial<NativeCommand>): void {
    this.commands.push({ ...rest, operation, slots: values.map((value) => this.slotOf(value)) });
  }

  private slotOf(tensor: Tensor): number {
    const { recorder, slot } = slotOf(tensor);
    if (recorder !== this) throw new TypeError('this tensor belongs to another program');
    return slot;
  }
}

/** The value of a recorded program behind a tensor; throws on a tensor of another backend. */
export function slotOf(tensor: Tensor): SlotTensor {
  if (tensor instanceof SlotTensor) return tensor;
  throw new TypeError('this tensor was made by another backend, or is a weight');
}
