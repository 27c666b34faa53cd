export { accuracyScore } from './accuracy.js';
export {
  type ClassificationReport,
  type ReportOptions,
  type ReportRow,
  classificationReport,
} from './classification_report.js';
export { type ConfusionMatrixOptions, confusionMatrix, formatConfusionMatrix } from './confusion_matrix.js';
export type { Label } from './labels.js';
export {
  type Average,
  type AveragedScores,
  type ClassScores,
  type ScoreOptions,
  f1Score,
  precisionRecallFscoreSupport,
  precisionScore,
  recallScore,
} from './precision_recall.js';
