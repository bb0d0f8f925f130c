import { CLASS_WEIGHTS, PRIORITY_CLASSES, QUANTUM_TOKENS, type PriorityClass } from './priority-classes.js';

/**
 * Tokens scheduled ahead of a request of this size, by round robin. Of each other request of its class, and of the classes above,
 * at most as many tokens: so a thousand documents that wait are no reason to refuse three, and a request that is larger than the
 * bound is not always refused. Of a class below, its part by weight of all this. Never more for a higher class than for a lower.
 */
export class TokensBefore {
  private readonly turns: number;
  private readonly byClass = PRIORITY_CLASSES.map(() => 0);

  constructor(
    private readonly tokens: number,
    private readonly priorityClass: PriorityClass,
  ) {
    this.turns = Math.max(tokens, QUANTUM_TOKENS);
  }

  /** Another request, with the tokens that wait or will. */
  add(tokens: number, priorityClass: PriorityClass): void {
    this.byClass[priorityClass]! += Math.min(tokens, this.turns);
  }

  get total(): number {
    const { byClass, priorityClass, tokens } = this;
    const first = byClass.slice(0, priorityClass + 1).reduce((sum, each) => sum + each, 0);
    const mostBelow = (below: number) => (CLASS_WEIGHTS[below]! / CLASS_WEIGHTS[priorityClass]) * (first + tokens);
    return byClass.reduce(
      (sum, each, other) => (other > priorityClass ? sum + Math.min(each, mostBelow(other)) : sum),
      first,
    );
  }
}
