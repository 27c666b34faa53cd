import path from 'node:path';
import { z } from 'zod';
import { readJsonFile } from '../../io/json_file.js';
import { writeFileAtomic } from '../../util/atomic_write.js';
import { CheckpointError } from '../../util/errors.js';
import type { DataSummary } from './data_summary.js';
import type { EvaluationRecord } from './evaluation_record.js';

/** What a report holds beside the run's log: `report.json`. @internal */
export interface ReportData {
  /** In Python's spelling. */
  arguments: Record<string, unknown>;
  environment: Record<string, string>;
  /** Names of the classes. */
  labels: string[];
  data: { train?: DataSummary | undefined; eval?: DataSummary | undefined };
  evaluation?: EvaluationRecord | undefined;
}

const FILE = 'report.json';
const MOST_BYTES = 64 << 20;

const finite = z.number();
const count = finite.nonnegative();
const bins = z
  .object({ edges: z.array(finite).max(1000), counts: z.array(count).max(1000) })
  .refine(({ edges, counts }) => edges.length === counts.length + 1);

const summarySchema = z.object({
  rows: count,
  tokens: count,
  lengths: z.object({ min: count, p5: count, p25: count, median: count, p75: count, p95: count, max: count }),
  lengthBins: bins,
  atLongest: count,
  labelCounts: z.array(count).max(10_000).optional(),
  valueBins: bins.optional(),
});

const perLabel = z.array(count).max(1000);

/** @internal */
export const evaluationSchema = z
  .object({
    step: count,
    rows: count,
    labels: z.array(z.string()).max(1000),
    confusion: z.array(perLabel).max(1000).optional(),
    outcomes: z.object({ truePositives: perLabel, falseNegatives: perLabel, falsePositives: perLabel }).optional(),
    roc: z
      .array(
        z
          .object({
            label: z.string(),
            fpr: z.array(finite).max(10_000),
            tpr: z.array(finite).max(10_000),
            auc: finite,
          })
          .refine(({ fpr, tpr }) => fpr.length === tpr.length),
      )
      .max(100),
  })
  .refine(({ labels, confusion = [], outcomes = {} }) =>
    [confusion, ...confusion, ...Object.values(outcomes)].every(
      (list) => list.length === labels.length || list.length === 0,
    ),
  );

const reportSchema = z.object({
  arguments: z.record(z.string(), z.unknown()),
  environment: z.record(z.string(), z.string()),
  labels: z.array(z.string()).max(10_000),
  data: z.object({ train: summarySchema.optional(), eval: summarySchema.optional() }),
  evaluation: evaluationSchema.optional(),
});

/** Writes `report.json`. @throws CheckpointError when it cannot be written @internal */
export async function writeReportData(folder: string, data: ReportData): Promise<void> {
  await writeFileAtomic(path.join(folder, FILE), `${JSON.stringify(data)}\n`);
}

/** Reads `report.json`; undefined where there is none. @throws CheckpointError when it is not of this form @internal */
export async function readReportData(folder: string): Promise<ReportData | undefined> {
  const file = path.join(folder, FILE);
  let json: unknown;
  try {
    json = await readJsonFile(file, { maxBytes: MOST_BYTES });
  } catch (error) {
    if (error instanceof CheckpointError && error.fields['reason'] === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = reportSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]!.path.join('.') || 'the value';
  throw new CheckpointError(`writeReport: ${field} in ${file} is not what a report holds`, { path: file, field });
}
