import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AutoConfig,
  AutoModel,
  AutoModelForMaskedLM,
  AutoModelForSequenceClassification,
  BertConfig,
  CheckpointError,
  ConfigError,
  DistilBertConfig,
  loadCheckpoint,
  loadModel,
  memory,
  type PreTrainedModel,
  saveCheckpoint,
  tensor,
  type Tensor,
} from '../../lib/index.js';

const sizes = { vocabSize: 30, hiddenSize: 12, numHiddenLayers: 2, numAttentionHeads: 3, intermediateSize: 20 };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridstride-models-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function valuesOf(model: PreTrainedModel): Promise<Map<string, unknown>> {
  const values = new Map<string, unknown>();
  for (const [name, value] of model.stateDict()) {
    values.set(name, await value.toArray());
    value.dispose();
  }
  return values;
}

/** Saves a checkpoint whose tensors a test has renamed, dropped or replaced. */
async function saveChanged(from: string, to: string, change: (tensors: Map<string, Tensor>) => void): Promise<void> {
  const tensors = await loadCheckpoint(from);
  change(tensors);
  await saveCheckpoint(to, tensors);
  await writeFile(join(to, 'config.json'), await readFile(join(from, 'config.json')));
}

describe('a saved folder', () => {
  it.each([
    ['bert', new BertConfig({ ...sizes, id2label: { 0: 'ham', 1: 'spam', 2: 'other' } })],
    [
      'distilbert',
      new DistilBertConfig({ vocabSize: 30, dim: 12, nLayers: 1, nHeads: 2, hiddenDim: 20, numLabels: 3 }),
    ],
  ])('of %s loads as it was', async (name, config) => {
    const path = join(folder, name);
    using model = AutoModelForSequenceClassification.fromConfig(config, { seed: 5 });
    await model.savePretrained(path);
    using loaded = await AutoModelForSequenceClassification.fromPretrained(path);
    expect(await valuesOf(loaded)).toEqual(await valuesOf(model));
    expect(loaded.config.toJson()).toMatchObject(config.toJson());
    expect(loaded.loadReport).toEqual({ newWeights: [], unexpected: [] });
    expect(loaded.training).toBe(false);
    const named = await loadModel(path);
    expect(named.architecture).toBe(model.architecture);
    named.dispose();
  });

  it('has the names and fields of Hugging Face', async () => {
    const path = join(folder, 'names');
    using model = AutoModelForSequenceClassification.fromConfig(new BertConfig({ ...sizes, numLabels: 3 }));
    await model.savePretrained(path);
    const json = JSON.parse(await readFile(join(path, 'config.json'), 'utf8')) as Record<string, unknown>;
    expect(json).toMatchObject({
      architectures: ['BertForSequenceClassification'],
      model_type: 'bert',
      hidden_size: 12,
      torch_dtype: 'float32',
      id2label: { 0: 'LABEL_0', 1: 'LABEL_1', 2: 'LABEL_2' },
    });
    const tensors = await loadCheckpoint(path);
    expect(tensors.get('bert.encoder.layer.1.attention.self.key.weight')?.shape).toEqual([12, 12]);
    expect(tensors.get('bert.encoder.layer.1.attention.self.value.bias')?.shape).toEqual([12]);
    expect([...tensors.keys()].filter((key) => !key.includes('layer.'))).toEqual(
      [
        'bert.embeddings.word_embeddings.weight',
        'bert.embeddings.position_embeddings.weight',
        'bert.embeddings.token_type_embeddings.weight',
        'bert.embeddings.LayerNorm.weight',
        'bert.embeddings.LayerNorm.bias',
        'bert.pooler.dense.weight',
        'bert.pooler.dense.bias',
        'classifier.weight',
        'classifier.bias',
      ].sort((a, b) => [...tensors.keys()].indexOf(a) - [...tensors.keys()].indexOf(b)),
    );
    for (const value of tensors.values()) value.dispose();
  });

  it('loads in bf16 when asked, and keeps the type it was saved in', async () => {
    const path = join(folder, 'half');
    using model = AutoModel.fromConfig(new BertConfig(sizes), { dtype: 'bf16' });
    await model.savePretrained(path);
    using same = await AutoModel.fromPretrained(path);
    expect(same.dtype).toBe('bf16');
    using wide = await AutoModel.fromPretrained(path, { dtype: 'f32' });
    expect(wide.dtype).toBe('f32');
    expect(await valuesOf(wide)).toEqual(await valuesOf(model));
  });
});

describe('loading', () => {
  let base: string;
  beforeAll(async () => {
    base = join(folder, 'base');
    using model = AutoModelForSequenceClassification.fromConfig(new BertConfig({ ...sizes, numLabels: 3 }), {
      seed: 1,
    });
    await model.savePretrained(base);
  });

  it('makes a head anew for another number of labels, and says so', async () => {
    using model = await AutoModelForSequenceClassification.fromPretrained(base, { numLabels: 5, seed: 3 });
    expect(model.config.numLabels).toBe(5);
    expect(model.loadReport).toEqual({ newWeights: ['classifier.weight', 'classifier.bias'], unexpected: [] });
    expect(model.classifier.weight.shape).toEqual([5, 12]);
    using again = await AutoModelForSequenceClassification.fromPretrained(base, { numLabels: 5, seed: 3 });
    expect(await valuesOf(again)).toEqual(await valuesOf(model));
  });

  it('names labels anew without touching the head', async () => {
    using model = await AutoModelForSequenceClassification.fromPretrained(base, {
      id2label: { 0: 'x', 1: 'y', 2: 'z' },
    });
    expect(model.config.label2id).toEqual({ x: 0, y: 1, z: 2 });
    expect(model.loadReport?.newWeights).toEqual([]);
  });

  it('of another task keeps the encoder, makes its head and lists the rest', async () => {
    using model = await AutoModelForMaskedLM.fromPretrained(base);
    expect(model.loadReport?.newWeights).toEqual([
      'cls.predictions.bias',
      'cls.predictions.transform.dense.weight',
      'cls.predictions.transform.dense.bias',
      'cls.predictions.transform.LayerNorm.weight',
      'cls.predictions.transform.LayerNorm.bias',
    ]);
    expect(model.loadReport?.unexpected.sort()).toEqual([
      'bert.pooler.dense.bias',
      'bert.pooler.dense.weight',
      'classifier.bias',
      'classifier.weight',
    ]);
  });

  it('reads names without the prefix, gamma and beta, and leaves out buffers', async () => {
    const old = join(folder, 'old');
    await saveChanged(base, old, (tensors) => {
      for (const [name, value] of new Map(tensors)) {
        tensors.delete(name);
        const modern = name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta');
        tensors.set(modern.replace(/^bert\./, ''), value);
      }
      tensors.set('embeddings.position_ids', tensor([[0, 1, 2]], { dtype: 'i64' }));
    });
    using model = await AutoModelForSequenceClassification.fromPretrained(old);
    using modern = await AutoModelForSequenceClassification.fromPretrained(base);
    expect(await valuesOf(model)).toEqual(await valuesOf(modern));
    expect(model.loadReport).toEqual({ newWeights: [], unexpected: [] });
    using bare = await AutoModel.fromPretrained(base);
    expect(bare.loadReport).toEqual({ newWeights: [], unexpected: ['classifier.bias', 'classifier.weight'] });
  });

  it('reads shards, with old names and buffers among them', async () => {
    const sharded = join(folder, 'sharded');
    const tensors = await loadCheckpoint(base);
    for (const [name, value] of new Map(tensors)) {
      if (!name.includes('LayerNorm')) continue;
      tensors.delete(name);
      tensors.set(name.replace('.weight', '.gamma').replace('.bias', '.beta'), value);
    }
    tensors.set('bert.embeddings.position_ids', tensor([[0, 1, 2]], { dtype: 'i64' }));
    await saveCheckpoint(sharded, tensors, { maxShardSize: 2000 });
    await writeFile(join(sharded, 'config.json'), await readFile(join(base, 'config.json')));
    expect((await readdir(sharded)).filter((name) => name.startsWith('model-')).length).toBeGreaterThan(3);
    using model = await AutoModelForSequenceClassification.fromPretrained(sharded);
    using whole = await AutoModelForSequenceClassification.fromPretrained(base);
    expect(await valuesOf(model)).toEqual(await valuesOf(whole));
    expect(model.loadReport).toEqual({ newWeights: [], unexpected: [] });
  });

  it.each<[object, RegExp]>([
    [{ vocab_size: 31 }, /bert.embeddings.word_embeddings.weight must have shape \(31, 12\), got \(30, 12\)/],
    [{ intermediate_size: 21 }, /layer.0.intermediate.dense.weight must have shape \(21, 12\), got \(20, 12\)/],
    [{ hidden_size: 15 }, /word_embeddings.weight must have shape \(30, 15\), got \(30, 12\)/],
    [{ num_hidden_layers: 3 }, /must hold the whole encoder, got none of bert.encoder.layer.2.*and 11 more/],
  ])('names tensor, expected and found shape where the config says %j', async (fields, text) => {
    const lying = join(folder, 'lying');
    await saveChanged(base, lying, () => {});
    const json = JSON.parse(await readFile(join(base, 'config.json'), 'utf8')) as object;
    await writeFile(join(lying, 'config.json'), JSON.stringify({ ...json, ...fields }));
    const { liveTensors } = memory();
    const error = await AutoModelForSequenceClassification.fromPretrained(lying).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as Error).message).toMatch(text);
    if (!('num_hidden_layers' in fields))
      expect((error as CheckpointError).fields).toMatchObject({
        expected: expect.any(Array) as object,
        shape: expect.any(Array) as object,
      });
    expect(memory().liveTensors).toBe(liveTensors);
  });

  it('finds a tied decoder that was saved under its own name', async () => {
    const tied = join(folder, 'tied');
    const source = join(folder, 'tied_source');
    using model = AutoModelForMaskedLM.fromConfig(new BertConfig(sizes), { seed: 9 });
    await model.savePretrained(source);
    await saveChanged(source, tied, (tensors) => {
      for (const [name, other] of [
        ['bert.embeddings.word_embeddings.weight', 'cls.predictions.decoder.weight'],
        ['cls.predictions.bias', 'cls.predictions.decoder.bias'],
      ] as const) {
        tensors.set(other, tensors.get(name)!);
        tensors.delete(name);
      }
    });
    using loaded = await AutoModelForMaskedLM.fromPretrained(tied);
    expect(await valuesOf(loaded)).toEqual(await valuesOf(model));
    expect(loaded.loadReport).toEqual({ newWeights: [], unexpected: [] });
  });

  it('refuses a folder that lacks a tensor of the encoder, and leaks nothing', async () => {
    const broken = join(folder, 'broken');
    await saveChanged(base, broken, (tensors) => void tensors.delete('bert.encoder.layer.0.attention.self.key.weight'));
    const { liveTensors } = memory();
    await expect(AutoModelForSequenceClassification.fromPretrained(broken)).rejects.toThrow(
      /must hold the whole encoder, got none of bert.encoder.layer.0.attention.self.key.weight/,
    );
    expect(memory().liveTensors).toBe(liveTensors);
  });

  it('refuses tensors of another shape than the config says', async () => {
    const wrong = join(folder, 'wrong');
    await saveChanged(base, wrong, (tensors) => void tensors.set('classifier.weight', tensor([[1, 2]])));
    const error = await AutoModelForSequenceClassification.fromPretrained(wrong).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(CheckpointError);
    expect(String(error)).toMatch(/classifier.weight must have shape \(3, 12\), got \(1, 2\)/);
  });

  it('refuses a folder without a config, and a config that is no JSON', async () => {
    await expect(AutoModel.fromPretrained(join(folder, 'nowhere'))).rejects.toThrow(ConfigError);
    const torn = join(folder, 'torn');
    await saveChanged(base, torn, () => {});
    await writeFile(join(torn, 'config.json'), '{"model_type": "bert",');
    await expect(AutoModel.fromPretrained(torn)).rejects.toThrow(ConfigError);
    await writeFile(join(torn, 'config.json'), '[]');
    await expect(AutoModel.fromPretrained(torn)).rejects.toThrow(/must hold an object/);
  });

  it.each<[string, (deep: string) => string]>([
    ['whole file', (deep) => deep],
    ['hidden_size', (deep) => `{"model_type":"bert","hidden_size":${deep}}`],
    ['model_type', (deep) => `{"model_type":${deep}}`],
    ['unknown field', (deep) => `{"model_type":"bert","odd":${deep}}`],
  ])('refuses a config whose %s is nested without end', async (_, text) => {
    const nested = join(folder, 'nested');
    await saveChanged(base, nested, () => {});
    await writeFile(join(nested, 'config.json'), text('['.repeat(200_000) + ']'.repeat(200_000)));
    const error = await AutoModel.fromPretrained(nested).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toContain('must be JSON, got values nested more than 500 deep for ');
  });

  it('saves an unknown field nested as deep as is taken', async () => {
    const nested = join(folder, 'nested-less');
    await saveChanged(base, nested, () => {});
    const json = JSON.parse(await readFile(join(base, 'config.json'), 'utf8')) as object;
    const odd: unknown = JSON.parse('['.repeat(499) + ']'.repeat(499));
    await writeFile(join(nested, 'config.json'), JSON.stringify({ ...json, odd }));
    using model = await AutoModel.fromPretrained(nested);
    await model.savePretrained(nested);
    using again = await AutoModel.fromPretrained(nested);
    expect(again.config.toJson()['odd']).toEqual(odd);
  });

  it('refuses a folder that is no path', async () => {
    const missing = null as unknown as string;
    await expect(AutoModel.fromPretrained(missing)).rejects.toThrow(
      new ConfigError('fromPretrained: the folder must be a path, got null', { path: null }),
    );
    using model = await AutoModel.fromPretrained(base);
    await expect(model.savePretrained(missing)).rejects.toThrow(CheckpointError);
  });

  it('takes nothing from a tensor named __proto__', async () => {
    const odd = join(folder, 'proto');
    await saveChanged(base, odd, (tensors) => tensors.set('__proto__', tensor([1])));
    using model = await AutoModel.fromPretrained(odd);
    expect(model.loadReport?.unexpected).toContain('__proto__');
  });

  it('refuses an architecture it does not know, naming those it does', async () => {
    const odd = join(folder, 'odd');
    await saveChanged(base, odd, () => {});
    await writeFile(join(odd, 'config.json'), '{"model_type": "bert", "architectures": ["BertForPoetry"]}');
    await expect(loadModel(odd)).rejects.toThrow(
      /architectures must name one of BertModel, BertForSequenceClassification/,
    );
  });

  it.each([
    [{ num_labels: 5 }, 'numLabels'],
    [{ torch_dtype: 'bfloat16' }, 'dtype'],
    [{ devise: 'cpu' }, 'device'],
  ])('refuses %j and names %s', async (options, name) => {
    const text = new RegExp(`got ${Object.keys(options)[0]} \\(did you mean "${name}"\\?\\)`);
    await expect(AutoModel.fromPretrained(base, options as object)).rejects.toThrow(text);
    await expect(loadModel(base, options as object)).rejects.toThrow(ConfigError);
  });

  it('refuses options that nobody reads in making and saving too', async () => {
    const config = await AutoConfig.fromPretrained(base);
    expect(() => AutoModel.fromConfig(config, { devise: 'cpu' } as object)).toThrow(/^fromConfig: .*mean "device"/);
    using model = AutoModel.fromConfig(config);
    await expect(model.savePretrained(base, { maxShardsize: 1 } as object)).rejects.toThrow(/mean "maxShardSize"/);
  });

  it('takes other config fields, and refuses names that the family does not have', async () => {
    using model = await AutoModel.fromPretrained(base, { config: { hiddenDropoutProb: 0.3 } });
    expect((model.config as BertConfig).hiddenDropoutProb).toBe(0.3);
    await expect(AutoModel.fromPretrained(base, { config: { dropuot: 1 } })).rejects.toThrow(ConfigError);
  });
});
