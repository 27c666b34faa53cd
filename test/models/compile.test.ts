import { describe, expect, it, vi } from 'vitest';
import {
  AutoModel,
  AutoModelForMaskedLM,
  AutoModelForMultipleChoice,
  AutoModelForPreTraining,
  AutoModelForQuestionAnswering,
  AutoModelForSequenceClassification,
  AutoModelForTokenClassification,
  add,
  BertConfig,
  capture,
  DebertaV2Config,
  DistilBertConfig,
  ElectraConfig,
  LongformerConfig,
  memory,
  MPNetConfig,
  type ModelInputs,
  type ModelOutput,
  noGrad,
  type PreTrainedModel,
  RobertaConfig,
  sync,
  type Tensor,
  tensor,
} from '../../lib/index.js';
import { modelDevices } from '../cuda.js';
import { expectClose } from '../golden/compare.js';

const buckets = [
  { batch: 2, tokens: 8, maxLength: 6 },
  { batch: 4, tokens: 24, maxLength: 9 },
];

const sizes = {
  vocabSize: 30,
  hiddenSize: 16,
  numHiddenLayers: 2,
  numAttentionHeads: 2,
  intermediateSize: 24,
  maxPositionEmbeddings: 12,
};
const bert = () => new BertConfig(sizes);
const distilbert = () =>
  new DistilBertConfig({ vocabSize: 30, dim: 16, nLayers: 2, nHeads: 2, hiddenDim: 24, maxPositionEmbeddings: 12 });

/** Terms by distance, and a convolution over neighbours. */
const disentangled = {
  relativeAttention: true,
  posAttType: ['c2p', 'p2c'],
  positionBuckets: 6,
  convKernelSize: 3,
} as const;

/** Rows of so many tokens each. */
const ragged = (...lengths: number[]) =>
  lengths.map((n, row) => Array.from({ length: n }, (_, i) => 2 + ((7 * row + 3 * i) % 28)));

/** The first bucket, the second, the first, the second ...: recorded, replayed op by op, then as a graph. */
const batches = [
  ragged(3, 5),
  ragged(9, 1, 4),
  ragged(1),
  ragged(2, 2, 2, 2),
  ragged(6, 2),
  ragged(9, 9, 5, 1),
  ragged(4, 3),
];

interface Outputs {
  [name: string]: { shape: readonly number[]; values: number[] };
}

/** Every output of a pass without gradients, on the host. */
async function outputsOf(model: PreTrainedModel, inputs: ModelInputs): Promise<Outputs> {
  const outputs = noGrad(() => model.forward(inputs as never)) as ModelOutput;
  try {
    const named = Object.entries(outputs) as [string, Tensor][];
    const read = named.map(async ([name, value]) => {
      const values = Array.from(await value.data(), Number);
      return [name, { shape: value.shape, values }] as const;
    });
    return Object.fromEntries(await Promise.all(read));
  } finally {
    outputs.dispose();
  }
}

/** Products of more rows may add up in another order: not the same bits, but no difference beyond rounding. */
async function expectEqual(plain: PreTrainedModel, compiled: PreTrainedModel, inputs: ModelInputs, within = 2e-6) {
  const [wanted, given] = [await outputsOf(plain, inputs), await outputsOf(compiled, inputs)];
  expect(Object.keys(given)).toEqual(Object.keys(wanted));
  for (const [name, { shape, values }] of Object.entries(wanted)) {
    expect(given[name]!.shape).toEqual(shape);
    expectClose(given[name]!.values, values, { absolute: within, relative: within });
  }
}

describe.each(modelDevices)('a compiled model on %s', (device) => {
  const place = { device, seed: 3 };
  const pair = <Model extends PreTrainedModel>(make: () => Model): [Model, Model] => [
    make().eval() as Model,
    make().eval().compile({ buckets }) as Model,
  ];

  it.each([
    ['BERT', bert],
    ['DistilBERT', distilbert],
    ['RoBERTa', () => new RobertaConfig(sizes)],
    ['MPNet', () => new MPNetConfig(sizes)],
    ['DeBERTa', () => new DebertaV2Config({ ...sizes, ...disentangled })],
    ['Longformer', () => new LongformerConfig({ ...sizes, attentionWindow: 4 })],
  ])('%s gives what it gives without, for ragged batches of every bucket', async (_, config) => {
    const [plain, compiled] = pair(() => AutoModel.fromConfig(config(), place));
    const compute = vi.spyOn(compiled, 'compute');
    for (const inputIds of batches) await expectEqual(plain, compiled, { inputIds });
    expect(compute).toHaveBeenCalledTimes(buckets.length);
    const lengths = [3, 4, 1];
    for (let i = 0; i < 3; i++)
      await expectEqual(plain, compiled, {
        inputIds: Int32Array.from({ length: 8 }, (_, t) => (t * 5 + i) % 30),
        lengths,
      });
  });

  it.each([
    [
      'classes',
      AutoModelForSequenceClassification,
      (rows: number[][]) => ({ labels: rows.map((row) => row.length % 2) }),
    ],
    [
      'several labels',
      AutoModelForSequenceClassification,
      (rows: number[][]) => ({ labels: rows.map((row) => [row.length / 9, 0.5]) }),
    ],
    [
      'token classes',
      AutoModelForTokenClassification,
      (rows: number[][]) => ({ labels: rows.map((row) => row.map((id) => (id % 7 === 5 ? -100 : id % 2))) }),
    ],
    [
      'words',
      AutoModelForMaskedLM,
      (rows: number[][]) => ({ labels: rows.map((row) => row.map((id, i) => (i === 0 ? id : -100))) }),
    ],
    [
      'answers',
      AutoModelForQuestionAnswering,
      (rows: number[][]) => ({ startPositions: rows.map(() => 0), endPositions: rows.map((row) => row.length - 1) }),
    ],
    [
      'choices',
      AutoModelForMultipleChoice,
      (rows: number[][]) => ({
        numChoices: rows.length === 4 ? 2 : rows.length,
        labels: rows.length === 4 ? [1, -100] : [0],
      }),
    ],
    [
      'replaced tokens',
      AutoModelForPreTraining,
      (rows: number[][]) => ({ labels: rows.map((row) => row.map((id) => id % 2)) }),
    ],
  ] as const)('gives the loss of %s', async (_, head, labelsOf) => {
    const config = head === AutoModelForPreTraining ? new ElectraConfig(sizes) : bert();
    const [plain, compiled] = pair(() => head.fromConfig(config, place) as PreTrainedModel);
    for (const inputIds of batches) await expectEqual(plain, compiled, { inputIds, ...labelsOf(inputIds) });
  });

  it('leaves what it gave alone', async () => {
    const model = AutoModel.fromConfig(bert(), place).eval().compile({ buckets });
    const [first, second] = [ragged(3, 2), ragged(5, 1)].map(
      (inputIds) => noGrad(() => model.forward({ inputIds, returns: ['lastHiddenState'] })).lastHiddenState,
    );
    const alone = noGrad(() =>
      AutoModel.fromConfig(bert(), place)
        .eval()
        .forward({ inputIds: ragged(3, 2) }),
    ).lastHiddenState;
    expectClose([...(await first!.data())].map(Number), [...(await alone.data())].map(Number), { absolute: 2e-6 });
    expect(await second!.data()).not.toEqual(await first!.data());
  });

  it('runs what no bucket holds, and what a recording cannot hold, as before', async () => {
    const [plain, compiled] = pair(() => AutoModel.fromConfig(bert(), place));
    await expectEqual(plain, compiled, { inputIds: ragged(10) });
    await expectEqual(plain, compiled, { inputIds: ragged(1, 1, 1, 1, 1) });
    const held = memory(device).liveBytes;
    for (let i = 0; i < 3; i++) {
      await expectEqual(plain, compiled, {
        inputIds: ragged(3, 3),
        attentionMask: [
          [0, 1, 1],
          [1, 1, 1],
        ],
      });
      const outputs = noGrad(() =>
        compiled.forward({ inputIds: ragged(3), outputHiddenStates: true, outputAttentions: true }),
      );
      expect([outputs.hiddenStates!.length, outputs.attentions!.length]).toEqual([3, 2]);
      outputs.dispose();
    }
    await sync(device);
    expect(memory(device).liveBytes).toBeLessThanOrEqual(held);
    const inner = capture(() => noGrad(() => compiled.forward({ inputIds: ragged(3) })), { device });
    inner.dispose();
  });

  it('drops its recordings when the model is changed, and frees them with it', async () => {
    const inputIds = ragged(3, 5);
    const [plain, compiled] = pair(() => AutoModelForSequenceClassification.fromConfig(bert(), place));
    const check = async (within?: number) => {
      for (let i = 0; i < 3; i++) await expectEqual(plain, compiled, { inputIds }, within);
    };
    await check();
    for (const model of [plain, compiled]) model.to({ dtype: 'bf16' });
    await check(0.02);
    for (const model of [plain, compiled]) model.encoder.layers[1]!.to({ dtype: 'f32' }).eval();
    for (const model of [plain, compiled]) model.to({ dtype: 'f32' });
    await check();
    for (const model of [plain, compiled]) {
      const other = AutoModelForSequenceClassification.fromConfig(bert(), { device, seed: 9 });
      model.loadStateDict(other.stateDict());
    }
    await check();
    for (const model of [plain, compiled]) model.train().seedDropout(5);
    for (let i = 0; i < 3; i++) await outputsOf(compiled, { inputIds });
    for (const model of [plain, compiled]) model.eval();
    await check();
  });

  it('runs a mask with gaps as before where distances are read, as packed neighbours are none', async () => {
    const [plain, compiled] = pair(() => AutoModel.fromConfig(new MPNetConfig(sizes), place));
    const compute = vi.spyOn(compiled, 'compute');
    const gaps = { inputIds: ragged(5), attentionMask: [[1, 1, 0, 0, 1]] };
    await expectEqual(plain, compiled, gaps);
    const whole = { inputIds: [[...ragged(5)[0]!.slice(0, 2), ragged(5)[0]![4]!]] };
    const [apart, joined] = [await outputsOf(plain, gaps), await outputsOf(plain, whole)];
    expect(apart['poolerOutput']!.values).not.toEqual(joined['poolerOutput']!.values);
    await expectEqual(plain, compiled, gaps);
    expect(compute).toHaveBeenCalledTimes(2);
  });

  it('draws new random numbers at each replay, and those of a seed again', async () => {
    const model = AutoModel.fromConfig(bert(), place).train().compile({ buckets });
    const draw = async (): Promise<unknown[]> => {
      model.seedDropout(5);
      const drawn: unknown[] = [];
      for (let i = 0; i < 4; i++) drawn.push(await outputsOf(model, { inputIds: ragged(3, 5) }));
      return drawn;
    };
    const drawn = await draw();
    for (let i = 1; i < drawn.length; i++) expect(drawn[i]).not.toEqual(drawn[i - 1]);
    expect(await draw()).toEqual(drawn);
  });

  it('holds memory while it is compiled, and no longer', async () => {
    using model = AutoModel.fromConfig(bert(), place).eval();
    await outputsOf(model, { inputIds: ragged(3) });
    await sync(device);
    const before = memory(device).liveBytes;
    model.compile({ buckets });
    for (const inputIds of batches) await outputsOf(model, { inputIds });
    await sync(device);
    expect(memory(device).liveBytes).toBeGreaterThan(before + 4096);
    model.compile({ buckets: [] });
    await sync(device);
    expect(memory(device).liveBytes).toBeLessThanOrEqual(before);
  });

  it('hands on the error of an op that a capture cannot hold, at every call', () => {
    const model = AutoModel.fromConfig(bert(), place).eval().compile({ buckets });
    const compute = model.compute.bind(model);
    const elsewhere = tensor([1], { device: 'cpu:reference' });
    model.compute = (tensors, pass) => {
      add(elsewhere, elsewhere);
      return compute(tensors, pass);
    };
    for (let i = 0; i < 2; i++)
      expect(() => noGrad(() => model.forward({ inputIds: ragged(3) }))).toThrow(
        expect.objectContaining({
          name: 'DeviceError',
          message: expect.stringMatching(/^capture: every op must be on/) as string,
        }),
      );
  });
});

describe('compile', () => {
  const model = AutoModel.fromConfig(bert(), { device: 'cpu', seed: 3 });

  it.each([
    [{ bucket: [] }, 'BertModel.compile: option must be one of buckets, got bucket (did you mean "buckets"?)'],
    [{ buckets: 3 }, 'BertModel.compile: buckets must be a list, got number'],
    [
      { buckets: [{ batch: 2, tokens: 8 }] },
      'BertModel.compile: maxLength of buckets[0] must be an integer from 1 to 12, got undefined',
    ],
    [
      { buckets: [{ batch: 2, tokens: 8, maxLength: 13 }] },
      'BertModel.compile: maxLength of buckets[0] must be an integer from 1 to 12, got 13',
    ],
    [
      { buckets: [buckets[0], { ...buckets[0], tokens: 0.5 }] },
      'BertModel.compile: tokens of buckets[1] must be an integer from 1 to 2147483647, got 0.5',
    ],
    [
      { buckets: [{ ...buckets[0], size: 1 }] },
      'BertModel.compile: buckets[0]: option must be one of batch, tokens, maxLength, got size',
    ],
  ])('refuses %j', (options, message) => {
    expect(() => model.compile(options as object)).toThrow(expect.objectContaining({ name: 'ConfigError', message }));
  });

  it('has buckets of its own for common sizes', async () => {
    const plain = AutoModel.fromConfig(bert(), { device: 'cpu', seed: 3 }).eval();
    await expectEqual(plain, AutoModel.fromConfig(bert(), { device: 'cpu', seed: 3 }).eval().compile(), {
      inputIds: ragged(3, 12, 1),
    });
  });
});
