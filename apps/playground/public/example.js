/** What the page shows first: an answer, near misses, other subjects, and a repeated line. */
export const EXAMPLE = {
  query: 'What is the capital of France?',
  instruction: 'Given a web search query, retrieve relevant passages that answer the query',
  secondInstruction: 'Given a topic, retrieve passages about its food and drink',
  documents: [
    'France is a country in western Europe with a long coast.',
    'The Eiffel Tower was built in 1889 for the World’s Fair in Paris.',
    'Paris is the capital and largest city of France.',
    'Berlin is the capital of Germany.',
    'French cuisine is known for its sauces, cheeses and bread.',
    'The mitochondrion produces most of the energy of a cell.',
    'Paris is the capital and largest city of France.',
  ],
};
