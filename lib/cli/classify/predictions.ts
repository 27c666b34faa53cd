import { bestLabels, type LabelScore, scoresOf } from '../../pipelines/scores.js';
import type { Classifier } from './classifier.js';

/** Probability at which a label of several counts as predicted. @internal */
export const THRESHOLD = 0.5;

/** What `predict` says of a text. @internal */
export type Prediction = LabelScore | { labels: LabelScore[] } | { value: number | number[] };

/** How predictions are told. @internal */
export interface PredictionOptions {
  /** So many labels, best first, in place of the best one or of those above the threshold. */
  topK?: number | undefined;
  threshold?: number | undefined;
}

function isMultiLabel({ problem }: Classifier): boolean {
  return problem === 'multi_label_classification';
}

/** The names of the labels that a text's logits (L) say. @internal */
export function namesSaid(classifier: Classifier, logits: Float32Array, threshold: number): string[] {
  const said = predictionOf(classifier, logits, isMultiLabel(classifier) ? { threshold } : { topK: 1 });
  return 'labels' in said ? said.labels.map(({ label }) => label) : [];
}

/** A text's logits (L) in words. @internal */
export function predictionOf(
  classifier: Classifier,
  logits: Float32Array,
  { topK, threshold = THRESHOLD }: PredictionOptions,
): Prediction {
  const { problem, model } = classifier;
  if (problem === 'regression') return { value: logits.length === 1 ? logits[0]! : [...logits] };
  const isMulti = isMultiLabel(classifier);
  const { id2label } = model.config;
  const scores = scoresOf(logits, isMulti ? 'sigmoid' : 'softmax');
  if (topK !== undefined) return { labels: bestLabels(scores, id2label, topK) };
  const all = bestLabels(scores, id2label, isMulti ? scores.length : 1);
  return isMulti ? { labels: all.filter(({ score }) => score >= threshold) } : all[0]!;
}
