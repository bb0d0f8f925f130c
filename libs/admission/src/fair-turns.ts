import { CLASS_WEIGHTS, PRIORITY_CLASSES, type PriorityClass } from './priority-classes.js';

/** By class: what it had so far, divided by its weight. */
export type ClassTurns = readonly number[];

export const NO_TURNS: ClassTurns = PRIORITY_CLASSES.map(() => 0);

export interface Fairness {
  /** What the lowest class gets in a round; within a round the higher classes go first. */
  readonly round: number;
  /** See FairTurns. */
  readonly lead: number;
}

/**
 * Turns between the classes by fair queueing: next is the class that had fewest rounds for its weight, of equals the higher one. While
 * all of them wait they get 4 : 2 : 1, and each moves on.
 *
 * Who did not wait has no claim on what the others had meanwhile, with one exception: a class may make up for what those below it
 * had, for `lead` tokens of theirs at most. So what is urgent and rare is not mixed with the work of a lower class that had the
 * engine to itself until now.
 */
export class FairTurns {
  private readonly had: number[];

  constructor(
    private readonly fairness: Fairness,
    turns: ClassTurns = NO_TURNS,
  ) {
    this.had = [...turns];
  }

  get turns(): ClassTurns {
    return this.had;
  }

  /** The class that goes next, of those that have somebody waiting; undefined where none has. */
  next(waits: (priorityClass: PriorityClass) => boolean): PriorityClass | undefined {
    const rounds = (priorityClass: PriorityClass) => Math.floor(this.had[priorityClass]! / this.fairness.round);
    const [first] = PRIORITY_CLASSES.filter(waits).toSorted((a, b) => rounds(a) - rounds(b) || a - b);
    return first;
  }

  took(priorityClass: PriorityClass, amount: number): void {
    this.had[priorityClass]! += amount / CLASS_WEIGHTS[priorityClass];
  }

  /** After each turn or batch: the claims of the classes that do not wait. */
  settle(waits: (priorityClass: PriorityClass) => boolean): void {
    const waiting = PRIORITY_CLASSES.filter(waits);
    for (const each of PRIORITY_CLASSES.filter((priorityClass) => !waits(priorityClass))) {
      const least = waiting.map((other) => this.had[other]! - (each < other ? this.fairness.lead : 0));
      this.had[each] = Math.max(this.had[each]!, ...least);
    }
  }
}
