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
  AutoModelForSequenceClassification,
  BertConfig,
  DataCollatorWithPacking,
  ElectraConfig,
  loadCheckpoint,
  MPNetConfig,
  type PreTrainedModel,
  RobertaConfig,
  saveCheckpoint,
  type Tensor,
  tensor,
  XLMRobertaConfig,
} from '../../lib/index.js';

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
