import { describe, expect, it } from 'vitest';
import {
  AutoModel,
  AutoModelForMaskedLM,
  AutoModelForQuestionAnswering,
  AutoModelForSequenceClassification,
  AutoModelForTokenClassification,
  BertConfig,
  configure,
  DataCollatorWithPacking,
  type ModelInputs,
  noGrad,
  pack,
  tensor,
} from '../../lib/index.js';
import { expectClose } from '../golden/compare.js';

const sizes = {
  vocabSize: 30,
  hiddenSize: 12,
  numHiddenLayers: 2,
  numAttentionHeads: 3,
  intermediateSize: 20,
  maxPositionEmbeddings: 8,
};
const config = (extra: object = {}) => new BertConfig({ ...sizes, ...extra });
const ids = [
  [2, 7, 9, 3],
  [2, 5, 3],
];

describe('forward', () => {
  it('takes rows, shaped data, tensors and packed batches alike', async () => {
    using model = AutoModelForTokenClassification.fromConfig(config(), { seed: 1 });
    const padded = [
      [2, 7, 9, 3],
      [2, 5, 3, 0],
    ];
    const mask = [
      [1, 1, 1, 1],
      [1, 1, 1, 0],
    ];
    const rows = await model.forward({ inputIds: ids }).logits.toArray();
    expect((rows as number[][][])[1]![3]).toEqual([0, 0]);
    const given: ModelInputs[] = [
      { inputIds: padded, attentionMask: mask },
      { inputIds: { data: Int32Array.from(padded.flat()), shape: [2, 4] }, attentionMask: mask },
      { inputIds: tensor(padded, { dtype: 'i64' }), attentionMask: tensor(mask, { dtype: 'i32' }) },
      { inputIds: ids.map((row) => BigInt64Array.from(row, BigInt)) },
    ];
    for (const inputs of given) expect(await model.forward(inputs).logits.toArray()).toEqual(rows);
    const batch = new DataCollatorWithPacking().collate(ids.map((inputIds) => ({ inputIds })));
    const flat = (rows as number[][][]).flatMap((row, r) => row.slice(0, ids[r]!.length));
    expect(await model.forward(batch).logits.toArray()).toEqual(flat);
  });

  it('gives a packed sequence what it gives the same one alone', async () => {
    using model = AutoModel.fromConfig(config(), { seed: 1 });
    const together = (await model.forward({ inputIds: ids }).lastHiddenState.toArray()) as number[][][];
    for (const [r, row] of ids.entries()) {
      const alone = (await model.forward({ inputIds: [row] }).lastHiddenState.toArray()) as number[][][];
      expectClose(together[r]!.slice(0, row.length).flat(), alone[0]!.flat(), { absolute: 1e-5 });
    }
  });

  it('takes embeddings in place of ids, padded and packed, with a gradient', async () => {
    using model = AutoModelForSequenceClassification.fromConfig(config(), { seed: 1 });
    const expected = await model.forward({ inputIds: ids }).logits.toArray();
    const words = (await model.encoder.embeddings.words.weight.toArray()) as number[][];
    const rows = ids.map((row) => [...row, 0].slice(0, 4).map((id) => words[id]!));
    const inputsEmbeds = tensor(rows, { requiresGrad: true });
    const attentionMask = [
      [1, 1, 1, 1],
      [1, 1, 1, 0],
    ];
    const { logits, loss } = model.forward({ inputsEmbeds, attentionMask, labels: [0, 1] });
    expect(await logits.toArray()).toEqual(expected);
    loss.backward();
    const dx = (await inputsEmbeds.grad!.toArray()) as number[][][];
    expect(dx[1]![3]!.every((value) => value === 0)).toBe(true);
    expect(dx[1]![2]!.some((value) => value !== 0)).toBe(true);
    const packed = tensor(rows.flatMap((row, r) => row.slice(0, ids[r]!.length)));
    expect(await model.forward({ inputsEmbeds: packed, lengths: [4, 3] }).logits.toArray()).toEqual(expected);
  });

  it('returns what was asked for alone', () => {
    using model = AutoModel.fromConfig(config());
    const keys = (inputs: ModelInputs) => Object.keys(model.forward({ inputIds: ids, ...inputs })).sort();
    expect(keys({})).toEqual(['lastHiddenState', 'poolerOutput']);
    expect(keys({ returns: ['lastHiddenState'] })).toEqual(['lastHiddenState']);
    expect(keys({ outputHiddenStates: true, outputAttentions: true })).toEqual([
      'attentions',
      'hiddenStates',
      'lastHiddenState',
      'poolerOutput',
    ]);
    const { attentions, hiddenStates } = model.forward({
      inputIds: ids,
      outputHiddenStates: true,
      outputAttentions: true,
    });
    expect(hiddenStates!.map(({ shape }) => shape)).toEqual([1, 2, 3].map(() => [2, 4, 12]));
    expect(attentions!.map(({ shape }) => shape)).toEqual([1, 2].map(() => [2, 3, 4, 4]));
  });

  it('computes the masked words loss from the labelled tokens alone when logits are not asked for', async () => {
    using model = AutoModelForMaskedLM.fromConfig(config(), { seed: 2 });
    const labels = [
      [-100, 4, -100, -100],
      [-100, -100, 6],
    ];
    const full = await model.forward({ inputIds: ids, labels }).loss.item();
    const sparse = await model.forward({ inputIds: ids, labels, returns: ['loss'] }).loss.item();
    expect(sparse).toBeCloseTo(full, 5);
  });

  it('ignores padding in the loss of answers', async () => {
    using model = AutoModelForQuestionAnswering.fromConfig(config(), { seed: 2 });
    const answers = { startPositions: [1, 0], endPositions: [2, 2] };
    const together = await model.forward({ inputIds: ids, ...answers }).loss.item();
    const alone = await Promise.all(
      ids.map((row, r) =>
        model
          .forward({
            inputIds: [row],
            startPositions: [answers.startPositions[r]!],
            endPositions: [answers.endPositions[r]!],
          })
          .loss.item(),
      ),
    );
    expect(together).toBeCloseTo((alone[0]! + alone[1]!) / 2, 5);
    const beyond = await model.forward({ inputIds: ids, startPositions: [1, 4], endPositions: [2, 9] }).loss.item();
    expect(beyond).toBeCloseTo(alone[0]!, 5);
  });

  it('learns: the loss falls under a few steps of plain descent', async () => {
    using model = AutoModelForSequenceClassification.fromConfig(config({ initializerRange: 0.3 }), { seed: 4 });
    const losses: number[] = [];
    for (let step = 0; step < 5; step++) {
      const { loss } = model.forward({ inputIds: ids, labels: [0, 1], returns: ['loss'] });
      loss.backward();
      losses.push(await loss.item());
      for (const parameter of model.parameters()) {
        const [values, slope] = [await parameter.data(), await parameter.grad!.data()];
        parameter.write(Float32Array.from(values as Float32Array, (value, i) => value - 0.1 * Number(slope[i])));
      }
      model.zeroGrad();
    }
    expect(losses.at(-1)!).toBeLessThan(losses[0]! * 0.9);
  });

  it('gives the same bits with 1, 2 and 4 threads, dropout included', async () => {
    const run = async (threads: number) => {
      configure({ threads });
      using model = AutoModelForSequenceClassification.fromConfig(config(), { seed: 3 }).train();
      model.seedDropout(17);
      const { logits, loss } = model.forward({ inputIds: ids, labels: [0, 1] });
      loss.backward();
      const gradients = await Promise.all(model.parameters().map(async ({ grad }) => [...(await grad!.data())]));
      return [[...(await logits.data())], ...gradients];
    };
    const one = await run(1);
    expect(await run(2)).toEqual(one);
    expect(await run(4)).toEqual(one);
    configure({ threads: 2 });
  });

  it('drops differently at each call in training, and the same after seeding anew', async () => {
    using model = AutoModelForSequenceClassification.fromConfig(config(), { seed: 3 }).train();
    const call = () => model.forward({ inputIds: ids }).logits.toArray();
    model.seedDropout(1);
    const [first, second] = [await call(), await call()];
    expect(second).not.toEqual(first);
    model.seedDropout(1);
    expect(await call()).toEqual(first);
    model.eval();
    expect(await call()).toEqual(await call());
  });

  it.each(['bf16', 'f16'] as const)('computes in %s close to f32', async (dtype) => {
    using model = AutoModelForSequenceClassification.fromConfig(config(), { seed: 1 });
    const { logits, loss } = noGrad(() => model.forward({ inputIds: ids, labels: [0, 1] }));
    const expected = (await logits.toArray()) as number[][];
    const lossBefore = await loss.item();
    model.to({ dtype });
    const half = model.forward({ inputIds: ids, labels: [0, 1] });
    expect(half.logits.dtype).toBe(dtype);
    expectClose(((await half.logits.toArray()) as number[][]).flat(), expected.flat(), {
      absolute: 0.01,
      relative: 0.05,
    });
    expect(await half.loss.item()).toBeCloseTo(lossBefore, 1);
    half.loss.backward();
    expect(model.classifier.weight.grad?.dtype).toBeDefined();
  });
});

describe('forward refuses', () => {
  const bad: [what: string, inputs: ModelInputs, text: RegExp][] = [
    ['no inputs', undefined as never, /^BertForSequenceClassification: inputs must be an object, got undefined/],
    ['null', null as never, /inputs must be an object, got null/],
    [
      'inputs of another spelling',
      { inputIds: ids, attention_mask: ids } as ModelInputs,
      /inputs must be among inputIds, .*, got attention_mask \(did you mean "attentionMask"\?\)/,
    ],
    ['ids out of range', { inputIds: [[2, 30]] }, /inputIds must lie in \[0, 30\), got 30 at token 1 of row 0/],
    ['negative ids', { inputIds: [[2], [-1]] }, /inputIds must lie in \[0, 30\), got -1 at token 0 of row 1/],
    [
      'long texts',
      { inputIds: [[2], Array.from({ length: 9 }, () => 5)] },
      /at most 8 tokens, got 9 in row 1; truncate/,
    ],
    [
      'long packed texts',
      { inputIds: new Int32Array(9), positionIds: Int32Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8]), lengths: [9] },
      /at most 8 tokens, got 9 in row 0/,
    ],
    [
      'token types out of range',
      {
        inputIds: ids,
        tokenTypeIds: [
          [0, 0, 1, 2],
          [0, 0, 0],
        ],
      },
      /tokenTypeIds must lie in \[0, 2\), got 2 at token 3 of row 0/,
    ],
    ['positions out of range', { inputIds: [[1]], positionIds: [[8]] }, /positionIds must lie in \[0, 8\), got 8/],
    ['an empty batch', { inputIds: [] }, /BertForSequenceClassification: a batch must hold a sequence/],
    ['labels out of range', { inputIds: ids, labels: [0, 2] }, /labels must lie in \[0, 2\) or be -100, got 2 at 1/],
    [
      'a label of null',
      { inputIds: ids, labels: { data: [0, null as never], shape: [2] } },
      /labels must lie in .*, got null at 1/,
    ],
    ['too few labels', { inputIds: ids, labels: [0] }, /labels must be one class per sequence \(2\), got \(1\)/],
    [
      'an output that nobody has',
      { inputIds: ids, returns: ['logit' as never] },
      /returns must name outputs .* got logit/,
    ],
    [
      'embeddings of another size',
      { inputsEmbeds: tensor([[[1, 2]]]) },
      /inputsEmbeds must have 12 features, got \(1, 1, 2\)/,
    ],
    [
      'embeddings of another device',
      { inputsEmbeds: tensor([[[1]]], { device: 'cpu:reference' }) },
      /model's device cpu, got inputsEmbeds on cpu:reference/,
    ],
  ];
  it.each(bad)('%s', (_, inputs, text) => {
    using fresh = AutoModelForSequenceClassification.fromConfig(config());
    expect(() => fresh.forward(inputs)).toThrow(text);
  });

  it('answers that point at hidden tokens', () => {
    using pointing = AutoModelForQuestionAnswering.fromConfig(config());
    const inputs = { inputIds: [[2, 5, 3]], attentionMask: [[1, 0, 1]], endPositions: [2] };
    expect(() => pointing.forward({ ...inputs, startPositions: [1] })).toThrow(
      /must point at a token, got column 1 of row 0/,
    );
    expect(() => pointing.forward({ ...inputs, startPositions: [-1] })).toThrow(/must be columns from 0, got -1/);
    expect(() => AutoModelForQuestionAnswering.fromConfig(config({ numLabels: 3 }))).toThrow(/numLabels must be 2/);
  });

  it('a mask computed on the device, until pack has read it', async () => {
    const { notEqual } = await import('../../lib/index.js');
    using masked = AutoModel.fromConfig(config(), { seed: 1 });
    const inputIds = tensor(
      [
        [2, 7, 3],
        [2, 3, 0],
      ],
      { dtype: 'i32' },
    );
    const attentionMask = notEqual(inputIds, 0);
    expect(() => masked.forward({ inputIds, attentionMask })).toThrow(/await pack\(inputs\)/);
    const packed = await masked.forward(await pack({ inputIds, attentionMask })).lastHiddenState.toArray();
    expect(packed).toEqual(
      await masked
        .forward({
          inputIds: [
            [2, 7, 3],
            [2, 3],
          ],
        })
        .lastHiddenState.toArray(),
    );
  });

  it('a model whose heads do not divide it, or whose padding lies outside the vocabulary', () => {
    expect(() => AutoModel.fromConfig(config({ numAttentionHeads: 5 }))).toThrow(
      /must divide the hidden size, got 5 and 12/,
    );
    expect(() => AutoModel.fromConfig(config({ padTokenId: 30 }))).toThrow(/must lie in the vocabulary of 30, got 30/);
  });

  it('a disposed model', () => {
    const gone = AutoModel.fromConfig(config());
    gone.dispose();
    expect(() => gone.forward({ inputIds: ids })).toThrow(/the model was disposed/);
  });
});
