import { DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import { checkLength, checkList } from '../input/lists.js';

/** What a text should have been: one text, or several of which any will do. */
export type TextReferences = string | readonly string[];

/** A prediction and what it should have been. @internal */
export interface TextPair {
  prediction: string;
  /** At least one. */
  references: readonly string[];
}

/**
 * A prediction and its references, checked.
 * @throws {DataError} They are no texts, or there is no reference.
 * @internal
 */
export function readPair(where: string, prediction: unknown, references: unknown, place = ''): TextPair {
  if (typeof prediction !== 'string')
    throw new DataError(`${where}: predictions must be texts, got ${shown(prediction)}${place}`);
  const list: readonly unknown[] = Array.isArray(references) ? references : [references];
  if (list.length === 0 || !list.every((reference) => typeof reference === 'string'))
    throw new DataError(`${where}: references must be a text or several, got ${shown(references)}${place}`);
  return { prediction, references: list };
}

/**
 * Predictions and their references, checked.
 * @throws {DataError} They are not as many, none, or no texts.
 * @internal
 */
export function readPairs(
  where: string,
  predictions: readonly string[],
  references: readonly TextReferences[],
): TextPair[] {
  checkList(where, 'predictions', predictions);
  checkList(where, 'references', references);
  checkLength(where, 'predictions', predictions.length, 'references', references.length);
  if (predictions.length === 0) throw new DataError(`${where}: there must be at least one prediction, got none`);
  return Array.from(predictions, (prediction, i) => readPair(where, prediction, references[i], ` at ${i}`));
}
