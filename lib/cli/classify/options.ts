import type { Command } from 'commander';
import type { z } from 'zod';
import { ConfigError } from '../../util/errors.js';
import { parseFields, real, text } from '../../util/fields.js';
import { dataFields } from '../flags/data_fields.js';
import { dtypeFields, hubFields, placeFields, useThreads } from '../flags/engine_fields.js';
import { addFlags, type Fields, flagName, pickFields } from '../flags/fields.js';
import { lengthFields } from '../task/saved_task.js';
import type { Classifier } from './classifier.js';

/** Options of every verb that uses a trained classifier. */
const classifierFields = {
  ...dataFields,
  ...lengthFields,
  threshold: real({ max: 1 }).optional().describe('probability at which a label of several is predicted; else 0.5'),
  ...placeFields,
  ...dtypeFields,
  ...hubFields,
} satisfies Fields;

/** Options that name files. @internal */
export const pathField = (description: string) => text({ min: 1, max: 4096 }).optional().describe(description);

/** Adds the verb's own options and those that classifiers share. @internal */
export function addClassifierFlags(command: Command, own: Fields): Command {
  addFlags(command, own, 'Options:');
  return addFlags(command, classifierFields, 'Data and model:');
}

/**
 * The values of a verb's options; threads are set.
 * @param required names of fields that must be given
 * @throws ConfigError
 * @internal
 */
export function classifierOptions<Own extends z.ZodRawShape & Fields>(
  where: string,
  own: Own,
  options: Readonly<Record<string, unknown>>,
  required: readonly (keyof Own & string)[],
) {
  for (const name of required)
    if (options[name] === undefined) throw new ConfigError(`${where}: ${flagName(name)} must be given, got none`);
  const base = parseFields(where, classifierFields, pickFields(classifierFields, options), flagName);
  useThreads(base.threads);
  return { ...base, ...parseFields(where, own, pickFields(own, options), flagName) };
}

/** @throws ConfigError when a threshold is given that nothing is decided by @internal */
export function checkThreshold(where: string, threshold: number | undefined, { problem }: Classifier): void {
  if (threshold === undefined || problem === 'multi_label_classification') return;
  const kind = problem === 'regression' ? 'regression' : 'one label a text';
  throw new ConfigError(`${where}: --threshold needs a model of several labels a text, got one of ${kind}`, {
    problem,
  });
}
