import { combineRows, type WindowCombination } from '../data/batches/combine_windows.js';
import type { TokenizedRow, WindowColumns } from '../data/index.js';
import { DataError } from '../util/errors.js';
import type { EvalPrediction } from './types.js';

type Row = Readonly<TokenizedRow> & Partial<WindowColumns>;
type Label = EvalPrediction['labelIds'][number];

/**
 * Makes one prediction a text of those of its windows, which follow one another, as they come; the label is that of the
 * first one.
 * @internal
 */
export class WindowPredictions {
  readonly #combination: WindowCombination;
  /** The windows so far of the text that came last. */
  #windows: Float32Array[] = [];
  #weights: number[] = [];
  #sample: number | undefined;
  #label: Label = -100;

  constructor(combination: WindowCombination) {
    this.#combination = combination;
  }

  /**
   * Takes in windows, and gives the texts that are whole by then.
   * @throws {DataError} A row is no window, comes after those of a later text, or predictions are not equally long.
   */
  add({ predictions, labelIds }: EvalPrediction, rows: readonly Row[]): EvalPrediction {
    const whole: EvalPrediction = { predictions: [], labelIds: [] };
    for (const [i, { sampleIndex, newTokens }] of rows.entries()) {
      if (sampleIndex !== this.#sample || this.#sample === undefined) {
        this.#end(whole);
        this.#begin(sampleIndex, labelIds[i]!);
      }
      const window = predictions[i]!;
      if (window.length !== (this.#windows[0] ?? window).length) {
        const got = `${window.length} after ${this.#windows[0]!.length}`;
        throw new DataError(`Trainer: predictions of a text's windows must be equally long, got ${got}`);
      }
      this.#windows.push(window);
      this.#weights.push(newTokens ?? 1);
    }
    return whole;
  }

  /** The last text. */
  end(): EvalPrediction {
    const whole: EvalPrediction = { predictions: [], labelIds: [] };
    this.#end(whole);
    return whole;
  }

  #begin(sampleIndex: number | undefined, label: Label): void {
    if (sampleIndex === undefined || sampleIndex < (this.#sample ?? 0)) {
      const got = sampleIndex === undefined ? 'none' : `${sampleIndex} after ${this.#sample}`;
      const rule = 'rows must be windows in the order of their texts (tokenizeRows with stride)';
      throw new DataError(`Trainer: for a combination, ${rule}, got sampleIndex ${got}`, { sampleIndex });
    }
    this.#sample = sampleIndex;
    this.#label = label;
  }

  #end({ predictions, labelIds }: EvalPrediction): void {
    if (this.#windows.length === 0) return;
    predictions.push(Float32Array.from(combineRows(this.#windows, this.#combination, this.#weights)));
    labelIds.push(this.#label);
    [this.#windows, this.#weights] = [[], []];
  }
}
