import { ConfigError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import { scoresOf } from '../scores.js';

/** The classes of a model of entailment: that a text follows from another, and that it does not. @internal */
export interface EntailmentClasses {
  entailment: number;
  contradiction: number;
}

/** @internal */
export const HYPOTHESIS = 'This example is {}.';

/**
 * The classes by their names: one that begins with `entail`, and `contradiction` or `not_entailment`, else the first
 * (the last where that is entailment), as Python has it.
 * @throws {ConfigError} There is no such class.
 * @internal
 */
export function entailmentClasses(where: string, id2label: Readonly<Record<number, string>>): EntailmentClasses {
  const names = Object.values(id2label).map((name) => name.toLowerCase());
  const entailment = names.findIndex((name) => name.startsWith('entail'));
  if (entailment < 0 || names.length < 2) {
    const rule = 'the model must have a label that begins with "entail", and another';
    throw new ConfigError(`${where}: ${rule}, got ${Object.values(id2label).join(', ')}`, { id2label });
  }
  const named = names.findIndex((name) => name === 'contradiction' || name === 'not_entailment');
  const other = entailment === 0 ? names.length - 1 : 0;
  return { entailment, contradiction: named < 0 ? other : named };
}

/** @throws {ConfigError} There are no labels, or one is no text. @internal */
export function readLabels(where: string, given: unknown): readonly string[] {
  const split = (text: string): string[] => text.split(',').map((label) => label.trim());
  const labels: unknown = typeof given === 'string' ? split(given).filter((label) => label !== '') : given;
  if (Array.isArray(labels) && labels.length > 0 && labels.every((label) => typeof label === 'string' && label !== ''))
    return labels as string[];
  const got = Array.isArray(given) && given.length === 0 ? 'none' : shown(given);
  throw new ConfigError(`${where}: candidateLabels must be one label or more, got ${got}`, { candidateLabels: given });
}

/** What is asked of each label. @throws {ConfigError} The template has no place for one. @internal */
export function hypothesesOf(where: string, template: unknown, labels: readonly string[]): string[] {
  if (typeof template === 'string' && template.includes('{}'))
    return labels.map((label) => template.replace('{}', () => label));
  throw new ConfigError(`${where}: hypothesisTemplate must be a text with {} for the label, got ${shown(template)}`);
}

/**
 * The score of each label.
 * @param logits of each label's hypothesis
 * @param areApart Whether labels are not compared with one another.
 * @internal
 */
export function labelScores(
  logits: readonly Float32Array[],
  { entailment, contradiction }: EntailmentClasses,
  areApart: boolean,
): Float64Array {
  if (!areApart)
    return scoresOf(
      logits.map((row) => row[entailment]!),
      'softmax',
    );
  return Float64Array.from(logits, (row) => scoresOf([row[contradiction]!, row[entailment]!], 'softmax')[1]!);
}
