import type { z } from 'zod';
import type { LoraConfigInit } from '../../models/index.js';
import { ConfigError } from '../../util/errors.js';
import { chance, integer, names, positive } from '../../util/fields.js';
import { type Fields, flagName } from './fields.js';

/** Options of training an adapter in place of the whole model. @internal */
export const loraFields = {
  loraR: integer().optional().describe('rank of the updates; given, only an adapter (LoRA) and the head are trained'),
  loraAlpha: positive().optional().describe('factor of the updates, over their rank; else twice the rank'),
  loraDropout: chance().optional().describe('chance to drop an element of what the updates read; else 0'),
  loraTargetModules: names()
    .optional()
    .describe("ends of the adapted layers' names with commas between, or all-linear; else queries and values"),
  loraModulesToSave: names()
    .optional()
    .describe("ends of the names of modules that are trained whole; else the model's head"),
} satisfies Fields;

/** {@link loraFields} as given. */
type LoraOptions = { [Name in keyof typeof loraFields]?: z.output<(typeof loraFields)[Name]> };

/** The adapter that options ask for; undefined: none. @throws ConfigError for options without a rank @internal */
export function loraOf(where: string, options: LoraOptions): LoraConfigInit | undefined {
  const { loraR: r, loraAlpha, loraDropout, loraTargetModules: targets, loraModulesToSave: modulesToSave } = options;
  const given = (Object.keys(loraFields) as (keyof LoraOptions)[]).find((name) => options[name] !== undefined);
  if (given === undefined) return undefined;
  if (r === undefined) throw new ConfigError(`${where}: ${flagName(given)} needs --lora-r, got none`);
  const targetModules = targets?.length === 1 && targets[0] === 'all-linear' ? 'all-linear' : targets;
  return { r, loraAlpha: loraAlpha ?? 2 * r, loraDropout, targetModules, modulesToSave };
}
