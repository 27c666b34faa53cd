import { expect, it } from 'vitest';
import { encodeMails, LABELS } from '../../../examples/spam/encode.js';
import type { Mail } from '../../../examples/spam/mails.js';
import { makeClassifier, readSettings } from '../../../examples/spam/settings.js';
import { ConfigError, Dataset } from '../../../lib/index.js';

const MAILS = Dataset.fromArray<Mail>([
  { text: 'win money now and win again', label: 'spam' },
  { text: 'see you at noon', label: 'ham' },
  { text: 'the money you win now', label: 'spam' },
]);

it('reads settings, and chooses others for a checkpoint', () => {
  expect(readSettings([])).toMatchObject({ model: undefined, output: 'results/spam', seed: 42 });
  const tuned = readSettings(['--model', 'somewhere', '--seed', '7', '--max-length', '32']);
  expect(tuned).toMatchObject({ model: 'somewhere', seed: 7, maxLength: 32 });
  expect(tuned.learningRate).toBeLessThan(readSettings([]).learningRate);
});

it('refuses options that it does not have and values that are no numbers', () => {
  expect(() => readSettings(['--sed', '1'])).toThrow(ConfigError);
  expect(() => readSettings(['--epochs', 'many'])).toThrow(/--epochs must be a number above 0, got many/);
});

it('makes a vocabulary from the training mails and a model that fits it', async () => {
  const settings = { ...readSettings([]), maxLength: 6 };
  const { tokenizer, model } = await makeClassifier(MAILS, settings);
  expect(model.config.id2label).toEqual({ 0: 'ham', 1: 'spam' });
  const encoded = await encodeMails(MAILS, tokenizer, settings.maxLength);
  expect(encoded.column('label')).toEqual([1, 0, 1]);
  expect(encoded.columnNames).toEqual(['label', 'inputIds']);
  expect(encoded.column('inputIds').every((ids) => ids.length <= 6)).toBe(true);
  expect(LABELS[encoded.at(0).label]).toBe('spam');
  model.dispose();
});
