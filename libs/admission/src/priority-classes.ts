/** Requests of a class share its part of the engine; 0 is served most. Priorities of 2 and more are one class. */
export type PriorityClass = 0 | 1 | 2;

export const PRIORITY_CLASSES: readonly PriorityClass[] = [0, 1, 2];

/** By class: parts of the engine's time while all classes have requests waiting. */
export const CLASS_WEIGHTS = [4, 2, 1] as const;

/** Tokens a request may take per turn: about what a small request needs, so that it is served whole in its first turn. */
export const QUANTUM_TOKENS = 512;

/** By class: the part of a limit that its requests may fill. The rest is kept free for the classes above. */
export const CLASS_ROOM = [1, 0.75, 0.5] as const;

/** The class of a priority, a whole number from 0, the highest, on. */
export function classOf(priority: number): PriorityClass {
  return Math.min(priority, 2) as PriorityClass;
}
