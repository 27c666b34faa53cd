import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AlbertConfig,
  AutoModel,
  AutoModelForMaskedLM,
  AutoModelForSequenceClassification,
  BertConfig,
  Dataset,
  devices,
  DTypeError,
  ElectraConfig,
  fromShared,
  linearInt8Weight,
  MPNetConfig,
  noGrad,
  pipeline,
  randn,
  Trainer,
  TrainingArguments,
  trainWordPiece,
  UnsupportedOpError,
} from '../../lib/index.js';

const SIZES = { vocabSize: 300, hiddenSize: 64, numHiddenLayers: 2, numAttentionHeads: 4, intermediateSize: 128 };
const config = new BertConfig(SIZES);
const inputs = {
  inputIds: [
    [2, 7, 9, 201, 3],
    [2, 5, 3],
  ],
};
const place = { device: 'cpu', seed: 1 } as const;

/** |a - b| / |b|. */
function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const norm = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));
  return norm(Array.from(a, (x, i) => x - b[i]!)) / norm(b);
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gridstride-int8-'));
  using model = AutoModelForSequenceClassification.fromConfig(config, place);
  await model.savePretrained(folder);
});
afterAll(() => rm(folder, { recursive: true }));

describe('a model of 8-bit integers', () => {
  it.each([
    ['BERT', config],
    ['ALBERT', new AlbertConfig({ ...SIZES, embeddingSize: 32 })],
    ['ELECTRA', new ElectraConfig({ ...SIZES, embeddingSize: 32 })],
    ['MPNet', new MPNetConfig(SIZES)],
  ])('of the family %s gives nearly the same states', async (_, each) => {
    const states = async (dtype: 'f32' | 'int8') => {
      using model = AutoModel.fromConfig(each, { ...place, dtype });
      expect(model.isInt8).toBe(dtype === 'int8');
      expect(model.dtype).toBe('f32');
      return (await noGrad(() => model.forward(inputs)).lastHiddenState.data()) as Float32Array;
    };
    const [wide, narrow] = [await states('f32'), await states('int8')];
    const difference = apart(narrow, wide);
    expect(difference).toBeGreaterThan(1e-5); // it is another computation
    expect(difference).toBeLessThan(0.03);
  });

  it('loads from a folder as fromConfig makes it, and replays the same bits', async () => {
    using made = AutoModelForSequenceClassification.fromConfig(config, { ...place, dtype: 'int8' });
    using loaded = await AutoModelForSequenceClassification.fromPretrained(folder, { device: 'cpu', dtype: 'int8' });
    expect(loaded.loadReport).toEqual({ newWeights: [], unexpected: [] });
    const logits = (model: typeof made) => noGrad(() => model.forward(inputs)).logits.toArray();
    const expected = await logits(made);
    expect(await logits(loaded)).toEqual(expected);
    loaded.compile({ buckets: [{ batch: 2, tokens: 8, maxLength: 8 }] });
    await logits(loaded);
    expect(await logits(loaded)).toEqual(expected);
    const twin = fromShared(structuredClone(made.share())) as typeof made;
    expect(twin.isInt8).toBe(true);
    expect(await logits(twin)).toEqual(expected);
    twin.dispose();
  });

  it('keeps the words of a tied vocabulary in f32', async () => {
    const forward = async (dtype: 'f32' | 'int8') => {
      using model = AutoModelForMaskedLM.fromConfig(config, { ...place, dtype });
      return (await noGrad(() => model.forward(inputs)).logits.data()) as Float32Array;
    };
    expect(apart(await forward('int8'), await forward('f32'))).toBeLessThan(0.03);
  });

  it('is for inference alone', async () => {
    using model = await AutoModelForSequenceClassification.fromPretrained(folder, { device: 'cpu', dtype: 'int8' });
    const refused = expect.objectContaining({ message: expect.stringMatching(/for inference/) as string }) as Error;
    expect(() => model.train()).toThrow(UnsupportedOpError);
    expect(() => model.to({ dtype: 'bf16' })).toThrow(refused);
    await expect(model.savePretrained(path.join(folder, 'never'))).rejects.toThrow(UnsupportedOpError);
    expect(() => model.stateDict()).toThrow(UnsupportedOpError);
    const args = new TrainingArguments({ outputDir: path.join(folder, 'run'), maxSteps: 1, reportTo: [] });
    const trainDataset = Dataset.fromArray([{ inputIds: [2, 3], label: 0 }]);
    await expect(new Trainer({ model, args, trainDataset }).train()).rejects.toThrow(UnsupportedOpError);
    expect(() => linearInt8Weight(randn([3, 4]).withGrad())).toThrow(UnsupportedOpError);
    expect(model.forward({ ...inputs, labels: [0, 1] }).loss.requiresGrad).toBe(false);
  });

  it('serves a pipeline', async () => {
    const tokenizer = await trainWordPiece(['a good film', 'a bad film'], { vocabSize: 60, minFrequency: 1 });
    const classify = await pipeline('text-classification', folder, { device: 'cpu', dtype: 'int8', tokenizer });
    expect(classify.model.isInt8).toBe(true);
    expect(await classify(['a good film', 'a bad film'])).toHaveLength(2);
    classify.dispose();
  });
});

describe('dtype fastest', () => {
  it('is bf16 where the processor multiplies it, else f32', async () => {
    const chosen = async (device: string) => {
      using model = await AutoModelForSequenceClassification.fromPretrained(folder, { device, dtype: 'fastest' });
      return model.dtype;
    };
    const sets = devices()[0]!.instructionSets!;
    expect(await chosen('cpu:reference')).toBe('f32');
    for (const set of sets) expect(await chosen(`cpu:${set}`)).toBe(/bf16|amx/.test(set) ? 'bf16' : 'f32');
    expect(await chosen('cpu')).toBe(/bf16|amx/.test(devices()[0]!.name) ? 'bf16' : 'f32');
  });

  it('is one of the names that are told of where another is given', async () => {
    const load = AutoModel.fromPretrained(folder, { dtype: 'int4' as 'int8' });
    await expect(load).rejects.toThrow(DTypeError);
  });
});
