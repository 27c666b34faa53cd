import { ShapeError } from '../util/errors.js';
import { frequentClasses, makePicture, type Picture, readableNames, readableText, SERIES_COLORS } from './picture.js';

/** The colour channel that tells data sets apart. */
function bySet(sets: readonly string[]): Record<string, unknown> {
  const scale = { domain: sets, range: sets.map((_, i) => SERIES_COLORS[i % SERIES_COLORS.length]!) };
  return { field: 'set', type: 'nominal', title: null, sort: sets, scale };
}

/**
 * How many rows have each label, side by side for each data set. Of more than 30 labels the most frequent ones are
 * shown, the others as one.
 *
 * @param counts Rows per label, by the name of the data set: `{ train: [70, 30], eval: [7, 3] }`.
 * @param labels Names of the labels.
 * @throws {ShapeError} Counts are not as many as the names.
 *
 * @example
 * ```ts
 * import { plotLabelHistogram } from 'gridstride';
 * console.log(plotLabelHistogram({ train: [70, 30], eval: [7, 3] }, ['ham', 'spam']).name); // labels
 * ```
 */
export function plotLabelHistogram(
  counts: Readonly<Record<string, ArrayLike<number>>>,
  labels: readonly string[],
): Picture {
  const sets = Object.entries(counts);
  for (const [set, { length }] of sets)
    if (length !== labels.length)
      throw new ShapeError(`plotLabelHistogram: ${set} must have a count per label (${labels.length}), got ${length}`);
  const totals = labels.map((_, i) => sets.reduce((sum, [, list]) => sum + list[i]!, 0));
  const { kept, hasOthers } = frequentClasses(totals);
  const names = readableNames([...kept.map((i) => labels[i]!), ...(hasOthers ? ['(others)'] : [])]);
  const setNames = readableNames(sets.map(([set]) => set));
  const values = sets.flatMap(([, list], s) => {
    const shown = kept.map((i) => list[i]!);
    const sum = (numbers: readonly number[]): number => numbers.reduce((total, count) => total + count, 0);
    if (hasOthers) shown.push(sum(Array.from(list)) - sum(shown));
    return shown.map((rows, i) => ({ label: names[i]!, set: setNames[s]!, rows }));
  });
  return makePicture('labels', 'Rows per label', {
    data: { values },
    width: 560,
    height: { step: Math.max(9, 26 / Math.max(1, sets.length)) },
    mark: 'bar',
    encoding: {
      y: { field: 'label', type: 'nominal', sort: names, title: null },
      yOffset: { field: 'set', sort: setNames },
      x: { field: 'rows', type: 'quantitative', title: 'rows', axis: { tickMinStep: 1 } },
      color: bySet(setNames),
    },
  });
}

/** Counts of values between edges: bin i reaches from `edges[i]` to `edges[i + 1]`. */
export interface BinnedValues {
  edges: readonly number[];
  counts: readonly number[];
}

/**
 * How numbers are spread: the values to regress, or lengths of texts.
 *
 * @param bins Binned values by the name of the data set.
 * @param about What the numbers are; `of` names the picture's files.
 *
 * @example
 * ```ts
 * import { plotValueHistogram } from 'gridstride';
 * const picture = plotValueHistogram({ train: { edges: [0, 1, 2], counts: [4, 9] } }, { of: 'labels', title: 'Labels', axis: 'stars' });
 * console.log(picture.name); // labels
 * ```
 */
export function plotValueHistogram(
  bins: Readonly<Record<string, BinnedValues>>,
  about: { of: string; title: string; axis: string },
): Picture {
  const sets = Object.keys(bins).map((set) => readableText(set));
  const values = Object.values(bins).flatMap(({ edges, counts }, s) =>
    counts.map((rows, i) => ({ set: sets[s]!, begin: edges[i]!, end: edges[i + 1]!, rows })),
  );
  return makePicture(about.of, about.title, {
    data: { values },
    width: 560,
    height: 200,
    mark: { type: 'bar', opacity: sets.length > 1 ? 0.6 : 1 },
    encoding: {
      x: { field: 'begin', type: 'quantitative', bin: { binned: true }, title: about.axis },
      x2: { field: 'end' },
      y: { field: 'rows', type: 'quantitative', title: 'rows', stack: null },
      color: bySet(sets),
    },
  });
}
