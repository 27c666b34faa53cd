import { makePicture, type Picture, readableText, SERIES_COLORS } from './picture.js';

/** A trial of a search that has a result. */
export interface TrialPoint {
  id: number;
  /** `finished`, `stopped` ... */
  status: string;
  objective: number;
  params: Readonly<Record<string, string | number | boolean | null>>;
}

/** What trials are judged by, and what they differ in. */
export interface TrialAxes {
  metric: string;
  isMaximized: boolean;
  parameters: readonly { name: string; isLogarithmic: boolean }[];
}

const STATUSES = ['finished', 'stopped', 'paused', 'running'];
/** Settings that are drawn; beyond, a picture would be a wall. */
const MOST_PARAMETERS = 12;

/**
 * The trials of a search: their results in order with the best so far, and against each setting.
 *
 * @example
 * ```ts
 * import { plotTrials } from 'gridstride';
 * const trials = [{ id: 0, status: 'finished', objective: 0.8, params: { learningRate: 1e-4 } }];
 * const axes = { metric: 'accuracy', isMaximized: true, parameters: [{ name: 'learningRate', isLogarithmic: true }] };
 * console.log(plotTrials(trials, axes).name); // search
 * ```
 */
export function plotTrials(trials: readonly TrialPoint[], { metric, isMaximized, parameters }: TrialAxes): Picture {
  const title = readableText(metric);
  const y = { field: 'objective', type: 'quantitative', title, scale: { zero: false } };
  const color = {
    field: 'status',
    type: 'nominal',
    title: null,
    scale: { domain: STATUSES, range: SERIES_COLORS.slice(0, STATUSES.length) },
    legend: { values: STATUSES.filter((status) => trials.some((trial) => trial.status === status)) },
  };
  let best = isMaximized ? -Infinity : Infinity;
  const inOrder = trials.map(({ id, status, objective }) => {
    if (status === 'finished') best = isMaximized ? Math.max(best, objective) : Math.min(best, objective);
    return { trial: id, status, objective, ...(Number.isFinite(best) && { best }) };
  });
  const size = { width: 320, height: 200 };
  const x = { field: 'trial', type: 'quantitative', title: 'trial', axis: { tickMinStep: 1 } };
  const overTime = {
    ...size,
    data: { values: inOrder },
    layer: [
      {
        transform: [{ filter: 'isValid(datum.best)' }],
        mark: { type: 'line', interpolate: 'step-after', color: '#bbb' },
        encoding: { x, y: { ...y, field: 'best' } },
      },
      { mark: { type: 'point', filled: true }, encoding: { x, y, color } },
    ],
  };
  const panels = parameters.slice(0, MOST_PARAMETERS).map(({ name, isLogarithmic }) => {
    const values = trials.map(({ status, objective, params }) => {
      const value = params[name] ?? null;
      return { status, objective, value: typeof value === 'string' ? readableText(value) : value };
    });
    const isNumber = values.every(({ value }) => typeof value === 'number');
    const scale = { type: isLogarithmic ? 'log' : 'linear', zero: false };
    const field = { field: 'value', title: readableText(name) };
    return {
      ...size,
      data: { values: isNumber ? values : values.map((point) => ({ ...point, value: String(point.value) })) },
      mark: { type: 'point', filled: true },
      encoding: {
        x: isNumber
          ? { ...field, type: 'quantitative', scale: isLogarithmic ? { type: 'log' } : scale }
          : { ...field, type: 'nominal', axis: { labelAngle: 0 } },
        y,
        color,
      },
    };
  });
  return makePicture('search', `Trials by ${title}`, { concat: [overTime, ...panels], columns: 2 });
}
