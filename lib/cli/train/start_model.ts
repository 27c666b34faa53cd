import { stat } from 'node:fs/promises';
import path from 'node:path';
import {
  AutoConfig,
  AutoModelForSequenceClassification,
  type ModelConfig,
  type ProblemType,
  type SequenceClassifier,
} from '../../models/index.js';
import { readConfigFile } from '../../models/from_pretrained.js';
import { snakeKeys } from '../../train/arguments/python_json.js';
import { AutoTokenizer, type PreTrainedTokenizer, trainWordPiece } from '../../tokenizers/index.js';
import { ConfigError } from '../../util/errors.js';
import { readTask, type SavedTask } from '../task/saved_task.js';
import type { TrainSettings } from './settings.js';

/** What a run starts from: a folder's weights, or a config alone. @internal */
export interface StartingPoint {
  config: ModelConfig;
  /** What the folder's model was trained with. */
  task: SavedTask;
  /** Of a folder with weights. */
  folder?: string;
  /** The object of a config.json without weights. */
  json?: Record<string, unknown>;
}

/** @throws ConfigError when there is neither folder nor config @internal */
export async function startingPoint(where: string, model: string): Promise<StartingPoint> {
  const found = await stat(model).catch(() => undefined);
  if (found === undefined) throw new ConfigError(`${where}: --model must exist, got ${model}`, { model });
  if (found.isDirectory())
    return { folder: model, config: await AutoConfig.fromPretrained(model), task: await readTask(model) };
  const json = await readConfigFile(model);
  return { json, config: AutoConfig.fromJson(json), task: {} };
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

/** Where a model begins, and what of its config is to be otherwise, in camelCase. */
interface StartPlace {
  device: string;
  seed: number;
  config?: Readonly<Record<string, unknown>>;
}

function newModel(
  { json }: StartingPoint,
  { problem, names }: Targets,
  tokenizer: PreTrainedTokenizer,
  { config: changes, ...place }: StartPlace,
): SequenceClassifier {
  const {
    id2label: _,
    label2id: __,
    num_labels: ___,
    ...others
  } = { ...json!, ...(snakeKeys(changes ?? {}) as object) } as Record<string, unknown>;
  const labels = names === undefined ? { num_labels: 1 } : { id2label: { ...names } };
  const config = { ...others, ...labels, problem_type: problem, vocab_size: tokenizer.totalVocabSize };
  return AutoModelForSequenceClassification.fromConfig(config, { ...place, dtype: 'f32' });
}

/**
 * The model of a run, in f32: the folder's with a head for the targets, or a new one whose embedding fits the tokenizer.
 * @throws ConfigError, CheckpointError, AbortError
 * @internal
 */
export async function startModel(
  point: StartingPoint,
  targets: Targets,
  tokenizer: PreTrainedTokenizer,
  place: StartPlace & { signal: AbortSignal },
): Promise<SequenceClassifier> {
  if (point.folder === undefined) {
    const { signal: _, ...start } = place;
    return newModel(point, targets, tokenizer, start);
  }
  const { problem: problemType, names } = targets;
  const labels = names === undefined ? { numLabels: 1 } : { id2label: { ...names } };
  const options = { ...place, ...labels, problemType, dtype: 'f32' as const };
  const model = await AutoModelForSequenceClassification.fromPretrained(point.folder, options);
  const rows = model.encoder.spec.vocabSize;
  if (tokenizer.totalVocabSize <= rows) return model;
  model.dispose();
  const got = `${tokenizer.totalVocabSize} for ${rows}`;
  throw new ConfigError(`train: the tokenizer must have no more tokens than the model's embedding, got ${got}`);
}
