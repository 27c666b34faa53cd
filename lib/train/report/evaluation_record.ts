import type { MetricBatch, MetricLabel } from '../../metrics/index.js';
import { foldMatrix } from '../../plots/heat_map.js';
import type { LabelOutcomes, LabelRoc } from '../../plots/index.js';
import { frequentClasses } from '../../plots/picture.js';
import { type BinnedRoc, ScoreBins } from './score_bins.js';

/** What an evaluation leaves for its pictures; small, whatever the number of rows and classes. @internal */
export interface EvaluationRecord {
  step: number;
  /** Labelled rows (tokens, of a head that predicts one class per token). */
  rows: number;
  labels: string[];
  /** Of one label a row: true classes by predicted ones. */
  confusion?: number[][] | undefined;
  /** Of several labels a row. */
  outcomes?: { [K in keyof LabelOutcomes]: number[] } | undefined;
  roc: (BinnedRoc & Pick<LabelRoc, 'label'>)[];
}

/** Classes beyond which pictures would be of no use. */
const MOST_CLASSES = 512;
/** ROC curves kept. */
const MOST_CURVES = 8;
/** Points of a ROC curve kept. */
const MOST_POINTS = 200;
const IGNORED = -100;

/** Every so many-th point, with the first and the last. */
function thinned({ fpr, tpr, auc }: BinnedRoc): BinnedRoc {
  const count = Math.min(MOST_POINTS, fpr.length);
  const places = Array.from({ length: count }, (_, i) => Math.round((i / (count - 1)) * (fpr.length - 1)));
  return { fpr: places.map((i) => fpr[i]!), tpr: places.map((i) => tpr[i]!), auc };
}

/** Counts what the predictions of an evaluation are, batch by batch, and keeps none of them. @internal */
export class EvaluationRecorder {
  #rows = 0;
  #width = 0;
  #isMulti = false;
  /** (width, width): true class by predicted one; of several labels a row found, missed, false alarm per label. */
  #counts = new Float64Array(0);
  #scores: ScoreBins[] = [];

  reset(): void {
    [this.#rows, this.#width] = [0, 0];
  }

  /**
   * Rows that are no classification (numbers to regress, spans, very many classes) are passed over.
   * @param problemType of the model, which tells what lists of labels are
   */
  add({ predictions, labelIds }: MetricBatch, problemType: string | undefined): void {
    if (problemType === 'regression') return;
    const isMulti = problemType === 'multi_label_classification';
    for (const [i, logits] of predictions.entries()) {
      const label = labelIds[i]!;
      if (isMulti) this.#addMulti(logits, label);
      else if (typeof label === 'number') this.#addSingle(logits, 0, logits.length, label);
      else
        for (let place = 0; place < label.length; place++) {
          const width = logits.length / label.length;
          this.#addSingle(logits, place * width, width, label[place]!);
        }
    }
  }

  /** @param names of the labels */
  record(step: number, names: readonly string[]): EvaluationRecord | undefined {
    if (this.#rows === 0) return undefined;
    const labels = Array.from({ length: this.#width }, (_, i) => names[i] ?? `LABEL_${i}`);
    const shared = { step, rows: this.#rows, roc: this.#curves(labels) };
    if (!this.#isMulti) {
      const matrix = labels.map((_, i) => this.#counts.subarray(i * this.#width, (i + 1) * this.#width));
      const folded = foldMatrix(matrix, labels);
      return { ...shared, labels: folded.labels, confusion: folded.matrix };
    }
    const { kept } = frequentClasses(this.#support());
    const pick = (column: number): number[] => kept.map((label) => this.#counts[label * 3 + column]!);
    const outcomes = { truePositives: pick(0), falseNegatives: pick(1), falsePositives: pick(2) };
    return { ...shared, labels: kept.map((i) => labels[i]!), outcomes };
  }

  #begin(width: number, isMulti: boolean): boolean {
    if (this.#rows > 0) return width === this.#width;
    if (!Number.isInteger(width) || width < 2 - Number(isMulti) || width > MOST_CLASSES) return false;
    [this.#width, this.#isMulti] = [width, isMulti];
    this.#counts = new Float64Array(width * (isMulti ? 3 : width));
    this.#scores = Array.from({ length: width }, () => new ScoreBins());
    return true;
  }

  #addSingle(logits: ArrayLike<number>, begin: number, width: number, label: number): void {
    if (label === IGNORED || !Number.isInteger(label) || label < 0 || label >= width) return;
    if (!this.#begin(width, false)) return;
    let best = 0;
    for (let i = 1; i < width; i++) if (logits[begin + i]! > logits[begin + best]!) best = i;
    const greatest = logits[begin + best]!;
    if (!Number.isFinite(greatest)) return;
    // The sum of all others' powers, without what it takes to subtract the greatest from the sum.
    let rest = 0;
    for (let i = 0; i < width; i++) if (i !== best) rest += Math.exp(logits[begin + i]! - greatest);
    for (let i = 0; i < width; i++) {
      const power = Math.exp(logits[begin + i]! - greatest);
      const others = i === best ? rest : 1 + rest - power;
      this.#scores[i]!.add(Math.log(power) - Math.log(others), i === label);
    }
    this.#counts[label * width + best]! += 1;
    this.#rows += 1;
  }

  #addMulti(logits: ArrayLike<number>, labels: MetricLabel): void {
    if (typeof labels === 'number' || labels.length !== logits.length) return;
    if (!this.#begin(logits.length, true)) return;
    for (let i = 0; i < logits.length; i++) {
      const [isActual, isPredicted] = [labels[i]! > 0.5, logits[i]! >= 0];
      if (!Number.isFinite(logits[i])) continue;
      this.#scores[i]!.add(logits[i]!, isActual);
      if (isActual) this.#counts[i * 3 + (isPredicted ? 0 : 1)]! += 1;
      else if (isPredicted) this.#counts[i * 3 + 2]! += 1;
    }
    this.#rows += 1;
  }

  /** Rows of each label. */
  #support(): number[] {
    const [width, counts] = [this.#width, this.#counts];
    if (this.#isMulti) return Array.from({ length: width }, (_, i) => counts[i * 3]! + counts[i * 3 + 1]!);
    return Array.from({ length: width }, (_, i) =>
      counts.subarray(i * width, (i + 1) * width).reduce((sum, n) => sum + n, 0),
    );
  }

  #curves(labels: readonly string[]): EvaluationRecord['roc'] {
    const support = this.#support();
    // Of two classes the curve of one is that of the other turned round.
    const wanted = !this.#isMulti && this.#width === 2 ? [1] : [...support.keys()];
    const frequent = wanted.sort((a, b) => support[b]! - support[a]! || a - b).slice(0, MOST_CURVES);
    return frequent.flatMap((label) => {
      const curve = this.#scores[label]!.curve();
      return curve === undefined ? [] : [{ label: labels[label]!, ...thinned(curve) }];
    });
  }
}
