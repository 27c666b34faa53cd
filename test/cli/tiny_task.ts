import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type CliRun, runInProcess } from './fixtures.js';

/** A config of a model small enough to train in no time. */
const CONFIG = {
  model_type: 'bert',
  vocab_size: 200,
  hidden_size: 16,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 24,
  max_position_embeddings: 32,
  initializer_range: 0.2,
};

const GOOD = ['great', 'lovely', 'fine'];
const BAD = ['awful', 'boring', 'bad'];

/** Texts whose class a single word decides. */
export const REVIEWS = Array.from({ length: 24 }, (_, i) => {
  const isGood = i % 2 === 0;
  return {
    text: `this ${['film', 'book'][i % 2]} is ${(isGood ? GOOD : BAD)[i % 3]}`,
    label: isGood ? 'good' : 'poor',
  };
});

/** Writes lines of JSON. */
export function writeRows(file: string, rows: readonly object[]): string {
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

/** Writes the config of a tiny model; fields may be given. */
export function writeConfig(folder: string, fields: object = {}): string {
  const file = path.join(folder, 'config.json');
  writeFileSync(file, JSON.stringify({ ...CONFIG, ...fields }));
  return file;
}

/** Trains a tiny model on a file in this process; without a report, which takes longer to draw. */
export function trainTiny(folder: string, train: string, ...flags: string[]): Promise<CliRun> {
  const paths = ['--model', writeConfig(folder), '--train', train, '--output-dir', path.join(folder, 'out')];
  const pace = [
    '--learning-rate',
    '1e-2',
    '--save-strategy',
    'no',
    '--disable-tqdm',
    '--device',
    'cpu',
    '--report-to',
    'none',
  ];
  return runInProcess('train', ...paths, ...pace, ...flags);
}

/** The JSON values of some lines. */
export function linesOf(text: string): Record<string, unknown>[] {
  const lines = text.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
