// The names of the tensors a score is made from, as transformers stores them.
export const EMBEDDING = 'model.embed_tokens.weight'; // [V, H]; the head as well, when tied
export const LM_HEAD = 'lm_head.weight'; // [V, H]
export const CLASSIFIER = 'score.weight'; // [labels, H]
