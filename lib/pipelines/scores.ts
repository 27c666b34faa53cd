/** What turns logits into scores. */
export type ScoreFunction = 'softmax' | 'sigmoid' | 'none';

/** One class and its score. */
export interface LabelScore {
  label: string;
  score: number;
}

/**
 * Scores of one row of logits (L).
 * @internal
 */
export function scoresOf(logits: ArrayLike<number>, fn: ScoreFunction): Float64Array {
  const values = Float64Array.from(logits);
  if (fn === 'none') return values;
  if (fn === 'sigmoid') return values.map((x) => 1 / (1 + Math.exp(-x)));
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = values.map((x) => Math.exp(x - most));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((x) => x / total);
}

/**
 * The `k` labels with the highest scores, best first; equal scores keep the classes' order.
 * @internal
 */
export function bestLabels(scores: Float64Array, id2label: Readonly<Record<number, string>>, k: number): LabelScore[] {
  const order = Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
  return order.slice(0, k).map((i) => ({ label: id2label[i] ?? `LABEL_${i}`, score: scores[i]! }));
}
