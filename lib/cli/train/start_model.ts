import { stat } from 'node:fs/promises';
import path from 'node:path';
import {
  AutoConfig,
  getPeftModel,
  type LoraConfigInit,
  type ModelConfig,
  type PreTrainedModel,
  type ProblemType,
} from '../../models/index.js';
import { readConfigFile } from '../../models/source.js';
import { snakeKeys } from '../../train/arguments/python_json.js';
import { familyOf } from '../../models/registry.js';
import { AutoTokenizer, type PreTrainedTokenizer } from '../../tokenizers/index.js';
import { ConfigError } from '../../util/errors.js';
import { modelFolder } from '../task/model_folder.js';
import { readTask, type SavedTask } from '../task/saved_task.js';
import type { TrainSettings } from './settings.js';
import { TASKS } from './tasks/index.js';
import type { TrainTask } from './tasks/task.js';

/** What a run starts from: a folder's weights, or a config alone. @internal */
export interface StartingPoint {
  config: ModelConfig;
  /** What the folder's model was trained with. */
  task: SavedTask;
  /** Of a folder with weights. */
  folder?: string;
  /** What that was asked for: the folder itself, or a model of the hub. */
  source: { model: string; revision: string | undefined };
  /** The object of a config.json without weights. */
  json?: Record<string, unknown>;
}

/** @throws ConfigError where the model's family has no head for the task, naming those it has */
function checkHead(where: string, task: TrainTask, { modelType }: ModelConfig): void {
  const classes = familyOf(modelType)?.classes ?? {};
  if (task.head in classes) return;
  const known = [...TASKS.values()].filter(({ head }) => head in classes).map(({ name }) => name);
  const rule = `--task must be one that ${modelType} has a head for (${known.join(', ')})`;
  throw new ConfigError(`${where}: ${rule}, got ${task.name}`, { task: task.name, known });
}

/** @throws ConfigError when there is neither folder nor config, or no head for the task, HubError, AbortError @internal */
export async function startingPoint(
  where: string,
  { model, revision, task }: Pick<TrainSettings, 'model' | 'revision' | 'task'>,
  signal: AbortSignal,
): Promise<StartingPoint> {
  const point = await openPoint(where, { model, revision }, signal);
  checkHead(where, task, point.config);
  // What another task was trained with says nothing of this one.
  return (point.task.task ?? 'text-classification') === task.name ? point : { ...point, task: {} };
}

async function openPoint(
  where: string,
  { model, revision }: Pick<TrainSettings, 'model' | 'revision'>,
  signal: AbortSignal,
): Promise<StartingPoint> {
  const source = { model, revision };
  const place = await modelFolder(where, model, { revision, signal });
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) throw new ConfigError(`${where}: --model must exist, got ${model}`, { model });
  if (found.isDirectory())
    return { source, folder: place, config: await AutoConfig.fromPretrained(place), task: await readTask(place) };
  const json = await readConfigFile(place);
  return { source, json, config: AutoConfig.fromJson(json), task: {} };
}

/** The names that somebody gave a model's classes; none for `LABEL_0` and the like. @internal */
export function givenNames({ id2label }: ModelConfig): string[] {
  const names = Object.values(id2label);
  return names.every((name, i) => name === `LABEL_${i}`) ? [] : names;
}

async function holdsTokenizer(folder: string): Promise<boolean> {
  const files = ['tokenizer.json', 'vocab.txt'].map((name) => stat(path.join(folder, name)).catch(() => undefined));
  return (await Promise.all(files)).some((found) => found?.isFile());
}

/**
 * The tokenizer of a run: the one asked for, the one beside the model, or for new weights one learnt from the texts, as the
 * task wants it, of at most the config's size.
 * @throws TokenizerError, AbortError
 * @internal
 */
export async function startTokenizer(
  { folder, config }: StartingPoint,
  { tokenizer, model, task }: TrainSettings,
  texts: () => Iterable<string>,
  signal: AbortSignal,
): Promise<PreTrainedTokenizer> {
  const beside = folder ?? path.dirname(model);
  if (tokenizer !== undefined) return AutoTokenizer.fromPretrained(tokenizer);
  if (folder !== undefined || (await holdsTokenizer(beside))) return AutoTokenizer.fromPretrained(beside);
  const { vocabSize = 30_522, maxPositionEmbeddings, nPositions } = config as unknown as Record<string, number>;
  return task.newTokenizer(texts(), { vocabSize, modelMaxLength: maxPositionEmbeddings ?? nPositions ?? 512, signal });
}

/** What a model is to predict. @internal */
export interface Targets {
  problem?: ProblemType;
  /** Of the classes; none in regression, and of tasks without classes. */
  names: readonly string[] | undefined;
}

/** What labels make of a config, in camelCase. */
function labelFields({ problem: problemType, names }: Targets) {
  const type = problemType === undefined ? {} : { problemType };
  if (names !== undefined) return { id2label: { ...names }, ...type };
  return problemType === undefined ? {} : { numLabels: 1, problemType };
}

/** The tokenizer's special tokens, as configs name them. */
function tokenIds({ padTokenId: pad, bosTokenId: bos, eosTokenId: eos }: PreTrainedTokenizer, modelType: string) {
  // T5 and Marian begin to write with padding, the others with the end of a text.
  const start = ['t5', 'marian'].includes(modelType) ? pad : eos;
  const ids = { pad_token_id: pad, bos_token_id: bos, eos_token_id: eos, decoder_start_token_id: start };
  return Object.fromEntries(Object.entries(ids).filter(([, id]) => id !== undefined));
}

/** Where a model begins, what of it is trained, and what of its config is to be otherwise, in camelCase. */
interface StartPlace {
  task: TrainTask;
  device: string;
  seed: number;
  lora: LoraConfigInit | undefined;
  config?: Readonly<Record<string, unknown>>;
}

function newModel(
  { json, config: { modelType } }: StartingPoint,
  targets: Targets,
  tokenizer: PreTrainedTokenizer,
  { config: changes, device, seed, task }: StartPlace,
): PreTrainedModel {
  const {
    id2label: _,
    label2id: __,
    num_labels: ___,
    ...others
  } = { ...json!, ...(snakeKeys(changes ?? {}) as object) } as Record<string, unknown>;
  const labels = snakeFields(labelFields(targets));
  const ids = task.needsTokenIds === true ? tokenIds(tokenizer, modelType) : {};
  const config = { ...others, ...labels, ...ids, vocab_size: tokenizer.totalVocabSize };
  return task.auto.fromConfig(config, { device, seed, dtype: 'f32' });
}

/** The names alone: a class may have any. */
function snakeFields({ id2label, ...others }: ReturnType<typeof labelFields> & { id2label?: object }): object {
  return { ...(snakeKeys(others) as object), ...(id2label && { id2label }) };
}

async function plainModel(
  point: StartingPoint,
  targets: Targets,
  tokenizer: PreTrainedTokenizer,
  place: StartPlace & { signal: AbortSignal },
): Promise<PreTrainedModel> {
  if (point.folder === undefined) return newModel(point, targets, tokenizer, place);
  const { lora: _, task, ...start } = place;
  const { model: source, revision } = point.source;
  const options = { ...start, ...labelFields(targets), revision, dtype: 'f32' as const };
  const model = await task.auto.fromPretrained(source, options);
  const rows = model.encoder.spec.vocabSize;
  if (tokenizer.totalVocabSize <= rows) return model;
  model.dispose();
  const got = `${tokenizer.totalVocabSize} for ${rows}`;
  throw new ConfigError(`train: the tokenizer must have no more tokens than the model's embedding, got ${got}`);
}

/**
 * The model of a run, in f32: the folder's with a head for the targets, or a new one whose embedding fits the tokenizer;
 * with an adapter where that is what is trained.
 * @throws ConfigError, CheckpointError, HubError, AbortError
 * @internal
 */
export async function startModel(
  point: StartingPoint,
  targets: Targets,
  tokenizer: PreTrainedTokenizer,
  place: StartPlace & { signal: AbortSignal },
): Promise<PreTrainedModel> {
  const { lora, seed, task } = place;
  if (lora !== undefined && point.folder === undefined)
    throw new ConfigError(`train: --lora-r needs a model with weights, got ${point.source.model}`);
  const model = await plainModel(point, targets, tokenizer, place);
  if (lora === undefined) return model;
  try {
    return getPeftModel(model, { ...(task.adapter && { taskType: task.adapter }), ...lora }, { seed });
  } catch (error) {
    model.dispose();
    throw error;
  }
}
