import type { PassPlan, Tensor } from '#libs/tensor';
import { COMMAND_WIDTH, OPCODES, type NativeHandle } from './native-binding.js';

/** A value of a pass that is being recorded: a numbered slot, filled when the pass runs. */
export class SlotTensor implements Tensor {
  constructor(
    readonly recorder: PassRecorder,
    readonly slot: number,
    readonly shape: readonly [rows: number, columns: number],
  ) {}
}

/** Collects the commands of one pass, to be executed in one native call. */
export class PassRecorder {
  /** The plan that the pass's operations were given; all of a pass have one. */
  plan: PassPlan | undefined;
  private readonly commands: number[] = [];
  private readonly operandIndices = new Map<NativeHandle, number>();
  private slotCount = 0;

  get slots(): number {
    return this.slotCount;
  }

  get operands(): NativeHandle[] {
    return [...this.operandIndices.keys()];
  }

  get program(): Float64Array {
    return Float64Array.from(this.commands);
  }

  /** A command whose outcome is a new value; `inputs` are slots, `rest` operands and numbers. */
  make(
    opcode: keyof typeof OPCODES,
    shape: readonly [number, number],
    inputs: readonly (SlotTensor | number)[],
  ): SlotTensor {
    const made = new SlotTensor(this, this.slotCount, shape);
    this.slotCount += 1;
    this.change(opcode, [made, ...inputs]);
    return made;
  }

  /** A command that works in place. */
  change(opcode: keyof typeof OPCODES, inputs: readonly (SlotTensor | number)[]): void {
    const command = Array.from({ length: COMMAND_WIDTH }, () => 0);
    command[0] = OPCODES[opcode];
    inputs.forEach((input, index) => (command[index + 1] = input instanceof SlotTensor ? this.slotOf(input) : input));
    this.commands.push(...command);
  }

  operand(handle: NativeHandle): number {
    const index = this.operandIndices.get(handle) ?? this.operandIndices.size;
    this.operandIndices.set(handle, index);
    return index;
  }

  private slotOf(tensor: SlotTensor): number {
    if (tensor.recorder !== this) throw new TypeError('this tensor belongs to another pass');
    return tensor.slot;
  }
}
