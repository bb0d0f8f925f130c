import { CLASS_WEIGHTS, PRIORITY_CLASSES, type PriorityClass } from '#libs/admission';

/** Whose turn it is, and what each class may still take; kept from one batch to the next. */
export interface ClassTurns {
  readonly current: PriorityClass;
  /** Tokens by class. Below 0: it took more than its turn brought, because a document is taken whole. */
  readonly deficits: readonly number[];
}

/** The next class is 0. */
export const FIRST_TURN: ClassTurns = { current: 2, deficits: [0, 0, 0] };

/**
 * Deficit round robin between the classes: a turn brings a class its weight in quanta, and is over when they are spent or no request
 * of the class waits. Each class has a turn in every round, so none starves.
 */
export class ClassRound {
  private current: PriorityClass;
  private readonly deficits: number[];

  constructor(
    { current, deficits }: ClassTurns,
    private readonly quantum: number,
  ) {
    this.current = current;
    this.deficits = [...deficits];
  }

  get turns(): ClassTurns {
    return { current: this.current, deficits: this.deficits };
  }

  /** The class that goes next, of those that have somebody waiting; undefined where none has. */
  next(waits: (priorityClass: PriorityClass) => boolean): PriorityClass | undefined {
    if (!PRIORITY_CLASSES.some(waits)) return undefined;
    while (!waits(this.current) || this.deficits[this.current]! <= 0) this.pass(waits(this.current));
    return this.current;
  }

  took(tokens: number): void {
    this.deficits[this.current]! -= tokens;
  }

  private pass(somebodyWaits: boolean): void {
    // What was not used is no claim on later.
    if (!somebodyWaits) this.deficits[this.current] = 0;
    this.current = ((this.current + 1) % PRIORITY_CLASSES.length) as PriorityClass;
    this.deficits[this.current]! += CLASS_WEIGHTS[this.current] * this.quantum;
  }
}
