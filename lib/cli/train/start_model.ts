import { stat } from 'node:fs/promises';
import path from 'node:path';
import {
  AutoConfig,
  AutoModelForSequenceClassification,
  getPeftModel,
  type LoraConfigInit,
  type ModelConfig,
  type ProblemType,
  type SequenceClassifier,
} from '../../models/index.js';
import { readConfigFile } from '../../models/from_pretrained.js';
import { snakeKeys } from '../../train/arguments/python_json.js';
import { AutoTokenizer, type PreTrainedTokenizer, trainWordPiece } from '../../tokenizers/index.js';
import { ConfigError } from '../../util/errors.js';
import { modelFolder } from '../task/model_folder.js';
import { readTask, type SavedTask } from '../task/saved_task.js';
import type { TrainSettings } from './settings.js';

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

/** @throws ConfigError when there is neither folder nor config, HubError, AbortError @internal */
export async function startingPoint(
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
 * The tokenizer of a run: the one asked for, the one beside the model, or for new weights a WordPiece vocabulary learnt
 * from the texts, of at most the config's size.
 * @throws TokenizerError, AbortError
 * @internal
 */
export async function startTokenizer(
  { folder, config }: StartingPoint,
  { tokenizer, model }: TrainSettings,
  texts: () => Iterable<string>,
  signal: AbortSignal,
): Promise<PreTrainedTokenizer> {
  const beside = folder ?? path.dirname(model);
  if (tokenizer !== undefined) return AutoTokenizer.fromPretrained(tokenizer);
  if (folder !== undefined || (await holdsTokenizer(beside))) return AutoTokenizer.fromPretrained(beside);
  const { vocabSize = 30_522, maxPositionEmbeddings = 512 } = config as { vocabSize?: number } & {
    maxPositionEmbeddings?: number;
  };
  return trainWordPiece(texts(), { vocabSize, modelMaxLength: maxPositionEmbeddings, signal });
}

/** What a model is to predict. @internal */
export interface Targets {
  problem: ProblemType;
  /** Of the classes; none in regression. */
  names: readonly string[] | undefined;
}

/** Where a model begins, what of it is trained, and what of its config is to be otherwise, in camelCase. */
interface StartPlace {
  device: string;
  seed: number;
  lora: LoraConfigInit | undefined;
  config?: Readonly<Record<string, unknown>>;
}

function newModel(
  { json }: StartingPoint,
  { problem, names }: Targets,
  tokenizer: PreTrainedTokenizer,
  { config: changes, device, seed }: StartPlace,
): SequenceClassifier {
  const {
    id2label: _,
    label2id: __,
    num_labels: ___,
    ...others
  } = { ...json!, ...(snakeKeys(changes ?? {}) as object) } as Record<string, unknown>;
  const labels = names === undefined ? { num_labels: 1 } : { id2label: { ...names } };
  const config = { ...others, ...labels, problem_type: problem, vocab_size: tokenizer.totalVocabSize };
  return AutoModelForSequenceClassification.fromConfig(config, { device, seed, dtype: 'f32' });
}

async function plainModel(
  point: StartingPoint,
  targets: Targets,
  tokenizer: PreTrainedTokenizer,
  place: StartPlace & { signal: AbortSignal },
): Promise<SequenceClassifier> {
  if (point.folder === undefined) return newModel(point, targets, tokenizer, place);
  const { problem: problemType, names } = targets;
  const { lora: _, ...start } = place;
  const labels = names === undefined ? { numLabels: 1 } : { id2label: { ...names } };
  const { model: source, revision } = point.source;
  const options = { ...start, ...labels, revision, problemType, dtype: 'f32' as const };
  const model = await AutoModelForSequenceClassification.fromPretrained(source, options);
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
): Promise<SequenceClassifier> {
  const { lora, seed } = place;
  if (lora !== undefined && point.folder === undefined)
    throw new ConfigError(`train: --lora-r needs a model with weights, got ${point.source.model}`);
  const model = await plainModel(point, targets, tokenizer, place);
  if (lora === undefined) return model;
  try {
    return getPeftModel(model, { taskType: 'SEQ_CLS', ...lora }, { seed });
  } catch (error) {
    model.dispose();
    throw error;
  }
}
