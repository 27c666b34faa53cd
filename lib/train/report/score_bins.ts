/** Log-odds beyond which scores count as the same. */
const RANGE = 20;
const BINS = 4000;

/** The ROC curve of one label. @internal */
export interface BinnedRoc {
  fpr: number[];
  tpr: number[];
  auc: number;
}

/**
 * Counts a label's scores in narrow bins, so that its ROC curve costs the same memory for any number of rows. Rows of
 * one bin (0.01 of log-odds) count as ties.
 * @internal
 */
export class ScoreBins {
  readonly #counts = [new Uint32Array(BINS), new Uint32Array(BINS)] as const;

  /** @param logOdds of the label @param isActual whether the row has it */
  add(logOdds: number, isActual: boolean): void {
    const place = Math.floor(((logOdds + RANGE) / (2 * RANGE)) * BINS);
    this.#counts[isActual ? 1 : 0][Math.min(BINS - 1, Math.max(0, place))]! += 1;
  }

  /** From the highest score down, corners only; undefined where all rows are alike. */
  curve(): BinnedRoc | undefined {
    const [others, actual] = this.#counts;
    const [negatives, positives] = [others, actual].map((list) => list.reduce((sum, count) => sum + count, 0));
    if (negatives === 0 || positives === 0) return undefined;
    const curve: BinnedRoc = { fpr: [0], tpr: [0], auc: 0 };
    let [wrong, right] = [0, 0];
    for (let bin = BINS - 1; bin >= 0; bin--) {
      if (others[bin] === 0 && actual[bin] === 0) continue;
      curve.auc += (others[bin]! * (right + actual[bin]! / 2)) / (negatives! * positives!);
      wrong += others[bin]!;
      right += actual[bin]!;
      curve.fpr.push(wrong / negatives!);
      curve.tpr.push(right / positives!);
    }
    return curve;
  }
}
