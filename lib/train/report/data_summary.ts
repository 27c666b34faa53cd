import type { BinnedValues } from '../../plots/index.js';
import { LoopPacer } from '../../util/yield.js';
import { isStream } from '../row_batches.js';
import type { StreamedDataset, TrainableDataset } from '../types.js';

/** What a data set is like. @internal */
export interface DataSummary {
  rows: number;
  /** Tokens of all rows. */
  tokens: number;
  /** Tokens of a row at some shares of all rows, shortest first. */
  lengths: { min: number; p5: number; p25: number; median: number; p75: number; p95: number; max: number };
  lengthBins: BinnedValues;
  /** Share of the rows that are as long as the longest one: those that truncation cut are among them. */
  atLongest: number;
  /** Rows (tokens, of token classification) of each label; of classes. */
  labelCounts?: number[] | undefined;
  /** Of numbers to regress. */
  valueBins?: BinnedValues | undefined;
}

/** Labels beyond which they are not counted one by one. */
const MOST_LABELS = 1000;
const BINS = 24;

function binned(values: Float64Array | Uint32Array): BinnedValues {
  const [least, greatest] = [values[0]!, values.at(-1)!];
  const isWhole = values instanceof Uint32Array;
  const step = Math.max((greatest - least) / BINS, isWhole ? 1 : Number.MIN_VALUE * BINS) || 1;
  const width = isWhole ? Math.ceil(step) : step;
  const count = Math.max(1, Math.min(BINS, Math.floor((greatest - least) / width) + 1));
  const counts = Array.from({ length: count }, () => 0);
  for (const value of values) counts[Math.min(count - 1, Math.floor((value - least) / width))]! += 1;
  return { edges: Array.from({ length: count + 1 }, (_, i) => least + i * width), counts };
}

/** Counts labels as they come. */
class LabelTally {
  readonly classes: number[] = [];
  readonly values: number[] = [];
  #isClasses = true;

  constructor(readonly problemType: string | undefined) {}

  add(label: number | ArrayLike<number> | undefined): void {
    if (label === undefined) return;
    if (this.problemType === 'regression') {
      const value = typeof label === 'number' ? label : label.length === 1 ? label[0]! : Number.NaN;
      if (Number.isFinite(value)) this.values.push(value);
    } else if (typeof label === 'number') this.#count(label);
    else if (this.problemType === 'multi_label_classification')
      for (let i = 0; i < label.length; i++) this.#count(i, label[i]! > 0.5 ? 1 : 0);
    else for (let i = 0; i < label.length; i++) this.#count(label[i]!);
  }

  counts(): number[] | undefined {
    return this.#isClasses && this.classes.length > 0 ? this.classes : undefined;
  }

  #count(label: number, times = 1): void {
    if (label === -100) return;
    if (!Number.isInteger(label) || label < 0 || label >= MOST_LABELS) this.#isClasses = false;
    else {
      while (this.classes.length <= label) this.classes.push(0);
      this.classes[label]! += times;
    }
  }
}

/**
 * Reads a data set once, a few milliseconds at a time; undefined of a stream, whose rows are read only to be trained on.
 * @param problemType of the model, which tells what lists of labels are
 * @internal
 */
export async function summarizeData(
  dataset: TrainableDataset | StreamedDataset | undefined,
  problemType: string | undefined,
): Promise<DataSummary | undefined> {
  if (dataset === undefined || isStream(dataset) || dataset.length === 0) return undefined;
  const lengths = new Uint32Array(dataset.length);
  const tally = new LabelTally(problemType);
  const pacer = new LoopPacer('report');
  for (let i = 0; i < lengths.length; i++) {
    const row = dataset.at(i);
    lengths[i] = row.inputIds.length;
    tally.add(row.labels ?? row.label);
    if (pacer.isDue()) await pacer.pause();
  }
  lengths.sort();
  const at = (share: number): number => lengths[Math.floor(share * (lengths.length - 1))]!;
  const max = lengths.at(-1)!;
  return {
    rows: lengths.length,
    tokens: lengths.reduce((sum, length) => sum + length, 0),
    lengths: { min: at(0), p5: at(0.05), p25: at(0.25), median: at(0.5), p75: at(0.75), p95: at(0.95), max },
    lengthBins: binned(lengths),
    atLongest: (lengths.length - lengths.indexOf(max)) / lengths.length,
    labelCounts: tally.counts(),
    valueBins: tally.values.length > 0 ? binned(Float64Array.from(tally.values).sort()) : undefined,
  };
}
