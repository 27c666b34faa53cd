import {
  AutoModelForSequenceClassification,
  AutoTokenizer,
  BertConfig,
  ConfigError,
  type Dataset,
  type PreTrainedTokenizer,
  type SequenceClassifier,
  trainWordPiece,
} from 'gridstride';
import { parseArgs } from 'node:util';
import { id2label } from './encode.js';
import type { Mail } from './mails.js';

/** What the command line says. */
export interface Settings {
  /** A folder to fine-tune; a new model is trained when undefined. */
  model: string | undefined;
  output: string;
  seed: number;
  /** Tokens of a mail that are read. */
  maxLength: number;
  epochs: number;
  batchSize: number;
  learningRate: number;
}

/** A pretrained model learns faster and costs more per mail: fewer passes, fewer tokens, smaller steps. */
const FROM_NOTHING = { maxLength: 160, epochs: 4, batchSize: 16, learningRate: 5e-4 };
const FINE_TUNING = { maxLength: 96, epochs: 2, batchSize: 8, learningRate: 1.5e-4 };

type Flags = Readonly<Partial<Record<'model' | 'output' | (typeof NUMBERS)[number], string>>>;

const NUMBERS = ['seed', 'epochs', 'max-length', 'batch-size', 'learning-rate'] as const;

function readFlags(args: readonly string[]): Flags {
  const names = ['model', 'output', ...NUMBERS];
  try {
    const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
    return parseArgs({ args: [...args], options }).values as Flags;
  } catch (error) {
    const got = (error as Error).message;
    throw new ConfigError(`demo: options must be --${names.join(' --')} with a value each, got: ${got}`);
  }
}

/** @throws {ConfigError} An option is unknown or no number. */
export function readSettings(args: readonly string[]): Settings {
  const flags = readFlags(args);
  const number = (name: (typeof NUMBERS)[number], otherwise: number): number => {
    const value = flags[name] === undefined ? otherwise : Number(flags[name]);
    if (Number.isFinite(value) && value > 0) return value;
    throw new ConfigError(`demo: --${name} must be a number above 0, got ${flags[name]}`);
  };
  const usual = flags.model === undefined ? FROM_NOTHING : FINE_TUNING;
  return {
    model: flags.model,
    output: flags.output ?? 'results/spam',
    seed: number('seed', 42),
    maxLength: number('max-length', usual.maxLength),
    epochs: number('epochs', usual.epochs),
    batchSize: number('batch-size', usual.batchSize),
    learningRate: number('learning-rate', usual.learningRate),
  };
}

/** A tokenizer and a model that go together. */
export interface Classifier {
  tokenizer: PreTrainedTokenizer;
  model: SequenceClassifier;
}

/** The pretrained classifier of a folder, or a vocabulary learnt from the training mails and a small new BERT. */
export async function makeClassifier(train: Dataset<Mail>, settings: Settings): Promise<Classifier> {
  const { model: folder, seed, maxLength } = settings;
  if (folder !== undefined) {
    const tokenizer = await AutoTokenizer.fromPretrained(folder);
    const model = await AutoModelForSequenceClassification.fromPretrained(folder, { id2label, seed });
    return { tokenizer, model };
  }
  const beginnings = train.column('text').map((text) => text.slice(0, 2000));
  const tokenizer = await trainWordPiece(beginnings, { vocabSize: 8000, modelMaxLength: maxLength });
  const config = new BertConfig({
    vocabSize: tokenizer.totalVocabSize,
    hiddenSize: 128,
    numHiddenLayers: 2,
    numAttentionHeads: 4,
    intermediateSize: 512,
    maxPositionEmbeddings: maxLength,
    id2label,
  });
  return { tokenizer, model: AutoModelForSequenceClassification.fromConfig(config, { seed }) };
}
