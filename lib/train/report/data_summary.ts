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

/** Numbers and how often each occurs. */
type Occurrences = readonly (readonly [value: number, times: number])[];

function binned(occurrences: Occurrences, areWhole: boolean): BinnedValues {
  let [least, greatest] = [Infinity, -Infinity];
  for (const [value] of occurrences) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  const step = (greatest - least) / BINS;
  const width = areWhole ? Math.max(1, Math.ceil(step)) : step || 1;
  const count = Math.max(1, Math.min(BINS, Math.floor((greatest - least) / width) + 1));
  const counts = Array.from({ length: count }, () => 0);
  for (const [value, times] of occurrences) counts[Math.min(count - 1, Math.floor((value - least) / width))]! += times;
  return { edges: Array.from({ length: count + 1 }, (_, i) => least + i * width), counts };
}

/** The length of row `place` if rows stood in the order of their lengths. */
function lengthAt(occurrences: Occurrences, place: number): number {
  let before = 0;
  return occurrences.find(([, times]) => (before += times) > place)![0];
}

/** Counts labels as they come. */
class LabelTally {
  readonly classes: number[] = [];
  /** Numbers to regress, and how often each occurs. */
  readonly values = new Map<number, number>();
  #isClasses = true;

  constructor(readonly problemType: string | undefined) {}

  /** @param tokens of the row */
  add(label: number | ArrayLike<number> | undefined, tokens: number): void {
    if (label === undefined) return;
    if (this.problemType === 'regression') {
      const value = typeof label === 'number' ? label : label.length === 1 ? label[0]! : Number.NaN;
      if (Number.isFinite(value)) this.values.set(value, (this.values.get(value) ?? 0) + 1);
    } else if (typeof label === 'number') this.#count(label);
    else if (this.problemType === 'multi_label_classification')
      for (let i = 0; i < label.length; i++) this.#count(i, label[i]! > 0.5 ? 1 : 0);
    // Texts to write, not classes of tokens.
    else if (label.length !== tokens) this.#isClasses = false;
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
  // Counted, not listed: sorting a million lengths would hold the event loop.
  const found = new Map<number, number>();
  const tally = new LabelTally(problemType);
  const pacer = new LoopPacer('report');
  let tokens = 0;
  for (let i = 0; i < dataset.length; i++) {
    const row = dataset.at(i);
    const { length } = row.inputIds;
    tokens += length;
    found.set(length, (found.get(length) ?? 0) + 1);
    tally.add(row.labels ?? row.label, length);
    if (pacer.isDue()) await pacer.pause();
  }
  const lengths = [...found].sort(([one], [other]) => one - other);
  const at = (share: number): number => lengthAt(lengths, Math.floor(share * (dataset.length - 1)));
  const [max, longest] = lengths.at(-1)!;
  return {
    rows: dataset.length,
    tokens,
    lengths: { min: at(0), p5: at(0.05), p25: at(0.25), median: at(0.5), p75: at(0.75), p95: at(0.95), max },
    lengthBins: binned(lengths, true),
    atLongest: longest / dataset.length,
    labelCounts: tally.counts(),
    valueBins: tally.values.size > 0 ? binned([...tally.values], false) : undefined,
  };
}
