import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AutoModel, BertConfig, pipeline } from '../../lib/index.js';
import { expectClose } from '../golden/compare.js';
import { newTokenizer, TEXTS } from '../pipelines/tiny_classifier.js';
import { runInProcess, runWith, temporaryFolder } from './fixtures.js';

/** A small model with its tokenizer in a folder. */
async function newModel(): Promise<string> {
  const folder = temporaryFolder();
  const tokenizer = await newTokenizer();
  const sizes = { hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, maxPositionEmbeddings: 16 };
  const config = new BertConfig({ vocabSize: tokenizer.totalVocabSize, ...sizes, initializerRange: 0.5 });
  using model = AutoModel.fromConfig(config, { seed: 7, device: 'cpu' });
  await model.savePretrained(folder);
  await tokenizer.savePretrained(folder);
  return folder;
}

const embeddingsOf = (stdout: string): number[][] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { embedding: number[] }).embedding);

it('writes the embedding of each text in order, of a file or of standard input', async () => {
  const model = await newModel();
  using extract = await pipeline('feature-extraction', model, { device: 'cpu' });
  const expected = await extract(TEXTS, { pooling: 'mean' });
  const stdin = TEXTS.map((text) => JSON.stringify({ sentence: text })).join('\n');
  const options = ['--model', model, '--device', 'cpu'];
  const piped = await runWith({ stdin }, 'embed', ...options, '--input', '-', '--text-column', 'sentence');
  expect(piped).toMatchObject({ code: 0, stderr: '' });
  const read = embeddingsOf(piped.stdout);
  expect(read).toHaveLength(TEXTS.length);
  read.forEach((embedding, i) => expectClose(embedding, expected[i]!, { absolute: 1e-6 }));
  const file = join(model, 'texts.csv');
  await writeFile(file, `text\n${TEXTS[0]}\n${TEXTS[1]}\n`);
  const { stdout } = await runInProcess('embed', ...options, '--input', file, '--pooling', 'cls', '--normalize');
  const firsts = await extract(TEXTS.slice(0, 2), { pooling: 'cls', normalize: true });
  embeddingsOf(stdout).forEach((embedding, i) => expectClose(embedding, firsts[i]!, { absolute: 1e-6 }));
});

it('records bad rows in their places', async () => {
  const model = await newModel();
  const stdin = `{"text": "${TEXTS[0]}"}\n{"text": 3}\n{"text": "${TEXTS[1]}"}\nnone\n`;
  const flags = ['embed', '--model', model, '--device', 'cpu', '--input', '-', '--on-error', 'record'];
  const { code, stdout } = await runWith({ stdin }, ...flags);
  const lines = stdout.trimEnd().split('\n');
  expect([code, lines.length]).toEqual([0, 4]);
  expect(lines.map((line) => Object.keys(JSON.parse(line) as object)[0])).toEqual([
    'embedding',
    'error',
    'embedding',
    'error',
  ]);
  expect(JSON.parse(lines[1]!)).toEqual({ error: 'the stream:2: column text must hold texts, got 3' });
  using extract = await pipeline('feature-extraction', model, { device: 'cpu' });
  const [, second] = await extract(TEXTS.slice(0, 2), { pooling: 'mean' });
  expectClose(embeddingsOf(lines[2]!)[0]!, second!, { absolute: 1e-6 });
});

it('tells bad input in one line', async () => {
  const model = await newModel();
  const stdin = '{"text": 3}\n';
  const bad = await runWith({ stdin }, 'embed', '--model', model, '--device', 'cpu', '--input', '-');
  expect(bad).toMatchObject({ code: 2, stdout: '' });
  expect(bad.stderr).toMatch(/^gridstride: the stream:1: column text must hold texts, got 3\n$/);
  expect((await runInProcess('embed', '--input', '-')).stderr).toBe(
    'gridstride: embed: --model must be given, got none\n',
  );
  const pooling = await runInProcess('embed', '--model', model, '--input', '-', '--pooling', 'median');
  expect(pooling.stderr).toMatch(/--pooling .*'median' is invalid. must be one of mean, max, cls, last_token/);
});
