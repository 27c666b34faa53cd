import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AutoModel,
  type BaseModel,
  BertConfig,
  ConfigError,
  embedSentences,
  pipeline,
  type PreTrainedTokenizer,
  sum,
} from '../../lib/index.js';
import { expectClose, summarize } from '../golden/compare.js';
import { loadEmbeddingGolden } from '../golden/load.js';
import { sharedPath } from '../shared.js';
import { newTokenizer, TEXTS } from './tiny_classifier.js';

let tokenizer: PreTrainedTokenizer;
let model: BaseModel;
let folder: string;

beforeAll(async () => {
  tokenizer = await newTokenizer();
  const sizes = { hiddenSize: 12, numHiddenLayers: 1, numAttentionHeads: 2, maxPositionEmbeddings: 16 };
  const config = new BertConfig({ vocabSize: tokenizer.totalVocabSize, ...sizes, initializerRange: 0.5 });
  model = AutoModel.fromConfig(config, { seed: 7, device: 'cpu' });
  folder = await mkdtemp(join(tmpdir(), 'gridstride-sentences-'));
});
afterAll(async () => {
  model.dispose();
  await rm(folder, { recursive: true });
});

/** The states of a text's tokens. */
async function statesOf(text: string, maxLength = 16): Promise<number[][]> {
  const { inputIds } = tokenizer.encode(text, { truncation: true, maxLength });
  using outputs = model.forward({ inputIds: [inputIds] });
  return ((await outputs.lastHiddenState.toArray()) as number[][][])[0]!;
}

const column = (states: number[][], of: (values: number[]) => number): number[] =>
  states[0]!.map((_, c) => of(states.map((row) => row[c]!)));
const meanOf = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe('feature-extraction', () => {
  it('gives the states of all tokens, or pools them, texts of all kinds of calls in one batch', async () => {
    const extract = await pipeline('feature-extraction', model, { tokenizer });
    const [plain, mean, first, last, most] = await Promise.all([
      extract(TEXTS),
      extract(TEXTS, { pooling: 'mean', normalize: true }),
      extract(TEXTS, { pooling: 'cls' }),
      extract(TEXTS, { pooling: 'last_token' }),
      extract(TEXTS, { pooling: 'max' }),
    ]);
    for (const [i, text] of TEXTS.entries()) {
      const states = await statesOf(text);
      expect(plain[i]).toHaveLength(states.length);
      states.forEach((row, t) => expectClose((plain[i] as Float32Array[])[t]!, row, { absolute: 1e-5 }));
      const average = column(states, meanOf);
      const norm = Math.hypot(...average);
      const unit = average.map((value) => value / norm);
      expectClose(mean[i]!, unit, { absolute: 1e-5 }, text);
      expectClose(first[i]!, states[0]!, { absolute: 1e-5 }, text);
      expectClose(last[i]!, states.at(-1)!, { absolute: 1e-5 }, text);
      expectClose(
        most[i]!,
        column(states, (values) => Math.max(...values)),
        { absolute: 1e-5 },
        text,
      );
    }
    expect(extract.stats().batches).toBeLessThan(5 * TEXTS.length);
  });

  it('gives a text its features and a stream a stream', async () => {
    const extract = await pipeline('feature-extraction', model, { tokenizer });
    const one = await extract(TEXTS[0]!, { pooling: 'mean' });
    const streamed: Float32Array[] = [];
    for await (const features of extract(new Set(TEXTS.slice(0, 2)), { pooling: 'mean' })) streamed.push(features);
    expect(streamed).toHaveLength(2);
    expectClose(streamed[0]!, one, { absolute: 1e-6 });
    const long = await extract(Array.from({ length: 30 }, () => 'money').join(' '), { pooling: 'mean', stride: 2 });
    expect(long).toHaveLength(12);
  });

  it.each<[object, RegExp]>([
    [{ pooling: 'average' }, /pooling must be one of none, mean, max, cls, last_token, got average/],
    [{ normalize: 1 }, /normalize must be true or false, got 1/],
    [{ stride: 2 }, /windows are for embeddings of texts and need a pooling/],
    [{ pool: 'mean' }, /option must be one of .*got pool/],
  ])('refuses %j', async (options, message) => {
    const extract = await pipeline('feature-extraction', model, { tokenizer });
    await expect(extract('money', options)).rejects.toThrow(message);
  });
});

describe('a folder of sentence-transformers', () => {
  const modules = [
    { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
    { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
    { idx: 2, name: '2', path: '2_Normalize', type: 'sentence_transformers.models.Normalize' },
  ];
  const write = async (files: Record<string, unknown>): Promise<string> => {
    const made = await mkdtemp(join(folder, 'model-'));
    await mkdir(join(made, '1_Pooling'));
    await model.savePretrained(made);
    await tokenizer.savePretrained(made);
    for (const [name, value] of Object.entries(files)) await writeFile(join(made, name), JSON.stringify(value));
    return made;
  };

  it('states pooling, normalisation and length', async () => {
    const made = await write({
      'modules.json': modules,
      '1_Pooling/config.json': {
        word_embedding_dimension: 12,
        pooling_mode_cls_token: true,
        pooling_mode_mean_tokens: false,
      },
      'sentence_bert_config.json': { max_seq_length: 4, do_lower_case: false },
    });
    const extract = await pipeline('feature-extraction', made, { device: 'cpu' });
    const first = (await statesOf(TEXTS[2]!, 4))[0]!;
    const norm = Math.hypot(...first);
    expectClose(
      (await extract(TEXTS[2]!)) as Float32Array,
      first.map((value) => value / norm),
      { absolute: 1e-5 },
    );
    expect(await extract(TEXTS[2]!, { pooling: 'none' })).toHaveLength(4);
    expect(await extract(TEXTS[2]!, { pooling: 'none', maxLength: 6 })).toHaveLength(6);
    extract.dispose();
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      'another module',
      { 'modules.json': [{ path: '2_Dense', type: 'sentence_transformers.models.Dense' }] },
      /got .*Dense in 2_Dense/,
    ],
    [
      'a path outside',
      { 'modules.json': [{ path: '../x', type: 'a.Pooling' }] },
      /a path must lie within the folder, got \.\.\/x/,
    ],
    ['no list', { 'modules.json': {} }, /modules\.json: must be a list/],
    [
      'a pooling it does not have',
      { 'modules.json': modules, '1_Pooling/config.json': { pooling_mode_weightedmean_tokens: true } },
      /pooling_mode must be one of .*, got weightedmean_tokens/,
    ],
    [
      'two poolings',
      {
        'modules.json': modules,
        '1_Pooling/config.json': { pooling_mode_cls_token: true, pooling_mode_max_tokens: true },
      },
      /got cls_token and max_tokens/,
    ],
    ['a missing config', { 'modules.json': modules }, /must be readable, got ENOENT/],
  ])('with %s is refused', async (_, files, message) => {
    const refused = pipeline('feature-extraction', await write(files), { device: 'cpu' });
    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow(message);
  });

  const minilm = sharedPath('models/all-minilm-l6-v2');
  it.runIf(minilm)('all-minilm-l6-v2 gives the embeddings of Python', async () => {
    const golden = loadEmbeddingGolden('minilm_embeddings');
    const extract = await pipeline('feature-extraction', minilm!, { device: 'cpu' });
    const vectors = await extract(golden.texts.map(({ text, repeat }) => text.repeat(repeat)));
    golden.texts.forEach(({ first, summary, text }, i) => {
      const vector = vectors[i] as Float32Array;
      expectClose(vector.slice(0, 8), first, { absolute: 1e-4 }, text.slice(0, 40));
      expectClose(summarize(vector), summary, { absolute: 1e-4 * Math.sqrt(golden.hiddenSize) }, text.slice(0, 40));
    });
    extract.dispose();
  });
});

describe('embedSentences', () => {
  it('pools the tokens that a mask shows, the same packed, and has a gradient', async () => {
    const rows = [
      [2, 5, 6, 3],
      [0, 2, 7, 3],
    ];
    const padded = {
      inputIds: rows,
      attentionMask: [
        [1, 1, 1, 1],
        [0, 1, 1, 1],
      ],
      positionIds: [
        [0, 1, 2, 3],
        [0, 0, 1, 2],
      ],
    };
    const flat = { inputIds: Int32Array.of(2, 5, 6, 3, 2, 7, 3), lengths: [4, 3] };
    for (const pooling of ['mean', 'cls', 'max', 'last_token'] as const) {
      const [a, b] = [padded, flat].map((inputs) => embedSentences(model, inputs, { pooling, normalize: true }));
      expect(a!.shape).toEqual([2, 12]);
      expectClose(
        Array.from(await a!.data(), Number),
        Array.from(await b!.data(), Number),
        { absolute: 1e-5 },
        pooling,
      );
    }
    model.zeroGrad();
    sum(embedSentences(model, padded)).backward();
    expect(model.encoder.embeddings.words.weight.grad).toBeDefined();
    model.zeroGrad();
    expect(() => embedSentences(model, padded, { pooling: 'mid' as 'mean' })).toThrow(/pooling must be one of mean/);
  });
});
