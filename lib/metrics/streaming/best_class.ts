import { DataError } from '../../util/errors.js';

/**
 * The class of the highest of some logits; of several the first.
 * @throws {DataError} One is NaN.
 * @internal
 */
export function bestClass(where: string, logits: ArrayLike<number>, begin: number, width: number): number {
  let best = 0;
  for (let i = 0; i < width; i++) {
    checkLogit(where, logits[begin + i]!);
    if (logits[begin + i]! > logits[begin + best]!) best = i;
  }
  return best;
}

/** @throws {DataError} It is NaN. @internal */
export function checkLogit(where: string, logit: number): void {
  if (!(logit >= -Infinity)) throw new DataError(`${where}: predictions must be numbers, got ${String(logit)}`);
}
