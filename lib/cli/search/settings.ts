import { z } from 'zod';
import { planFields } from '../../search/plan.js';
import type { SearchPlan, SearchSpace } from '../../search/index.js';
import { ConfigError } from '../../util/errors.js';
import { parseFields } from '../../util/fields.js';
import { fieldName } from '../flags/config_file.js';
import { type Fields, flagName, pickFields } from '../flags/fields.js';
import { trainingFields } from '../flags/training_fields.js';
import { readYamlFile } from '../flags/yaml_file.js';
import { trainFields, type TrainSettings, trainSettings } from '../train/settings.js';

function spaceField(about: string) {
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const rule = 'must map names to lists of values or to ranges { type, min, max }';
  return z.custom<SearchSpace>(isObject, rule).optional().describe(about);
}

const { seed, ...judging } = planFields;

/** What of a search is not the training's. @internal */
export const searchOwnFields = {
  space: spaceField('training arguments to search, by name (JSON; easier in --config)'),
  modelSpace: spaceField("fields of the model's config to search, by name"),
  ...judging,
  searchSeed: seed.describe("of the values drawn; --seed is the training's"),
} satisfies Fields;

/** Every option of `search` that a file may give, too. @internal */
export const searchFields: Fields = { ...trainFields, ...searchOwnFields };

/** What `search` is to do. @internal */
export interface SearchSettings {
  training: TrainSettings;
  plan: SearchPlan;
}

/** `learning_rate` and `learning-rate` are `learningRate`. */
function camelSpace(space: SearchSpace | undefined): SearchSpace | undefined {
  return space && Object.fromEntries(Object.entries(space).map(([name, range]) => [fieldName(name), range]));
}

/**
 * Settings of a search from what was given.
 * @throws ConfigError when something is missing, or contradicts something else
 * @internal
 */
export function searchSettings(given: Readonly<Record<string, unknown>>): SearchSettings {
  const where = 'search';
  const own = parseFields(where, searchOwnFields, pickFields(searchOwnFields, given), flagName);
  if (given['eval'] === undefined)
    throw new ConfigError('search: --eval must be given, got none: trials are judged by it');
  const quiet = { reportTo: 'none', disableTqdm: true, ...given };
  const training = trainSettings(where, quiet);
  const { space, modelSpace, searchSeed, ...others } = own;
  const isGiven = ([name, value]: [string, unknown]): boolean => value !== undefined && name in given;
  const plan = {
    args: pickFields(trainingFields, quiet) as unknown as SearchPlan['args'],
    seed: searchSeed,
    ...Object.fromEntries(Object.entries(others).filter(isGiven)),
    ...(space && { space: camelSpace(space)! }),
    ...(modelSpace && { modelSpace: camelSpace(modelSpace)! }),
  };
  return { training, plan };
}

/**
 * An error about a setting of a space, with the line of its file where it stands in one.
 * @param config path of the file that `--config` named
 * @internal
 */
export async function placed(error: unknown, config: string | undefined): Promise<unknown> {
  const found = error instanceof ConfigError ? (error.fields['name'] ?? error.fields['option']) : undefined;
  if (typeof found !== 'string' || config === undefined) return error;
  const file = await readYamlFile(config);
  const wanted = found.replace(/^(?:space|model)\./, '');
  for (const [key, value] of Object.entries((file.value ?? {}) as Record<string, unknown>)) {
    if (!['space', 'modelSpace'].includes(fieldName(key))) continue;
    const names = Object.keys((value ?? {}) as object);
    const name = names.find((one) => fieldName(one) === wanted);
    if (name !== undefined) return file.refuse([key, name], (error as ConfigError).message);
  }
  return error;
}
