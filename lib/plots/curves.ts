import { makePicture, type Picture, readableText, SERIES_COLORS } from './picture.js';

/** A line of a run's log: values by name, at a step. */
export type LoggedValues = Readonly<Record<string, number>> & { readonly step: number };

/** A value of a log. */
interface CurvePoint {
  step: number;
  value: number;
}

/** All values of a name: a line in a panel of a picture. */
interface Curve {
  picture: keyof typeof PICTURES;
  panel: string;
  series: string;
  points: CurvePoint[];
}

/** Points of a line beyond which only the extremes of each stretch are drawn. */
const MOST_POINTS = 1000;
/** Points of a line up to which each is marked. */
const MOST_MARKED = 40;
/** Panels of a picture; metrics beyond are left out. */
const MOST_PANELS = 24;

/** Bookkeeping of the run and its speed: no curves. */
const NO_CURVE = /^(?:step|epoch|totalFlos|train[A-Z].*|.*(?:Runtime|SamplesPerSecond|StepsPerSecond))$/;
const OPTIMIZATION = new Set(['gradNorm', 'learningRate']);
const PICTURES = {
  loss: 'Loss',
  metrics: 'Metrics of the evaluations',
  optimization: 'Learning rate and gradient norm',
} as const;

/** `f1Macro` -> `f1 macro`. */
function words(name: string): string {
  return readableText(name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
}

/** The line of a name, without its values; undefined for what is no curve. */
function curveOf(name: string): Curve | undefined {
  if (NO_CURVE.test(name)) return undefined;
  const [, split, rest] = /^(eval|test)([A-Z].*)$/.exec(name) ?? [];
  const plain = rest === undefined ? name : rest.charAt(0).toLowerCase() + rest.slice(1);
  const series = split ?? 'train';
  if (plain === 'loss') return { picture: 'loss', panel: 'loss', series, points: [] };
  return { picture: OPTIMIZATION.has(name) ? 'optimization' : 'metrics', panel: words(plain), series, points: [] };
}

/** The least and the greatest value of each stretch, in their order, where there are too many to see. */
function thinned(points: readonly CurvePoint[]): CurvePoint[] {
  if (points.length <= MOST_POINTS) return [...points];
  const size = points.length / (MOST_POINTS / 2);
  const kept: CurvePoint[] = [];
  for (let i = 0; i < MOST_POINTS / 2; i++) {
    let least = Math.floor(i * size);
    let greatest = least;
    for (let place = least; place < Math.floor((i + 1) * size); place++) {
      if (points[place]!.value < points[least]!.value) least = place;
      if (points[place]!.value > points[greatest]!.value) greatest = place;
    }
    for (const place of new Set([Math.min(least, greatest), Math.max(least, greatest)])) kept.push(points[place]!);
  }
  return kept;
}

function curveSpec(curves: readonly Curve[]): Record<string, unknown> {
  const panels = [...new Set(curves.map(({ panel }) => panel))].slice(0, MOST_PANELS);
  const drawn = curves.filter(({ panel }) => panels.includes(panel));
  const values = drawn.flatMap(({ panel, series, points }) =>
    thinned(points).map(({ step, value }) => ({ panel, series, step, value })),
  );
  const isMarked = drawn.every(({ points }) => points.length <= MOST_MARKED);
  const spec = {
    width: panels.length > 1 ? 340 : 640,
    height: panels.length > 1 ? 200 : 300,
    mark: { type: 'line', point: isMarked },
    encoding: {
      x: { field: 'step', type: 'quantitative', title: 'step', axis: { tickMinStep: 1 } },
      y: { field: 'value', type: 'quantitative', title: null, scale: { zero: false } },
      color: {
        field: 'series',
        type: 'nominal',
        title: null,
        scale: { domain: ['train', 'eval', 'test'], range: SERIES_COLORS.slice(0, 3) },
        legend: { values: ['train', 'eval', 'test'].filter((name) => values.some(({ series }) => series === name)) },
      },
    },
  };
  if (panels.length <= 1) return { data: { values }, ...spec };
  return {
    data: { values },
    facet: { field: 'panel', type: 'nominal', title: null, sort: panels },
    columns: 2,
    spec,
    resolve: { scale: { y: 'independent' }, axis: { x: 'independent' } },
  };
}

/**
 * The curves of a run: losses, metrics of its evaluations, and learning rate with gradient norm. Values that are not
 * finite are left out, and so is a picture without values. Of long runs the extremes of each stretch are drawn.
 *
 * @param log The run's `state.logHistory`: losses by step, metrics as `evalF1Macro`.
 * @returns Up to three pictures: `loss`, `metrics`, `optimization`.
 *
 * @example
 * ```ts
 * import { plotLog } from 'gridstride';
 * const log = [{ step: 1, loss: 0.7 }, { step: 2, loss: 0.5 }, { step: 2, evalLoss: 0.6, evalAccuracy: 0.8 }];
 * console.log(plotLog(log).map(({ name }) => name)); // [ 'loss', 'metrics' ]
 * ```
 */
export function plotLog(log: readonly LoggedValues[]): Picture[] {
  const curves = new Map<string, Curve | undefined>();
  for (const entry of log)
    for (const name of Object.keys(entry)) {
      if (!curves.has(name)) curves.set(name, curveOf(name));
      const value = entry[name]!;
      if (Number.isFinite(value)) curves.get(name)?.points.push({ step: entry.step, value });
    }
  const drawn = [...curves.values()].filter((curve) => curve !== undefined && curve.points.length > 0) as Curve[];
  return Object.entries(PICTURES).flatMap(([name, title]) => {
    const own = drawn.filter(({ picture }) => picture === name);
    return own.length === 0 ? [] : makePicture(name, title, curveSpec(own));
  });
}
