import { ConfigError } from '../../../util/errors.js';
import type { TrainTask } from './task.js';
import { readTextClassification, textClassification } from './text_classification.js';

/**
 * Premises and hypotheses; one class is named after entailment, by which zero-shot classification finds it.
 * @internal
 */
export const entailment: TrainTask = {
  ...textClassification,
  name: 'entailment',
  options: ['labels', 'classWeights', 'stride', 'combination'],
  columns: { textColumn: 'premise', textPairColumn: 'hypothesis', labelColumn: 'label' },
  async read(where, settings, point, io) {
    const task = { ...entailment.columns, ...point.task };
    const given = { ...settings, problemType: 'single_label_classification' } as const;
    const data = await readTextClassification(where, given, { ...point, task }, io);
    const names = data.names ?? [];
    if (names.some((name) => name.toLowerCase().startsWith('entail'))) return data;
    const got = names.slice(0, 8).join(', ');
    throw new ConfigError(`${where}: entailment needs a class of that name, got ${got} (--labels names numbers)`, {
      names,
    });
  },
};
