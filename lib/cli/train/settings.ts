import { z } from 'zod';
import type { Command } from 'commander';
import type { LoraConfigInit, ProblemType } from '../../models/index.js';
import type { TrainingArguments } from '../../train/index.js';
import { ConfigError } from '../../util/errors.js';
import { flag, oneOf, parseFields, text } from '../../util/fields.js';
import { readConfigFile } from '../flags/config_file.js';
import { dataFields, type DataOptions } from '../flags/data_fields.js';
import { hubFields, placeFields } from '../flags/engine_fields.js';
import { addFlags, type Fields, flagName, pickFields } from '../flags/fields.js';
import { loraFields, loraOf } from '../flags/lora_fields.js';
import { trainingArguments, trainingFields } from '../flags/training_fields.js';
import { lengthFields, type SavedTask, wordFields, writingFields } from '../task/saved_task.js';
import { TASKS } from './tasks/index.js';
import type { TrainTask } from './tasks/task.js';

function listOf<T>(isOne: (value: unknown) => value is T, rule: string) {
  const isList = (value: unknown) => Array.isArray(value) && value.length > 0 && value.every(isOne);
  return z.custom<readonly T[]>(isList, rule);
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isWeight = (value: unknown): value is number => Number.isFinite(value) && (value as number) >= 0;
const NAMES_RULE = 'must be names with commas between, none of them twice';
const filePath = () => text({ min: 1, max: 4096 }).optional();

/** What is trained on what. */
const modelFields = {
  task: oneOf(...TASKS.keys())
    .default('text-classification')
    .describe([...TASKS.keys()].join(', ')),
  model: filePath().describe('folder to start from, name on the hub, or config.json for new weights'),
  tokenizer: filePath().describe(
    "folder of the tokenizer; else the model's, or of new weights a vocabulary learnt from --train",
  ),
  train: filePath().describe('file to train on (- for standard input)'),
  eval: filePath().describe('file to evaluate on'),
  problemType: oneOf('single_label_classification', 'multi_label_classification', 'regression')
    .optional()
    .describe(
      "single_label_classification, multi_label_classification or regression; else the model's, or what the labels are",
    ),
  labels: listOf(isName, NAMES_RULE)
    .refine((names) => new Set(names).size === names.length, NAMES_RULE)
    .optional()
    .describe(
      "names of the classes in order; else the model's, or those in --train. Where no name is a number, labels may be numbers from 0, in this order",
    ),
  classWeights: z
    .union([z.literal('balanced'), listOf(isWeight, '')], 'must be balanced, or a number from 0 for each class')
    .optional()
    .describe('factor of each class in the loss: balanced, or numbers with commas between'),
} satisfies Fields;

/** What single tasks take. */
const taskFields = {
  labelAllTokens: flag()
    .optional()
    .describe("whether all of a word's tokens are labelled, of token-classification; else its first one alone"),
  ...writingFields,
  ...wordFields,
} satisfies Fields;

const ownFields = {
  ...modelFields,
  ...hubFields,
  ...loraFields,
  ...dataFields,
  ...lengthFields,
  ...taskFields,
  ...placeFields,
};

/** Every option of `train` that a file may give, too. @internal */
export const trainFields: Fields = { ...ownFields, ...trainingFields };

/** What `train` is to do. @internal */
export interface TrainSettings
  extends
    DataOptions,
    Pick<SavedTask, keyof typeof lengthFields | keyof typeof writingFields | keyof typeof wordFields> {
  task: TrainTask;
  model: string;
  tokenizer?: string | undefined;
  train: string;
  eval?: string | undefined;
  problemType?: ProblemType | undefined;
  labels?: readonly string[] | undefined;
  classWeights?: 'balanced' | readonly number[] | undefined;
  labelAllTokens?: boolean | undefined;
  revision?: string | undefined;
  /** Given: an adapter is trained. */
  lora: LoraConfigInit | undefined;
  device: string;
  threads?: number | undefined;
  args: TrainingArguments;
}

/** Adds all options of `train` to a verb. @internal */
export function addTrainFlags(command: Command): Command {
  command.option('--config <file>', 'YAML file of options by name (any of those below); flags win over it');
  addFlags(command, { ...modelFields, ...hubFields }, 'Model and files:');
  addFlags(command, loraFields, 'Adapter:');
  addFlags(command, { ...dataFields, ...lengthFields, ...taskFields }, 'Data:');
  addFlags(command, placeFields, 'Device:');
  return addFlags(command, trainingFields, 'Training arguments:');
}

/** What flags and the file of `--config` give, by name; flags win. @throws ConfigError @internal */
export async function givenSettings(
  options: Readonly<Record<string, unknown>>,
  fields: Fields = trainFields,
): Promise<Record<string, unknown>> {
  const fromFile = await readConfigFile(options['config'] as string | undefined, fields);
  return { ...fromFile, ...pickFields(fields, options) };
}

/** Settings that only some tasks take. */
const SPECIAL = [...new Set([...TASKS.values()].flatMap(({ options }) => options))];

/** @throws ConfigError for a setting that the task has no use for */
function checkTask(where: string, task: TrainTask, given: Readonly<Record<string, unknown>>): void {
  const odd = SPECIAL.find((name) => given[name] !== undefined && !task.options.includes(name));
  if (odd === undefined) return;
  const those = [...TASKS.values()].filter(({ options }) => options.includes(odd)).map(({ name }) => name);
  throw new ConfigError(`${where}: ${flagName(odd)} needs --task ${those.join(' or ')}, got ${task.name}`, {
    option: odd,
    task: task.name,
  });
}

/**
 * Settings of a run from what was given.
 * @param where the verb, for errors
 * @throws ConfigError when something is missing, or contradicts something else
 * @internal
 */
export function trainSettings(where: string, given: Readonly<Record<string, unknown>>): TrainSettings {
  for (const name of ['model', 'train'] as const)
    if (given[name] === undefined) throw new ConfigError(`${where}: ${flagName(name)} must be given, got none`);
  const own = parseFields(where, ownFields, pickFields(ownFields, given), flagName);
  const task = TASKS.get(own.task)!;
  checkTask(where, task, given);
  const args = trainingArguments(where, { reportTo: 'html', ...task.arguments?.(given), ...given });
  if (own.stride !== undefined && own.maxLength === undefined)
    throw new ConfigError(`${where}: --stride needs --max-length, got none`);
  if (args.evalStrategy !== 'no' && own.eval === undefined)
    throw new ConfigError(`${where}: --eval-strategy ${args.evalStrategy} needs --eval, got none`);
  return { ...own, task, model: own.model!, train: own.train!, lora: loraOf(where, own), args };
}
