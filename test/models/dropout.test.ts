import { describe, expect, it } from 'vitest';
import {
  add,
  AutoModel,
  BertConfig,
  DistilBertConfig,
  dropout,
  Generator,
  mul,
  type PreTrainedModel,
  sum,
  type Tensor,
} from '../../lib/index.js';
import { readBatch, type TokenBatch, uploadBatch } from '../../lib/models/shared/batch.js';
import type { Encoder } from '../../lib/models/shared/encoder/encoder.js';
import { modelDevices } from '../cuda.js';
import { expectClose } from '../golden/compare.js';

const bert = new BertConfig({
  vocabSize: 30,
  hiddenSize: 18,
  numHiddenLayers: 2,
  numAttentionHeads: 3,
  intermediateSize: 20,
  maxPositionEmbeddings: 8,
});
const distilbert = new DistilBertConfig({
  vocabSize: 30,
  dim: 18,
  nLayers: 2,
  nHeads: 3,
  hiddenDim: 20,
  maxPositionEmbeddings: 8,
});
// 7 tokens of 18 features: rows begin within a counter of four.
const inputs = {
  inputIds: [
    [2, 7, 9, 3],
    [2, 5, 3],
  ],
};

/** The last hidden state by one op after the other, as the encoder's parts describe it. */
function separately({ encoder }: PreTrainedModel, batch: TokenBatch, generator: Generator): Tensor {
  const { embeddings, layers, spec } = encoder as Encoder;
  const { hiddenDropout, projectionDropout = hiddenDropout, activation } = spec;
  const { words, positions, types, norm } = embeddings;
  const pass = { batch, generator, withAttentions: false, distances: undefined };
  const rows = words.forward(batch.ids!);
  const typed = types === undefined ? rows : add(rows, types.forward(batch.types!));
  let x = dropout(norm.forward(typed, positions!.forward(batch.positions!)), hiddenDropout, { generator });
  for (const layer of layers) {
    const projected = layer.projection.forward(layer.attention.forward(x, pass).context);
    const attended = layer.attentionNorm.forward(dropout(projected, projectionDropout, { generator }), x);
    const contracted = layer.down.forward(layer.up.forward(attended, { activation }));
    x = layer.outputNorm.forward(dropout(contracted, hiddenDropout, { generator }), attended);
  }
  return x;
}

const places = modelDevices.flatMap((device) => [
  { device, name: 'BERT', config: bert },
  { device, name: 'DistilBERT', config: distilbert },
]);

describe.each(places)('$name in training on $device', ({ device, config }) => {
  it('gives the loss and the gradients of dropout, add and norm as ops of their own', async () => {
    using model = AutoModel.fromConfig(config, { device, seed: 1 }).train();
    const target = { ...model.encoder.spec, where: 'test', device, readsFirstColumn: true };
    using generator = Object.assign(new Generator(17, device), {
      [Symbol.dispose](this: Generator) {
        this.dispose();
      },
    });
    const run = async (hidden: Tensor) => {
      const loss = sum(mul(mul(hidden, hidden), hidden)); // the sum of squares is the same for all normed rows
      loss.backward();
      const names = [...model.namedParameters()].filter(([, { grad }]) => grad !== undefined);
      const gradients = await Promise.all(names.map(async ([, { grad }]) => [...(await grad!.data())].map(Number)));
      model.zeroGrad();
      return { loss: await loss.item(), hidden: [...(await hidden.data())].map(Number), gradients };
    };
    const batch = uploadBatch(readBatch(inputs, target), device);
    const expected = await run(separately(model, batch, generator));
    const taken = generator.position;
    generator.seed = 17;
    const actual = await run(model.encoder.forward(batch, { generator }).lastHiddenState);
    expect(generator.position).toBe(taken);
    if (device === 'cpu') {
      expect(actual.loss).toBe(expected.loss);
      expect(actual.hidden).toEqual(expected.hidden);
    } else {
      expectClose(actual.hidden, expected.hidden, { absolute: 1e-5 });
    }
    expect(actual.gradients.length).toBeGreaterThan(10);
    actual.gradients.forEach((values, i) =>
      expectClose(values, expected.gradients[i]!, { absolute: 1e-4, relative: 1e-4 }),
    );
  });
});
