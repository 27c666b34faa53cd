import { describe, expect, it } from 'vitest';
import {
  AlbertConfig,
  AutoModelForSequenceClassification,
  BertConfig,
  DebertaV2Config,
  DistilBertConfig,
  LongformerConfig,
  memory,
  MPNetConfig,
  releaseCache,
  sync,
} from '../../lib/index.js';
import { modelDevices } from '../cuda.js';

const bert = { vocabSize: 30, hiddenSize: 16, numHiddenLayers: 3, numAttentionHeads: 2, intermediateSize: 24 };
const configs = {
  BERT: () => new BertConfig(bert),
  DistilBERT: () => new DistilBertConfig({ vocabSize: 30, dim: 16, nLayers: 3, nHeads: 2, hiddenDim: 24 }),
  ALBERT: () => new AlbertConfig({ ...bert, embeddingSize: 8, innerGroupNum: 2 }),
  MPNet: () => new MPNetConfig({ ...bert, maxPositionEmbeddings: 12 }),
  DeBERTa: () =>
    new DebertaV2Config({
      ...bert,
      maxPositionEmbeddings: 12,
      relativeAttention: true,
      posAttType: ['c2p', 'p2c'],
      normRelEbd: 'layer_norm',
      convKernelSize: 3,
    }),
  Longformer: () => new LongformerConfig({ ...bert, maxPositionEmbeddings: 12, attentionWindow: 2 }),
};
const inputs = {
  inputIds: [
    [2, 7, 9, 3],
    [2, 5, 3],
  ],
  labels: [0, 1],
};
const places = modelDevices.flatMap((device) =>
  Object.entries(configs).map(([name, config]) => ({ device, name, config })),
);

describe.each(places)('$name on $device', ({ device, config }) => {
  it.each(['f32', 'bf16'] as const)(
    'has the same gradients bit for bit when layers are computed again, in %s',
    async (dtype) => {
      const run = async (on: boolean) => {
        using model = AutoModelForSequenceClassification.fromConfig(config(), { device, seed: 1 }).train();
        model.to({ dtype }).checkpointGradients(on);
        model.seedDropout(3);
        const gradients: number[][] = [];
        for (let step = 0; step < 2; step++) {
          const { loss } = model.forward(inputs);
          loss.backward();
          gradients.push([await loss.item()]);
        }
        for (const { grad } of model.parameters()) gradients.push([...((await grad!.data()) as Float32Array)]);
        return { gradients, position: model.generator!.position };
      };
      expect(await run(true)).toEqual(await run(false));
    },
  );
});

describe('activation memory', () => {
  it('falls', async () => {
    const peak = async (on: boolean) => {
      const config = new BertConfig({ ...bert, hiddenSize: 64, intermediateSize: 256, numHiddenLayers: 8 });
      using model = AutoModelForSequenceClassification.fromConfig(config, { device: 'cpu', seed: 1 }).train();
      model.checkpointGradients(on);
      const inputIds = Array.from({ length: 8 }, () => Array.from({ length: 100 }, (_, i) => i % 30));
      const { loss, logits } = model.forward({ inputIds, labels: inputIds.map((_, i) => i % 2) });
      await sync('cpu');
      const held = memory('cpu').liveBytes;
      loss.backward();
      await sync('cpu');
      model.zeroGrad();
      for (const each of [loss, logits]) each.dispose();
      await sync('cpu');
      const base = memory('cpu').liveBytes;
      releaseCache('cpu');
      return held - base;
    };
    const kept = await peak(false);
    const again = await peak(true);
    expect(again).toBeLessThan(kept / 8);
  });

  it('is kept as before in evaluation and with attentions', async () => {
    using model = AutoModelForSequenceClassification.fromConfig(configs.BERT(), { device: 'cpu', seed: 1 });
    model.checkpointGradients().train();
    const { attentions } = model.forward({ ...inputs, outputAttentions: true });
    expect(attentions).toHaveLength(3);
    expect(model.eval().forward(inputs).logits.shape).toEqual([2, 2]);
  });
});
