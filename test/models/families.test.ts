import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  AlbertConfig,
  AutoModel,
  AutoModelForMaskedLM,
  AutoModelForMultipleChoice,
  AutoModelForPreTraining,
  AutoModelForQuestionAnswering,
  AutoModelForSequenceClassification,
  BertConfig,
  DataCollatorWithPacking,
  DebertaV2Config,
  ElectraConfig,
  loadCheckpoint,
  LongformerConfig,
  MPNetConfig,
  type PreTrainedModel,
  RobertaConfig,
  saveCheckpoint,
  type Tensor,
  tensor,
  XLMRobertaConfig,
} from '../../lib/index.js';
import type { Encoder } from '../../lib/models/shared/encoder/encoder.js';
import { expectClose } from '../golden/compare.js';

const sizes = { vocabSize: 30, hiddenSize: 12, numHiddenLayers: 2, numAttentionHeads: 2, intermediateSize: 16 };
const limits = { ...sizes, maxPositionEmbeddings: 12 };
const place = { device: 'cpu', seed: 4 };
const valuesOf = async (x: Tensor): Promise<number[]> => Array.from(await x.data(), Number);

/** Saves a model, lets `change` rename its tensors, and loads it anew. */
async function reloaded<Model extends PreTrainedModel>(
  model: PreTrainedModel,
  load: (folder: string) => Promise<Model>,
  change: (tensors: Map<string, Tensor>) => void,
): Promise<Model> {
  const folder = await mkdtemp(join(tmpdir(), 'gridstride-families-'));
  try {
    await model.savePretrained(folder);
    const tensors = await loadCheckpoint(folder, { device: 'cpu' });
    change(tensors);
    await saveCheckpoint(folder, tensors);
    return await load(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function rename(tensors: Map<string, Tensor>, from: string, to: string): void {
  tensors.set(to, tensors.get(from)!);
  tensors.delete(from);
}

describe('RoBERTa', () => {
  const config = new RobertaConfig({ ...limits, typeVocabSize: 1 });
  const model = AutoModel.fromConfig(config, place);

  it('counts positions from the padding token, in packed batches and with embeddings too', async () => {
    const rows = [
      [0, 7, 8, 2],
      [0, 9, 2, 1],
    ];
    const padded = await valuesOf(model.forward({ inputIds: rows }).lastHiddenState);
    const positionIds = [
      [2, 3, 4, 5],
      [2, 3, 4, 1],
    ];
    expect(await valuesOf(model.forward({ inputIds: rows, positionIds }).lastHiddenState)).toEqual(padded);
    const batch = new DataCollatorWithPacking().collate([{ inputIds: rows[0]! }, { inputIds: [0, 9, 2] }]);
    const packed = await valuesOf(model.forward(batch).lastHiddenState);
    packed.slice(0, 4 * 12).forEach((value, i) => expect(value).toBeCloseTo(padded[i]!, 5));
    const words = (await model.encoder.embeddings.words.weight.toArray()) as number[][];
    const inputsEmbeds = tensor([rows[0]!.map((id) => words[id]!)], { device: 'cpu' });
    const embedded = await valuesOf(model.forward({ inputsEmbeds }).lastHiddenState);
    embedded.forEach((value, i) => expect(value).toBeCloseTo(padded[i]!, 5));
  });

  it('has fewer tokens than rows of positions', () => {
    expect(model.encoder.maxLength).toBe(10);
    expect(() => model.forward({ inputIds: [Array.from({ length: 11 }, () => 5)] })).toThrow(
      /at most 10 tokens, got 11 in row 0/,
    );
    expect(() => AutoModel.fromConfig(new RobertaConfig({ ...sizes, maxPositionEmbeddings: 2 }), place)).toThrow(
      /positions follow the padding token's id 1/,
    );
  });

  it('loads what old versions saved: gamma and beta, buffers, the tied vocabulary twice', async () => {
    using old = AutoModelForMaskedLM.fromConfig(config, place);
    using loaded = await reloaded(
      old,
      (folder) => AutoModelForMaskedLM.fromPretrained(folder),
      (tensors) => {
        rename(tensors, 'roberta.embeddings.LayerNorm.weight', 'roberta.embeddings.LayerNorm.gamma');
        rename(tensors, 'roberta.embeddings.LayerNorm.bias', 'roberta.embeddings.LayerNorm.beta');
        tensors.set('roberta.embeddings.position_ids', tensor([[0, 1]], { dtype: 'i64', device: 'cpu' }));
        tensors.set('lm_head.decoder.weight', tensors.get('roberta.embeddings.word_embeddings.weight')!);
        tensors.set('lm_head.decoder.bias', tensors.get('lm_head.bias')!);
      },
    );
    expect(loaded.loadReport).toEqual({ newWeights: [], unexpected: [] });
    const inputs = { inputIds: [[0, 5, 6, 2]] };
    expect(await valuesOf(loaded.forward(inputs).logits)).toEqual(await valuesOf(old.forward(inputs).logits));
  });

  it('has twins under names of their own', () => {
    using twin = AutoModelForMaskedLM.fromConfig(new XLMRobertaConfig(limits), place);
    expect([twin.architecture, twin.config.toJson()['model_type']]).toEqual(['XLMRobertaForMaskedLM', 'xlm-roberta']);
    expect(new XLMRobertaConfig().vocabSize).toBe(30522);
  });
});

describe('ELECTRA', () => {
  const config = new ElectraConfig({ ...limits, embeddingSize: 5 });

  it('takes the encoder of its discriminator under another head', async () => {
    using discriminator = AutoModelForPreTraining.fromConfig(config, place);
    using model = await reloaded(
      discriminator,
      (folder) => AutoModelForSequenceClassification.fromPretrained(folder),
      () => {},
    );
    const dense = ['discriminator_predictions.dense', 'discriminator_predictions.dense_prediction'];
    expect(model.loadReport?.unexpected.sort()).toEqual(
      dense.flatMap((name) => [`${name}.bias`, `${name}.weight`]).sort(),
    );
    expect(model.loadReport?.newWeights).toHaveLength(4);
  });

  it('refuses labels that are neither 0 nor 1, and other families its pre-training', () => {
    using discriminator = AutoModelForPreTraining.fromConfig(config, place);
    const inputs = { inputIds: [[2, 7, 3]] };
    expect(() => discriminator.forward({ ...inputs, labels: [[0, 1, -100]] })).toThrow(/labels must be 0 or 1/);
    expect(() => AutoModelForPreTraining.fromConfig(new BertConfig(limits), place)).toThrow(
      /model_type must be one of electra for this task, got bert/,
    );
  });
});

describe('ALBERT', () => {
  it('holds the weights of shared layers once', () => {
    const config = new AlbertConfig({ ...limits, embeddingSize: 4, numHiddenLayers: 5, numHiddenGroups: 2 });
    using model = AutoModel.fromConfig(config, place);
    const names = model.stateEntries().map(({ name }) => name);
    expect(names.filter((name) => name.endsWith('ffn.weight'))).toEqual(
      [0, 1].map((group) => `encoder.albert_layer_groups.${group}.albert_layers.0.ffn.weight`),
    );
    expect(model.forward({ inputIds: [[2, 7, 3]], outputHiddenStates: true }).hiddenStates).toHaveLength(6);
  });
});

describe('MPNet', () => {
  it('frees its table of buckets with the model', async () => {
    const model = AutoModel.fromConfig(new MPNetConfig(limits), place);
    const [first] = await valuesOf(model.forward({ inputIds: [[0, 7, 2]] }).lastHiddenState);
    expect(first).toBeTypeOf('number');
    const row = model.encoder.distances!.forward({ layout: undefined } as never) as { bucketOf: Tensor };
    model.dispose();
    expect(row.bucketOf.isDisposed).toBe(true);
  });
});

describe('DeBERTa', () => {
  const terms = { relativeAttention: true, posAttType: 'c2p|p2c' as never, positionBuckets: 4 };
  const config = (fields: object = {}) => new DebertaV2Config({ ...limits, ...terms, ...fields });

  it('takes texts of any length where its input knows no positions', async () => {
    using model = AutoModel.fromConfig(config({ positionBiasedInput: false }), place);
    const inputIds = [Array.from({ length: 40 }, (_, i) => 3 + (i % 20))];
    expect(model.forward({ inputIds }).lastHiddenState.shape).toEqual([1, 40, 12]);
    using placed = AutoModel.fromConfig(config(), place);
    expect(() => placed.forward({ inputIds })).toThrow(/at most 12 tokens, got 40/);
  });

  it.each([{}, { convKernelSize: 3, convGroups: 2, embeddingSize: 5 }])(
    'gives a text the same alone, beside others and padded on either side, with %o',
    async (fields) => {
      using model = AutoModelForSequenceClassification.fromConfig(
        config({ ...fields, positionBiasedInput: false }),
        place,
      );
      const [alone] = (await model.forward({ inputIds: [[1, 5, 6, 2]] }).logits.toArray()) as number[][];
      const inputIds = [
        [1, 5, 6, 2, 0, 0],
        [0, 0, 1, 5, 6, 2],
        [1, 9, 8, 7, 5, 2],
      ];
      const attentionMask = inputIds.map((row) => row.map((id) => Number(id > 0)));
      const rows = (await model.forward({ inputIds, attentionMask }).logits.toArray()) as number[][];
      for (const row of rows.slice(0, 2)) expectClose(row, alone!, { absolute: 1e-5 });
      const packed = { inputIds: Int32Array.of(1, 9, 8, 7, 5, 2, 1, 5, 6, 2), lengths: [6, 4] };
      const [, second] = (await model.forward(packed).logits.toArray()) as number[][];
      expectClose(second!, alone!, { absolute: 1e-5 });
    },
  );

  it('frees its tables of buckets with the model', () => {
    const model = AutoModel.fromConfig(config(), place);
    const positions = (model.encoder as Encoder).positions!;
    const { bucketOf } = positions.forward(3);
    expect(positions.forward(4).bucketOf).toBe(bucketOf);
    model.dispose();
    expect(bucketOf.isDisposed).toBe(true);
  });

  it('reads pos_att_type as a text or a list', () => {
    expect(config().posAttType).toEqual(['c2p', 'p2c']);
    expect(new DebertaV2Config().posAttType).toBe(null);
  });

  it.each([
    [{ posAttType: 'p2p' }, /posAttType must name some of c2p, p2c, each once, got "?p2p/],
    [{ posAttType: ['c2p', 'c2p'] }, /posAttType must name some of/],
    [{ poolerHiddenSize: 5 }, /poolerHiddenSize must be hiddenSize 12, got 5/],
    [{ attentionHeadSize: 5 }, /attentionHeadSize must be hiddenSize \/ heads, got 5/],
    [{ convKernelSize: 4 }, /convKernelSize must be odd or 0, got 4/],
    [{ convKernelSize: 3, convGroups: 5 }, /convGroups must divide hiddenSize 12, got 5/],
    [{ legacy: false, embeddingSize: 5 }, /legacy must be true where embeddingSize differs, got false/],
  ])('refuses %o', (fields, message) => {
    expect(() => AutoModel.fromConfig(config(fields), place)).toThrow(message);
  });
});

describe('Longformer', () => {
  const config = new LongformerConfig({ ...limits, maxPositionEmbeddings: 40, attentionWindow: 4 });
  const inputIds = [
    [0, 7, 8, 2, 2, 9, 10, 11, 2],
    [0, 7, 2, 2, 9, 2],
  ];

  it('lets far tokens see one another through global ones alone', async () => {
    using model = AutoModel.fromConfig(config, place);
    const last = async (first: number, globalAttentionMask?: number[][]) => {
      const row = [first, ...Array.from({ length: 14 }, (_, i) => 3 + i)];
      const state = model.forward({
        inputIds: [row],
        globalAttentionMask,
        returns: ['lastHiddenState'],
      }).lastHiddenState;
      return (await valuesOf(state)).slice(-12);
    };
    const mask = [Array.from({ length: 15 }, (_, i) => Number(i === 7))];
    expect(await last(5)).toEqual(await last(6));
    expect(await last(5, mask)).not.toEqual(await last(6, mask));
  });

  it.each([
    ['question', AutoModelForQuestionAnswering, [3, 2].map((n, r) => inputIds[r]!.map((_, i) => Number(i < n)))],
    ['first token', AutoModelForSequenceClassification, inputIds.map((row) => row.map((_, i) => Number(i === 0)))],
  ] as const)('makes the %s global where nobody says otherwise', async (_, head, globalAttentionMask) => {
    using model = head.fromConfig(config, place) as PreTrainedModel;
    const scores = async (inputs: object) => {
      const outputs = model.forward({ inputIds, ...inputs }) as { logits?: Tensor; startLogits?: Tensor };
      return valuesOf((outputs.logits ?? outputs.startLogits)!);
    };
    expect(await scores({})).toEqual(await scores({ globalAttentionMask }));
    expect(await scores({})).not.toEqual(
      await scores({ globalAttentionMask: inputIds.map((row) => row.map(() => 0)) }),
    );
  });

  it('gives the same where attentions are asked for', async () => {
    using model = AutoModel.fromConfig(config, place);
    const globalAttentionMask = inputIds.map((row) => row.map((_, i) => Number(i === 0 || i === 5)));
    const fused = await valuesOf(model.forward({ inputIds, globalAttentionMask }).lastHiddenState);
    const shown = model.forward({ inputIds, globalAttentionMask, outputAttentions: true });
    expectClose(await valuesOf(shown.lastHiddenState), fused, { absolute: 1e-5 });
    const sums = ((await shown.attentions![0]!.toArray()) as number[][][][])[0]![0]!.map((row) =>
      row.reduce((sum, p) => sum + p, 0),
    );
    expectClose(
      sums,
      sums.map(() => 1),
      { absolute: 1e-5 },
    );
    const [seen] = ((await shown.attentions![0]!.toArray()) as number[][][][])[0]!;
    expect(seen![1]!.map((p) => Number(p > 0))).toEqual([1, 1, 1, 1, 0, 1, 0, 0, 0]);
    expect(seen![5]!.every((p) => p > 0)).toBe(true);
  });

  it.each<[string, object, RegExp]>([
    [
      'a question without its separators',
      { inputIds: [[0, 7, 2]] },
      /must hold 3 separators \(id 2\).* got 1 in row 0/,
    ],
    [
      'a mask of other numbers',
      { inputIds, globalAttentionMask: inputIds },
      /globalAttentionMask must be 0 or 1, got 7/,
    ],
    ['a mask of another shape', { inputIds, globalAttentionMask: [[1]] }, /globalAttentionMask/],
  ])('refuses %s', (_, inputs, message) => {
    using model = AutoModelForQuestionAnswering.fromConfig(config, place);
    expect(() => model.forward(inputs)).toThrow(message);
  });

  it('refuses windows that do not fit its layers, and others refuse its mask', () => {
    expect(() => AutoModel.fromConfig(new LongformerConfig({ ...limits, attentionWindow: [4] }), place)).toThrow(
      /attentionWindow must hold one for each of 2 layers, got 1/,
    );
    expect(() => new LongformerConfig({ attentionWindow: 3 })).toThrow(/attentionWindow must be an even number/);
    using bert = AutoModel.fromConfig(new BertConfig(limits), place);
    expect(() => bert.forward({ inputIds, globalAttentionMask: inputIds })).toThrow(
      /globalAttentionMask must be left out/,
    );
  });
});

describe('multiple choice', () => {
  const model = AutoModelForMultipleChoice.fromConfig(new BertConfig(limits), place);
  const inputIds = [
    [
      [2, 7, 3],
      [2, 8, 9, 3],
    ],
    [
      [2, 3],
      [2, 5, 3],
    ],
  ];

  it('takes rows by question, data with a shape, and packed sequences alike', async () => {
    const nested = await valuesOf(model.forward({ inputIds }).logits);
    const flat = { inputIds: Int32Array.from(inputIds.flat(2)), lengths: [3, 4, 2, 3], numChoices: 2 };
    expect(await valuesOf(model.forward(flat).logits)).toEqual(nested);
    const data = Int32Array.of(2, 7, 3, 2, 8, 3, 2, 9, 3, 2, 4, 3);
    const shaped = model.forward({ inputIds: { data, shape: [2, 2, 3] }, labels: [0, -100] });
    expect(shaped.logits.shape).toEqual([2, 2]);
    expect(Number.isFinite(await shaped.loss.item())).toBe(true);
  });

  it.each<[string, object, RegExp]>([
    ['questions of unequal choices', { inputIds: [[[2]], [[2], [3]]] }, /each question must have 1 choices, got 2/],
    ['rows without questions', { inputIds: [[2, 3]] }, /inputIds must be a list of rows per question/],
    [
      'two axes',
      { inputIds: { data: Int32Array.of(2, 3), shape: [1, 2] } },
      /must have shape \(B, N, S\), got \(1, 2\)/,
    ],
    ['packed sequences alone', { inputIds: Int32Array.of(2, 3), lengths: [2] }, /a packed batch needs numChoices/],
    [
      'choices that do not divide',
      { inputIds: [[2], [3], [4]], numChoices: 2 },
      /2 choices must divide the sequences, got 3/,
    ],
    ['a label past the choices', { inputIds, labels: [0, 2] }, /labels must lie in \[0, 2\)/],
    ['a name it does not know', { inputIds, numChoice: 2 }, /got numChoice/],
  ])('refuses %s', (_, inputs, message) => {
    expect(() => model.forward(inputs)).toThrow(message);
  });
});
