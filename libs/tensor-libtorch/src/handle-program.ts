import type { LaidSegment, Program, SegmentLayout } from '#libs/tensor';
import { HandleKeyValues } from './handles.js';
import type { NativeBinding, NativeHandle, NativeSegment } from './native-binding.js';
import { withFaultCode } from './native-fault.js';

/** A program of the addon: a run is one native call, executed on a thread of its own. */
export class HandleProgram implements Program {
  /** `all`: the programs of the backend, where it is listed while it lives. */
  constructor(
    private readonly native: NativeBinding,
    private readonly handle: NativeHandle,
    private readonly vocabulary: number,
    private readonly all: Set<HandleProgram>,
  ) {
    all.add(this);
  }

  async run({ segments, ids, positions, scoredRows }: SegmentLayout): Promise<Float32Array> {
    const outside = ids.find((id) => id < 0 || id >= this.vocabulary);
    if (outside !== undefined) {
      throw new RangeError(`token id ${outside} is outside the vocabulary of ${this.vocabulary}`);
    }
    const layout = { segments: segments.map((segment) => nativeSegment(segment)), ids, positions, scoredRows };
    return withFaultCode(() => this.native.run(this.handle, layout));
  }

  dispose(): void {
    this.native.dispose(this.handle);
    this.all.delete(this);
  }
}

function nativeSegment({ start, length, ancestors, scored, kept, store }: LaidSegment): NativeSegment {
  return {
    start,
    length,
    ancestors,
    scored,
    ...(kept !== undefined && { kept: HandleKeyValues.of(kept).handle }),
    ...(store !== undefined && { store: HandleKeyValues.of(store).handle }),
  };
}
