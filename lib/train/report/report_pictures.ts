import {
  type Picture,
  plotConfusionMatrix,
  plotLabelHistogram,
  plotLabelOutcomes,
  plotLog,
  plotRocCurves,
  plotValueHistogram,
} from '../../plots/index.js';
import type { LogEntry } from '../state.js';
import type { DataSummary } from './data_summary.js';
import type { ReportData } from './report_data.js';

/** Names that a report's pictures may have. @internal */
export const PICTURE_NAMES = [
  'loss',
  'metrics',
  'optimization',
  'confusion_matrix',
  'roc',
  'labels',
  'lengths',
] as const;

/** What there is to draw, and why the rest cannot be drawn. @internal */
export interface ReportPictures {
  pictures: Picture[];
  missing: string[];
}

/** The data sets that have something, by their names. */
function perSet<T>({ data }: ReportData, pick: (summary: DataSummary) => T | undefined): [string, T][] {
  return Object.entries(data).flatMap(([set, summary]) => {
    const found = summary && pick(summary);
    return found === undefined ? [] : [[set, found] as [string, T]];
  });
}

function ofLabels(data: ReportData): Picture | undefined {
  const counts = perSet(data, ({ labelCounts }) => labelCounts);
  if (counts.length > 0) {
    const size = Math.max(data.labels.length, ...counts.map(([, list]) => list.length));
    const labels = Array.from({ length: size }, (_, i) => data.labels[i] ?? `LABEL_${i}`);
    const filled = counts.map(([set, list]) => [set, labels.map((_, i) => list[i] ?? 0)] as const);
    return plotLabelHistogram(Object.fromEntries(filled), labels);
  }
  const values = perSet(data, ({ valueBins }) => valueBins);
  if (values.length === 0) return undefined;
  return plotValueHistogram(Object.fromEntries(values), { of: 'labels', title: 'Values of the labels', axis: 'value' });
}

function ofLengths(data: ReportData): Picture | undefined {
  const bins = perSet(data, ({ lengthBins }) => lengthBins);
  if (bins.length === 0) return undefined;
  return plotValueHistogram(Object.fromEntries(bins), { of: 'lengths', title: 'Tokens per row', axis: 'tokens' });
}

function ofEvaluation({ evaluation }: ReportData): { confusion?: Picture | undefined; roc?: Picture | undefined } {
  if (evaluation === undefined) return {};
  const { confusion, outcomes, roc, labels } = evaluation;
  return {
    confusion:
      outcomes !== undefined
        ? plotLabelOutcomes(outcomes, labels)
        : confusion && plotConfusionMatrix(confusion, labels),
    roc: roc.length > 0 ? plotRocCurves(roc) : undefined,
  };
}

/** The pictures of a run. @param data undefined of a folder without a `report.json` @internal */
export function reportPictures(log: readonly LogEntry[], data: ReportData | undefined): ReportPictures {
  const pictures = plotLog(log);
  const missing: string[] = [];
  const has = (name: string): boolean => pictures.some((picture) => picture.name === name);
  if (!has('loss')) missing.push('loss curve: the log holds no loss');
  if (!has('metrics')) missing.push('metric curves: the log holds no metrics of evaluations');
  const { confusion, roc } = data === undefined ? {} : ofEvaluation(data);
  const noPredictions = 'no predictions of a classification were kept (reportTo "html" keeps them while it evaluates)';
  const wanted: [picture: Picture | undefined, what: string, why: string][] = [
    [confusion, 'confusion matrix', noPredictions],
    [roc, 'ROC curves', noPredictions],
    [data && ofLabels(data), 'label histogram', 'no labels were counted'],
    [data && ofLengths(data), 'lengths', 'no rows were counted'],
  ];
  for (const [picture, what, why] of wanted)
    if (picture === undefined) missing.push(`${what}: ${why}`);
    else pictures.push(picture);
  return { pictures, missing };
}
