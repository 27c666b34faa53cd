import { AutoTokenizer, ConfigError, type PreTrainedTokenizer, trainWordPiece } from 'gridstride';
import { parseArgs } from 'node:util';
import { journeys, questions, pairs, textOf } from './journeys.js';

/** What the command line says. */
export interface Settings {
  /** A folder to fine-tune; new small models are trained when undefined. */
  model: string | undefined;
  output: string;
  /** Sentences to train on. */
  rows: number;
  epochs: number;
  learningRate: number;
  seed: number;
}

const NUMBERS = ['rows', 'epochs', 'learning-rate', 'seed'] as const;

/** @throws {ConfigError} An option is unknown or no number. */
export function readSettings(args: readonly string[]): Settings {
  const names = ['model', 'output', ...NUMBERS];
  let flags: Partial<Record<string, string>>;
  try {
    const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
    flags = parseArgs({ args: [...args], options }).values;
  } catch (error) {
    const got = (error as Error).message;
    throw new ConfigError(`three_tasks: options must be --${names.join(' --')} with a value each, got: ${got}`);
  }
  const number = (name: (typeof NUMBERS)[number], otherwise: number): number => {
    const value = flags[name] === undefined ? otherwise : Number(flags[name]);
    if (Number.isFinite(value) && value > 0) return value;
    throw new ConfigError(`three_tasks: --${name} must be a number above 0, got ${flags[name]}`);
  };
  const { model, output = 'results/three_tasks' } = flags;
  return {
    model,
    output,
    rows: number('rows', 512),
    epochs: number('epochs', model === undefined ? 10 : 2),
    learningRate: number('learning-rate', model === undefined ? 1e-3 : 1e-4),
    seed: number('seed', 42),
  };
}

/** The tokenizer of all three tasks: that of a folder, or one learnt from the sentences. */
export function makeTokenizer({ model, rows }: Settings): Promise<PreTrainedTokenizer> {
  if (model !== undefined) return AutoTokenizer.fromPretrained(model);
  const all = journeys(rows);
  const texts = [
    ...all.map(textOf),
    ...questions(all).map(({ question }) => question),
    ...pairs(all).map((p) => p.textPair),
  ];
  return trainWordPiece(texts, { vocabSize: 400, minFrequency: 1, modelMaxLength: 64 });
}
