import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  AutoModelForSequenceClassification,
  AutoTokenizer,
  ConfigError,
  type PreTrainedTokenizer,
  readSafetensorsHeader,
  trainWordPiece,
} from 'gridstride';
import { packageRoot } from '../../lib/util/package_info.js';
import { fnv1a } from '../../test/golden/weights.js';

/** A model as all sides load it. */
export interface PeerModel {
  readonly name: string;
  /** A classifier of two labels and a tokenizer, in Hugging Face's layout. */
  readonly folder: string;
  /** Where its graphs go. */
  readonly graphs: string;
  /** Sequences of a training step. */
  readonly trainingBatch: number;
  /** Bytes of its weights as the dtype holds them at least. */
  weightBytes(dtype: string): number;
  /** Undefined where there was no text to learn a vocabulary from. */
  readonly tokenizer: PreTrainedTokenizer | undefined;
}

/** Models of these sizes get random weights, the same in every run. */
const RANDOM: Readonly<Record<string, { config: string; trainingBatch: number }>> = {
  minilm: { config: 'minilm_l6.json', trainingBatch: 16 },
  distilbert: { config: 'distilbert.json', trainingBatch: 16 },
  'bert-base': { config: 'bert_base.json', trainingBatch: 8 },
};
const SEED = 42;
const VOCAB_SIZE = 30_522;
const CLASSIFIER = { numLabels: 2, seed: SEED } as const;

export const RANDOM_MODELS = Object.keys(RANDOM);

const isFolderOfModel = (folder: string): boolean => existsSync(path.join(folder, 'config.json'));

/** The folder's own tokenizer, else one with a vocabulary of the texts. */
async function tokenizerFor(source: string, texts: readonly string[] | undefined) {
  const hasOwn = ['tokenizer.json', 'vocab.txt'].some((name) => existsSync(path.join(source, name)));
  if (hasOwn) return AutoTokenizer.fromPretrained(source);
  return texts && trainWordPiece(texts, { vocabSize: VOCAB_SIZE });
}

/** Writes the classifier to a folder, whole or not at all. */
async function writeModel(source: string, folder: string): Promise<void> {
  const random = RANDOM[source];
  const config = random && path.join(packageRoot(), 'bench', 'peers', random.config);
  using model =
    config === undefined
      ? await AutoModelForSequenceClassification.fromPretrained(source, { ...CLASSIFIER, device: 'cpu', dtype: 'f32' })
      : AutoModelForSequenceClassification.fromConfig(
          { ...(JSON.parse(readFileSync(config, 'utf8')) as object), num_labels: CLASSIFIER.numLabels },
          { device: 'cpu', seed: SEED },
        );
  const unfinished = `${folder}.new-${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  await model.savePretrained(unfinished);
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
}

/** Bytes of a model's weights by dtype: in int8 those of layers are a byte each, tables in bf16, vectors in f32. */
async function weightSizes(folder: string): Promise<(dtype: string) => number> {
  const { tensors } = await readSafetensorsHeader(path.join(folder, 'model.safetensors'));
  const int8Bytes = (name: string, rank: number): number => (rank === 1 ? 4 : name.includes('embeddings.') ? 2 : 1);
  const bytesOf = (dtype: string, name: string, rank: number): number =>
    dtype === 'int8' ? int8Bytes(name, rank) : dtype === 'f32' ? 4 : 2;
  return (dtype) =>
    [...tensors].reduce(
      (sum, [name, { shape }]) => sum + shape.reduce((a, b) => a * b, 1) * bytesOf(dtype, name, shape.length),
      0,
    );
}

/**
 * A model of a known size, or of a folder, in the cache.
 * @throws {ConfigError} There is no such size and no such folder.
 */
export async function prepareModel(
  source: string,
  { cache, texts }: { cache: string; texts: readonly string[] | undefined },
): Promise<PeerModel> {
  if (!(source in RANDOM) && !isFolderOfModel(source)) {
    const rule = `--models must name ${RANDOM_MODELS.join(', ')} or folders with a config.json`;
    throw new ConfigError(`bench peers: ${rule}, got ${source}`, { source });
  }
  const isRandom = source in RANDOM;
  const name = isRandom ? source : path.basename(path.resolve(source));
  const place = path.join(cache, isRandom ? name : `${name}-${fnv1a(path.resolve(source)).toString(16)}`);
  const folder = path.join(place, 'model');
  if (!isFolderOfModel(folder)) await writeModel(source, folder);
  const tokenizer = await tokenizerFor(source, texts);
  await tokenizer?.savePretrained(folder);
  const weightBytes = await weightSizes(folder);
  const trainingBatch = RANDOM[source]?.trainingBatch ?? RANDOM['minilm']!.trainingBatch;
  return { name, folder, graphs: path.join(place, 'graphs'), trainingBatch, weightBytes, tokenizer };
}
