import type { Tensor } from '#libs/tensor';
import { ReferenceOps } from './reference-ops.js';

/** The reference operations, counting the rows that reach each weight. */
export class CountingOps extends ReferenceOps {
  private readonly rows = new Map<Tensor, number>();

  override linear(x: Tensor, weight: Tensor): Tensor {
    this.rows.set(weight, (this.rows.get(weight) ?? 0) + x.shape[0]!);
    return super.linear(x, weight);
  }

  /** Rows each weight has seen since the last call, in the order of their first use in a pass. */
  takeRows(): readonly number[] {
    const counts = [...this.rows.values()];
    this.rows.clear();
    return counts;
  }
}
