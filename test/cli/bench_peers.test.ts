import path from 'node:path';
import { expect, it } from 'vitest';
import { AutoModel, BertConfig } from '../../lib/index.js';
import { parseBenchResult } from '../../lib/util/bench_schema.js';
import { runInProcess, temporaryFolder } from './fixtures.js';

const SIZES = { hiddenSize: 16, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 20, vocabSize: 50 };

it('times our side in its own process, and says why a rival was skipped', async () => {
  const cache = temporaryFolder();
  const model = path.join(temporaryFolder(), 'tiny');
  await AutoModel.fromConfig(new BertConfig({ ...SIZES, maxPositionEmbeddings: 128 })).savePretrained(model);
  const what = ['--works', 'inference,training,memory', '--batch', '2', '--lengths', '8', '--dtypes', 'f32,bf16'];
  const how = ['--peers', 'pytorch', '--python', 'no-such-python', '--rounds', '2', '--threads', '1'];
  const run = await runInProcess('bench', 'peers', '--models', model, '--cache', cache, ...what, ...how);
  expect(run).toMatchObject({ code: 0 });
  const { rows, bench, threads } = parseBenchResult('test', run.stdout);
  expect({ bench, threads }).toEqual({ bench: 'peers', threads: 1 });
  const all = rows.map(({ name, params, rival, skipped }) => [name, params['dtype'], rival, skipped?.slice(0, 20)]);
  const missing = 'spawn no-such-python';
  expect(all).toEqual([
    ['inference', 'f32', 'PyTorch f32', missing],
    ['inference', 'bf16', 'PyTorch bf16', missing],
    ['inference', 'bf16', expect.stringMatching(/^gridstride f32 \d/) as string, undefined],
    ['training step', 'f32', 'PyTorch f32', missing],
    ['training step', 'bf16', 'PyTorch bf16', missing],
    ['training step', 'bf16', expect.stringMatching(/^gridstride f32 \d/) as string, undefined],
    ['memory', 'f32', 'onnxruntime-node f32 optimized', 'not asked for'],
    ['memory', 'bf16', 'onnxruntime-node f32 optimized', 'not asked for'],
  ]);
  expect(rows[2]).toMatchObject({
    samples: [expect.any(Number), expect.any(Number)],
    ratio: expect.any(Number) as number,
  });
  expect(rows[2]!.params['difference']).toBeLessThan(0.05);
});

it('takes no models, works or lengths that it does not know', async () => {
  const refused = async (...args: string[]) => (await runInProcess('bench', 'peers', ...args)).stderr;
  expect(await refused('--models', 'gpt-9')).toMatch(/--models must name minilm, distilbert, bert-base or folders/);
  expect(await refused('--works', 'guessing')).toMatch(/must be a list of inference, training, pipeline, memory/);
  expect(await refused('--lengths', '16,1000')).toMatch(/must be numbers up to 512, or real/);
});
