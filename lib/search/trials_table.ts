import Table from 'cli-table3';
import { readableText } from '../plots/picture.js';
import type { Trial } from './search_file.js';
import { MODEL_PREFIX, type SearchValue } from './space.js';

type Row = Record<string, SearchValue>;

/** The values that a trial tried, those of the model with their prefix. */
function triedBy({ params, modelParams }: Trial): Row {
  const ofModel = Object.entries(modelParams).map(([name, value]) => [MODEL_PREFIX + name, value] as const);
  return { ...params, ...Object.fromEntries(ofModel) };
}

/** A row per trial with the same columns: what `trials.csv` holds. @internal */
export function trialRows(trials: readonly Trial[]): Row[] {
  const metrics = [...new Set(trials.flatMap((trial) => Object.keys(trial.metrics)))];
  return trials.map((trial) => {
    const { id, status, objective = null, step, seconds, error = null } = trial;
    const found = Object.fromEntries(metrics.map((name) => [name, trial.metrics[name] ?? null]));
    return { id, status, objective, ...triedBy(trial), step, seconds: Number(seconds.toFixed(3)), ...found, error };
  });
}

function shown(value: SearchValue | undefined): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : readableText(String(value));
}

/**
 * Trials as a table for a terminal.
 *
 * @example
 * ```ts
 * import { formatTrials } from 'gridstride';
 * const trial = { id: 0, params: { seed: 1 }, modelParams: {}, status: 'finished', rungs: 1, step: 9, seconds: 2, metrics: {}, objective: 0.5 } as const;
 * console.log(formatTrials([trial]).includes('finished')); // true
 * ```
 */
export function formatTrials(trials: readonly Trial[]): string {
  const names = [...new Set(trials.flatMap((trial) => Object.keys(triedBy(trial))))];
  const head = ['trial', 'status', 'objective', ...names.map((name) => readableText(name)), 'steps', 'seconds'];
  const table = new Table({ head, style: { head: [], border: [], compact: true } });
  for (const trial of trials) {
    const tried = triedBy(trial);
    const { id, status, objective, step, seconds } = trial;
    const values = [id, status, objective, ...names.map((name) => tried[name]), step, Number(seconds.toFixed(1))];
    table.push(values.map(shown));
  }
  return table.toString();
}
