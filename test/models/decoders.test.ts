import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AutoConfig,
  AutoModel,
  AutoModelForCausalLM,
  AutoModelForSequenceClassification,
  AutoModelForTokenClassification,
  CheckpointError,
  ConfigError,
  DataCollatorWithPacking,
  DataError,
  GPT2Config,
  LlamaConfig,
  loadCheckpoint,
  type ModelConfig,
  noGrad,
  type Tensor,
  tensor,
} from '../../lib/index.js';
import { modelDevices } from '../cuda.js';
import { expectClose } from '../golden/compare.js';
import { gradcheck } from '../gradcheck.js';

const gpt2 = { vocabSize: 30, nEmbd: 12, nLayer: 2, nHead: 2, nPositions: 12 };
const llama = {
  vocabSize: 30,
  hiddenSize: 16,
  intermediateSize: 20,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  maxPositionEmbeddings: 12,
};
const configs: Record<string, () => ModelConfig> = {
  'GPT-2': () => new GPT2Config(gpt2),
  LLaMA: () => new LlamaConfig(llama),
};
const families = Object.entries(configs).map(([name, config]) => ({ name, config }));
const place = { device: 'cpu', seed: 4 };
const valuesOf = async (x: Tensor): Promise<number[]> => Array.from(await x.data(), Number);

describe.each(families)('a causal language model: $name', ({ config }) => {
  const rows = [
    [5, 7, 9, 3],
    [6, 2],
    [8, 8, 1],
  ];

  it('shifts labels within each sequence, never across a boundary', async () => {
    using model = AutoModelForCausalLM.fromConfig(config(), place);
    const lossOf = async (inputs: object) => (await model.forward(inputs).loss!.item()) as number;
    const labels = [
      [-100, 7, 9, 3],
      [-100, 2],
      [-100, 8, 1],
    ];
    const packed = { inputIds: Int32Array.from(rows.flat()), lengths: [4, 2, 3] };
    const flat = await lossOf({ ...packed, labels: Int32Array.from(rows.flat()) });
    expect(flat).toBeCloseTo(await lossOf({ inputIds: rows, labels }), 5);
    expect(flat).toBeCloseTo(await lossOf({ ...packed, labels: Int32Array.from(rows.flat()), returns: ['loss'] }), 5);
    // The mean over 3 + 1 + 2 words is that of the sequences alone.
    const alone = await Promise.all(rows.map((row) => lossOf({ inputIds: [row], labels: [row] })));
    expect(flat).toBeCloseTo((3 * alone[0]! + alone[1]! + 2 * alone[2]!) / 6, 5);
  });

  it('gives the logits of the last tokens alone', async () => {
    using model = AutoModelForCausalLM.fromConfig(config(), place);
    const all = (await model.forward({ inputIds: rows }).logits.toArray()) as number[][][];
    const kept = (await model.forward({ inputIds: rows, logitsToKeep: 3 }).logits.toArray()) as number[][][];
    const zeros = all[0]![0]!.map(() => 0);
    rows.forEach((row, r) => {
      const expected = [zeros, zeros, zeros, ...all[r]!.slice(0, row.length)].slice(-3);
      expectClose(kept[r]!.flat(), expected.flat(), { absolute: 1e-5 }, `row ${r}`);
    });
    expect(() => model.forward({ inputIds: rows, logitsToKeep: 0 })).toThrow(
      /logitsToKeep must be a whole number from 1, got 0/,
    );
  });

  it('replays recorded passes with the same result', async () => {
    using model = AutoModelForCausalLM.fromConfig(config(), place);
    using compiled = AutoModelForCausalLM.fromConfig(config(), place);
    compiled.compile({ buckets: [{ batch: 4, tokens: 16, maxLength: 8 }] });
    for (const inputIds of [rows, [[4, 4, 7, 1, 0]], rows.slice(1)]) {
      const inputs = { inputIds, labels: inputIds, logitsToKeep: 1 };
      const [a, b] = noGrad(() => [model.forward(inputs), compiled.forward(inputs)]);
      expectClose(await valuesOf(b!.logits), await valuesOf(a!.logits), { absolute: 1e-5 });
      expect(await b!.loss!.item()).toBeCloseTo(await a!.loss!.item(), 5);
    }
  });

  it('has gradients equal to finite differences, recomputed ones bit for bit', async () => {
    const inputs = { inputIds: rows, labels: rows };
    using exact = AutoModelForCausalLM.fromConfig(config(), { device: 'cpu:reference', dtype: 'f64', seed: 2 });
    const compared = await gradcheck(() => exact.forward(inputs).loss, exact.parameters(), { maxElements: 3 });
    expect(compared).toBeGreaterThan(exact.parameters().length);
    const gradients = await Promise.all(
      [true, false].map(async (on) => {
        using model = AutoModelForCausalLM.fromConfig(config(), place).train().checkpointGradients(on);
        model.seedDropout(3);
        model.forward(inputs).loss.backward();
        return Promise.all(model.parameters().map(({ grad }) => valuesOf(grad!)));
      }),
    );
    expect(gradients[0]).toEqual(gradients[1]);
  });

  it('takes what a collator packs, and embeddings', async () => {
    using model = AutoModelForCausalLM.fromConfig(config(), place);
    const batch = new DataCollatorWithPacking().collate(rows.map((inputIds) => ({ inputIds })));
    const packed = await valuesOf(model.forward(batch).logits);
    const words = (await model.encoder.embeddings.words.weight.toArray()) as number[][];
    const inputsEmbeds = tensor(
      rows.flat().map((id) => words[id]!),
      { device: 'cpu' },
    );
    const { lengths } = batch;
    expectClose(await valuesOf(model.forward({ inputsEmbeds, lengths }).logits), packed, { absolute: 1e-5 });
  });

  it('refuses a sequence longer than its context', () => {
    using model = AutoModelForCausalLM.fromConfig(config(), place);
    const inputIds = [Array.from({ length: 13 }, () => 5)];
    expect(() => model.forward({ inputIds })).toThrow(DataError);
    expect(() => model.forward({ inputIds })).toThrow(/at most 12 tokens, got 13 in row 0; truncate/);
  });
});

describe('classifiers', () => {
  const config = () => new GPT2Config({ ...gpt2, padTokenId: 0, numLabels: 3 });

  it('read the last token that is no padding, on whichever side that stands', async () => {
    using model = AutoModelForSequenceClassification.fromConfig(config(), place);
    const alone = await valuesOf(model.forward({ inputIds: [[5, 7, 9]] }).logits);
    const padded = await valuesOf(model.forward({ inputIds: [[5, 7, 9, 0, 0]] }).logits);
    expectClose(padded, alone, { absolute: 1e-5 });
    const inputs = { inputIds: [[0, 5, 7, 9]], attentionMask: [[0, 1, 1, 1]], positionIds: [[0, 0, 1, 2]] };
    expectClose(await valuesOf(model.forward(inputs).logits), alone, { absolute: 1e-5 });
  });

  it.each(modelDevices)('train on %s', async (device) => {
    using model = AutoModelForTokenClassification.fromConfig(config(), { device, seed: 1 }).train();
    const { loss } = model.forward({ inputIds: [[5, 7]], labels: [[1, 2]] });
    loss.backward();
    expect(model.parameters().every(({ grad }) => grad !== undefined)).toBe(true);
  });
});

describe('LLaMA', () => {
  const rope = (fields: object) => () => AutoModel.fromConfig(new LlamaConfig({ ...llama, ...fields }), place);

  it.each<[string, object, RegExp]>([
    [
      'an unknown kind of rotary positions',
      { ropeScaling: { type: 'longrope' } },
      /rope_type must be one of default, linear/,
    ],
    [
      'a scaling without its factor',
      { ropeParameters: { rope_type: 'dynamic' } },
      /factor must be a number from 1, got/,
    ],
    [
      'frequency factors the wrong way round',
      { ropeScaling: { rope_type: 'llama3', factor: 2, low_freq_factor: 4, high_freq_factor: 1 } },
      /high_freq_factor must be above low_freq_factor 4, got 1/,
    ],
    [
      'heads that only turn in part',
      { ropeParameters: { partial_rotary_factor: 0.5 } },
      /partial_rotary_factor must be 1/,
    ],
    ['heads that groups do not divide', { numKeyValueHeads: 3 }, /key\/value heads must divide the heads, got 3 and 4/],
    ['heads of an odd size', { headDim: 5 }, /heads that turn must have an even size, got 5/],
    ['rotary positions that are no object', { ropeScaling: 'linear' }, /ropeScaling must be an object or null/],
  ])('refuses %s', (_, fields, message) => {
    expect(rope(fields)).toThrow(ConfigError);
    expect(rope(fields)).toThrow(message);
  });

  it('keeps the spelling of its rotary positions', () => {
    for (const fields of [
      { rope_theta: 500, rope_scaling: { type: 'linear', factor: 2 } },
      { rope_parameters: { rope_type: 'default', rope_theta: 500 } },
    ])
      expect(AutoConfig.fromJson({ model_type: 'llama', ...fields }).toJson()).toMatchObject(fields);
  });

  it('has a longer context where its positions are stretched', () => {
    using model = rope({ ropeScaling: { rope_type: 'dynamic', factor: 2 } })();
    expect(model.encoder.maxLength).toBe(24);
  });
});

describe('a saved folder', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gridstride-decoders-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(families)(
    'of $name holds the layers as Python names and lays them out, and loads as it was',
    async ({ config }) => {
      using model = AutoModelForCausalLM.fromConfig(config(), place);
      await model.savePretrained(folder);
      const tensors = await loadCheckpoint(folder, { device: 'cpu' });
      const shapeOf = (name: string) => tensors.get(name)?.shape;
      if (model.config.modelType === 'gpt2')
        expect([shapeOf('transformer.h.1.attn.c_attn.weight'), shapeOf('transformer.h.0.mlp.c_fc.weight')]).toEqual([
          [12, 36],
          [12, 48],
        ]);
      else
        expect([shapeOf('model.layers.1.self_attn.k_proj.weight'), shapeOf('lm_head.weight')]).toEqual([
          [8, 16],
          [30, 16],
        ]);
      using loaded = await AutoModelForCausalLM.fromPretrained(folder);
      const inputs = { inputIds: [[5, 7, 9]] };
      expect(await valuesOf(loaded.forward(inputs).logits)).toEqual(await valuesOf(model.forward(inputs).logits));
      expect(loaded.loadReport).toEqual({ newWeights: [], unexpected: [] });
      using base = await AutoModel.fromPretrained(folder);
      expect(base.architecture).toMatch(/Model$/);
      using trained = await AutoModelForSequenceClassification.fromPretrained(folder, { numLabels: 4 });
      expect(trained.loadReport?.newWeights).toEqual(['score.weight']);
    },
  );

  it('writes whole numbers as the floats that Python wants', async () => {
    using model = AutoModel.fromConfig(new GPT2Config({ ...gpt2, initializerRange: 1 }), place);
    await model.savePretrained(folder);
    expect(await readFile(join(folder, 'config.json'), 'utf8')).toContain('"initializer_range": 1.0,');
  });

  it('of other sizes than its config names the tensor, the expected and the found shape', async () => {
    using model = AutoModelForCausalLM.fromConfig(new GPT2Config({ ...gpt2, nInner: 20 }), place);
    await model.savePretrained(folder);
    const load = AutoModelForCausalLM.fromPretrained(folder, { config: { nInner: 24 } });
    await expect(load).rejects.toThrow(CheckpointError);
    await expect(load).rejects.toThrow(
      /transformer\.h\.0\.mlp\.c_fc\.weight must have shape \(12, 24\), got \(12, 20\)/,
    );
  });
});
