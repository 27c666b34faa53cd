import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../lib/cli/task/columns.js';
import { readTask, saveTask } from '../../../lib/cli/task/saved_task.js';
import { temporaryFolder } from '../fixtures.js';

describe('columns', () => {
  it('are text and label, or what the model was trained with, or what is given', () => {
    const plain = { format: 'csv', text: 'text', textPair: undefined, label: 'label', header: true, quote: undefined };
    expect(columnsOf('eval', 'a.csv', {})).toEqual(plain);
    const trained = { textColumn: 'premise', textPairColumn: 'hypothesis', labelColumn: 'verdict', header: true };
    const pairs = { text: 'premise', textPair: 'hypothesis', label: 'verdict' };
    expect(columnsOf('eval', '-', {}, trained)).toMatchObject({ format: 'jsonl', ...pairs });
    expect(columnsOf('eval', 'a.tsv.gz', { textColumn: 'first' }, trained)).toMatchObject({
      format: 'tsv',
      ...pairs,
      text: 'first',
    });
  });

  it('of a file without a header line are numbers', () => {
    expect(columnsOf('eval', 'a.csv', { header: false })).toMatchObject({ text: '1', label: '2', header: false });
    const trained = { textColumn: 'premise', textPairColumn: 'hypothesis', labelColumn: 'verdict' };
    const numbers = { text: '1', textPair: '2', label: '3' };
    expect(columnsOf('eval', 'a.csv', { header: false }, trained)).toMatchObject(numbers);
    const numbered = { textColumn: '4', labelColumn: '2', header: false };
    expect(columnsOf('eval', 'a.csv', {}, numbered)).toMatchObject({ text: '4', label: '2', header: false });
    expect(columnsOf('eval', 'a.csv', { header: true }, numbered)).toMatchObject({ text: 'text', label: 'label' });
    expect(columnsOf('eval', 'a.jsonl', {}, numbered)).toMatchObject({ text: 'text', header: true });
    expect(() => columnsOf('eval', 'a.jsonl', { header: false })).toThrow('--no-header needs csv or tsv, got jsonl');
    expect(columnsOf('eval', 'a.tsv', { quote: 'none' })).toMatchObject({ quote: null });
    expect(columnsOf('eval', 'a.tsv', {}, { quote: "'" })).toMatchObject({ quote: "'" });
    expect(columnsOf('eval', 'a.jsonl', {}, { quote: 'none' })).toMatchObject({ quote: undefined });
    expect(() => columnsOf('eval', 'a.txt', { quote: 'none' })).toThrow('--quote needs csv or tsv, got text');
    expect(() => columnsOf('eval', 'a.dat', {})).toThrow('format must be given');
  });
});

describe('data_args.json', () => {
  it('keeps what a model was trained with', async () => {
    const folder = temporaryFolder();
    expect(await readTask(folder)).toEqual({});
    const task = {
      textColumn: 'a',
      labelColumn: 'b',
      header: true,
      maxLength: 64,
      stride: 8,
      combination: 'max',
    } as const;
    await saveTask(folder, task);
    expect(await readTask(folder)).toEqual(task);
    await writeFile(path.join(folder, 'data_args.json'), '{"max_length": "long"}');
    await expect(readTask(folder)).rejects.toThrow(/data_args.json: maxLength must be an integer from 1/);
    await writeFile(path.join(folder, 'data_args.json'), '[]');
    await expect(readTask(folder)).rejects.toThrow('must hold an object');
  });
});
