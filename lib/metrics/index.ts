export { type AccuracyOptions, accuracyScore, hammingLoss, zeroOneLoss } from './classification/accuracy.js';
export { type KappaOptions, cohenKappaScore, matthewsCorrcoef } from './classification/agreement.js';
export type { Average, ScoreOptions } from './classification/averaging.js';
export { balancedAccuracyScore } from './classification/balanced_accuracy.js';
export {
  type ClassificationReport,
  type ReportOptions,
  type ReportRow,
  classificationReport,
} from './classification/classification_report.js';
export {
  type ConfusionMatrixOptions,
  confusionMatrix,
  formatConfusionMatrix,
} from './classification/confusion_matrix.js';
export { jaccardScore } from './classification/jaccard.js';
export { type McnemarOptions, type McnemarResult, mcnemarTest } from './classification/mcnemar.js';
export {
  type BinaryConfusion,
  type MultilabelConfusionOptions,
  multilabelConfusionMatrix,
} from './classification/multilabel_confusion_matrix.js';
export {
  type AveragedScores,
  type ClassScores,
  type FscoreOptions,
  precisionRecallFscoreSupport,
} from './classification/precision_recall.js';
export { f1Score, fbetaScore, precisionScore, recallScore } from './classification/precision_recall_scores.js';
export type { LabelTargets } from './classification/targets.js';
export type { Label, LabelList } from './input/labels.js';
export type { FlatTable, LabelTable, NumberTable } from './input/tables.js';
export { pearsonCorrelation, spearmanCorrelation } from './regression/correlation.js';
export { meanAbsoluteError, meanSquaredError, rootMeanSquaredError } from './regression/errors.js';
export { type ExplainedOptions, explainedVarianceScore, r2Score } from './regression/explained.js';
export type { Multioutput, RegressionOptions, RegressionScore, ValueTargets } from './regression/targets.js';
export { type AveragePrecisionOptions, averagePrecisionScore } from './scores/average_precision.js';
export {
  type BestThresholds,
  type BinaryCounts,
  type ThresholdOptions,
  bestThresholds,
} from './scores/best_thresholds.js';
export type { BinaryOptions } from './scores/binary.js';
export { type BrierOptions, brierScoreLoss } from './scores/brier.js';
export {
  type CalibrationCurve,
  type CalibrationOptions,
  calibrationCurve,
  expectedCalibrationError,
} from './scores/calibration.js';
export type { ColumnAverage } from './scores/columns.js';
export {
  type CurveOptions,
  type PrecisionRecallCurve,
  type RocCurve,
  auc,
  precisionRecallCurve,
  rocCurve,
} from './scores/curves.js';
export { type LogLossOptions, logLoss } from './scores/log_loss.js';
export { type RocAucOptions, rocAucScore } from './scores/roc_auc.js';
export { type TopKOptions, topKAccuracyScore } from './scores/top_k_accuracy.js';
export type { TagOptions, TagSpan } from './sequence/entities.js';
export type { EntityAverage, EntityOptions } from './sequence/entity_counts.js';
export { type EntityReport, type EntityReportOptions, entityReport } from './sequence/entity_report.js';
export { type EntityScores, type TagLists, entityScores, getEntities } from './sequence/entity_scores.js';
export type { TagScheme } from './sequence/schemes.js';
export { type TagConfusion, type TagConfusionOptions, tagConfusion } from './sequence/tag_confusion.js';
export {
  type MetricAccumulator,
  type MetricBatch,
  type MetricLabel,
  collectedMetrics,
  combinedMetrics,
} from './streaming/accumulator.js';
export type { ClassificationType } from './streaming/checks.js';
export { type ClassificationMetricsOptions, classificationMetrics } from './streaming/classification_metrics.js';
export { type EntityMetricsOptions, entityMetrics } from './streaming/entity_metrics.js';
export { type LanguageModelMetricsOptions, languageModelMetrics } from './streaming/language_model_metrics.js';
export { type RankingMetricsOptions, rankingMetrics } from './streaming/ranking_metrics.js';
export { type RegressionMetricsOptions, regressionMetrics } from './streaming/regression_metrics.js';
export { standardMetrics } from './streaming/standard_metrics.js';
export { type TextMetricsOptions, textMetrics } from './streaming/text_metrics.js';
export { type BleuOptions, corpusBleu, sentenceBleu } from './text/bleu.js';
export type { BleuSmoothing, SmoothingOptions } from './text/bleu_smoothing.js';
export type { BleuTokenizer } from './text/bleu_tokenizers.js';
export { type ChrfOptions, chrf } from './text/chrf.js';
export { perplexity } from './text/perplexity.js';
export { type RougeOptions, type RougeScore, type RougeType, rouge, rougeScore } from './text/rouge.js';
export { type SacrebleuOptions, type SacrebleuScore, sacrebleu } from './text/sacrebleu.js';
export { type AnswerPrediction, type AnswerReference, type SquadScores, squadScores } from './text/squad.js';
export { type AnswerPredictionV2, type SquadV2Options, type SquadV2Scores, squadV2Scores } from './text/squad_v2.js';
export type { TextReferences } from './text/text_pairs.js';
