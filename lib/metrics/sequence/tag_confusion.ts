import { compareCodePoints } from '../../util/code_points.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import { confusionMatrix } from '../classification/confusion_matrix.js';
import { partsOf } from './entities.js';
import { tagPairs } from './entity_counts.js';
import type { TagLists } from './entity_scores.js';

/** What {@link tagConfusion} takes. */
export interface TagConfusionOptions {
  /** What is told apart: types, whatever their letters (the default), or tags as they are. */
  by?: 'type' | 'tag';
  /** Whether the letter stands behind the type, as in `PER-B`; false by default. */
  suffix?: boolean;
}

/** How many tokens of each label were predicted as each other. */
export interface TagConfusion {
  /** (labels, labels): rows are true labels, columns predicted ones. */
  matrix: number[][];
  /** Sorted, `O` of what is no entity last. */
  labels: string[];
}

const OUTSIDE = 'O';

/**
 * Which entities are taken for which, token by token: what `plotConfusionMatrix` draws.
 *
 * @param yTrue The true tags of each sentence, such as `B-PER`.
 * @param yPred The predicted ones.
 * @throws {DataError} Sentences differ in length, or there is no token.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { plotConfusionMatrix, tagConfusion } from 'gridstride';
 * const { matrix, labels } = tagConfusion([['B-PER', 'I-PER', 'O']], [['B-PER', 'B-LOC', 'O']]);
 * console.log(labels, matrix[1]); // [ 'LOC', 'PER', 'O' ] [ 1, 1, 0 ]
 * const picture = plotConfusionMatrix(matrix, labels); // drawPictures writes it as SVG and PNG
 * ```
 */
export function tagConfusion(yTrue: TagLists, yPred: TagLists, options: TagConfusionOptions = {}): TagConfusion {
  const where = 'tagConfusion';
  checkOptionNames(where, options, ['by', 'suffix']);
  const { by = 'type', suffix = false } = options;
  if (by !== 'type' && by !== 'tag')
    throw new ConfigError(`${where}: by must be type or tag, got ${shown(by)}`, { by });
  const labelOf = (tag: string): string => {
    const { letter, type } = partsOf(tag, suffix);
    if (by === 'tag') return tag;
    return letter === OUTSIDE ? OUTSIDE : type;
  };
  const [truth, predicted]: [string[], string[]] = [[], []];
  for (const [tags, guesses] of tagPairs(where, yTrue, yPred)) {
    for (const tag of tags) truth.push(labelOf(tag));
    for (const tag of guesses) predicted.push(labelOf(tag));
  }
  const sorted = [...new Set([...truth, ...predicted])].sort(compareCodePoints);
  const labels = [...sorted.filter((label) => label !== OUTSIDE), ...sorted.filter((label) => label === OUTSIDE)];
  return { matrix: confusionMatrix(truth, predicted, { labels }), labels };
}
