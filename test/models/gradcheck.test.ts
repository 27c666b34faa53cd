import { describe, expect, it } from 'vitest';
import {
  AutoModelForMaskedLM,
  AutoModelForQuestionAnswering,
  AutoModelForSequenceClassification,
  AutoModelForTokenClassification,
  BertConfig,
  DistilBertConfig,
  type PreTrainedModel,
  type Tensor,
} from '../../lib/index.js';
import { gradcheck } from '../gradcheck.js';

const place = { device: 'cpu:reference', dtype: 'f64', seed: 1 } as const;
// Without a padding id: its row takes no gradient by definition, though the loss depends on it.
const bert = new BertConfig({
  vocabSize: 9,
  hiddenSize: 6,
  numHiddenLayers: 1,
  numAttentionHeads: 2,
  intermediateSize: 5,
  maxPositionEmbeddings: 5,
  initializerRange: 0.5,
  padTokenId: null,
});
const distilbert = new DistilBertConfig({
  vocabSize: 9,
  dim: 6,
  nLayers: 1,
  nHeads: 2,
  hiddenDim: 5,
  maxPositionEmbeddings: 5,
  initializerRange: 0.5,
  padTokenId: null,
});

// The second text begins with a hidden column, which sequence classifiers read all the same.
const batch = {
  inputIds: [
    [2, 7, 3, 4],
    [2, 5, 3, 1],
  ],
  attentionMask: [
    [1, 1, 1, 1],
    [0, 1, 1, 0],
  ],
};
const tokenLabels = [
  [-100, 1, -100, 0],
  [-100, 0, 1, -100],
];

type Trainable = PreTrainedModel & { forward(inputs: object): { loss: Tensor } };

const cases: [name: string, make: () => PreTrainedModel, labels: object][] = [
  ['a BERT classifier', () => AutoModelForSequenceClassification.fromConfig(bert, place), { labels: [0, 1] }],
  [
    'a DistilBERT classifier',
    () => AutoModelForSequenceClassification.fromConfig(distilbert, place),
    { labels: [1, 0] },
  ],
  ['a token classifier', () => AutoModelForTokenClassification.fromConfig(bert, place), { labels: tokenLabels }],
  ['a tied masked language model', () => AutoModelForMaskedLM.fromConfig(bert, place), { labels: tokenLabels }],
  [
    'a question answering model',
    () => AutoModelForQuestionAnswering.fromConfig(distilbert, place),
    { startPositions: [1, 1], endPositions: [3, 2] },
  ],
];

describe('gradients of a whole model in f64 equal finite differences', () => {
  it.each(cases)('of %s', async (_, make, labels) => {
    using model = make() as Trainable;
    const parameters = model.parameters();
    const compared = await gradcheck(() => model.forward({ ...batch, ...labels }).loss!, parameters, {
      maxElements: 4,
    });
    expect(compared).toBeGreaterThan(parameters.length);
  });

  it('of a path that shows its attention probabilities', async () => {
    using model = cases[0]![1]() as Trainable;
    const inputs = { ...batch, labels: [0, 1], outputAttentions: true };
    expect(await gradcheck(() => model.forward(inputs).loss, model.parameters(), { maxElements: 2 })).toBeGreaterThan(
      0,
    );
  });
});
