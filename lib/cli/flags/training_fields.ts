import { argumentsSchema } from '../../train/arguments/schema.js';
import { TrainingArguments, type TrainingArgumentsInit } from '../../train/index.js';
import { ConfigError } from '../../util/errors.js';
import { type Fields, flagName, pickFields } from './fields.js';

/** Every field of {@link TrainingArguments}: the options of `train` and `search`. @internal */
export const trainingFields: Fields = argumentsSchema.shape;

/**
 * The arguments of a run from what flags and a file gave; `resumeFromCheckpoint: latest` is the last one there is.
 * @param where the verb, for errors
 * @throws ConfigError without an output folder, or for arguments that contradict each other
 * @internal
 */
export function trainingArguments(where: string, given: Readonly<Record<string, unknown>>): TrainingArguments {
  const picked = pickFields(trainingFields, given);
  if (picked['outputDir'] === undefined)
    throw new ConfigError(`${where}: ${flagName('outputDir')} must be given, got none`);
  if (picked['resumeFromCheckpoint'] === 'latest') picked['resumeFromCheckpoint'] = true;
  return new TrainingArguments(picked as unknown as TrainingArgumentsInit);
}
