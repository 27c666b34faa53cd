import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseBenchResult } from '../../lib/util/bench_schema.js';
import { runInProcess } from './fixtures.js';

const CONFIG = {
  model_type: 'bert',
  architectures: ['BertForSequenceClassification'],
  vocab_size: 50,
  hidden_size: 16,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 20,
  max_position_embeddings: 32,
};

let folder: string;
let config: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridstride-bench-'));
  config = join(folder, 'config.json');
  await writeFile(config, JSON.stringify(CONFIG));
});
afterAll(() => rm(folder, { recursive: true }));

it('times a model of a config.json and prints the result last', async () => {
  const sizes = ['--batch', '3', '--seq', '9', '--runs', '4', '--threads', '1', '--device', 'cpu'];
  const { code, stdout, stderr } = await runInProcess('bench', 'model', '--model', config, ...sizes, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const result = parseBenchResult('test', stdout);
  expect(result).toMatchObject({ bench: 'model', device: 'cpu', dtype: 'f32', threads: 1, seed: 42 });
  const row = result.rows[0]!;
  expect(row.params).toEqual({ model: 'config.json', architecture: CONFIG.architectures[0], batch: 3, seq: 9 });
  expect(row.samples).toHaveLength(4);
  expect(result.tokensPerSecond).toBeCloseTo((3 * 9 * 1e3) / row.medianMs, 3);
  expect(result.peakMemoryBytes).toBeGreaterThanOrEqual(0);
  expect(row.gflops).toBeGreaterThan(0);
});

it('says in one line what does not fit', async () => {
  const list = join(folder, 'list.json');
  await writeFile(list, '[7]');
  const deep = join(folder, 'deep.json');
  await writeFile(deep, '['.repeat(200_000) + ']'.repeat(200_000));
  const cases: [string[], RegExp][] = [
    [['--model', join(folder, 'nothing')], /--model must exist/],
    [['--model', config, '--seq', '33'], /--seq must be at most the model's 32, got 33/],
    [['--model', config, '--dtype', 'f31'], /f31/],
    [['--model', config, '--batch', '0'], /must be an integer from 1/],
    [['--model', list], /must hold an object, got \[7\]/],
    [['--model', deep], /got values nested more than 500 deep/],
    [[], /--model/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await runInProcess('bench', 'model', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  }
});
