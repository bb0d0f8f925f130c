/** What every contract test asks; the embedded model orders these documents 1, 2, 0. */
export const ASKED = {
  query: 'What is machine learning?',
  documents: [
    'Python is a programming language.',
    'Machine learning is a subset of artificial intelligence that enables computers to learn from data.',
    'Neural networks are computing systems inspired by biological brains.',
  ],
};

export interface Scored {
  readonly index: number;
  readonly score: number;
}
