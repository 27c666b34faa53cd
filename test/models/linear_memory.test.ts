import { describe, expect, it } from 'vitest';
import {
  AutoModel,
  DebertaV2Config,
  LongformerConfig,
  memory,
  type ModelConfig,
  mul,
  releaseCache,
  sum,
  sync,
} from '../../lib/index.js';

const sizes = { vocabSize: 30, hiddenSize: 16, numHiddenLayers: 2, numAttentionHeads: 4, intermediateSize: 16 };

/** Bytes that training keeps for the backward pass of one text of so many tokens, beside the model. */
async function heldFor(config: ModelConfig, tokens: number): Promise<number> {
  using model = AutoModel.fromConfig(config, { device: 'cpu', seed: 1 }).train();
  await sync('cpu');
  const before = memory('cpu').liveBytes;
  const inputIds = [Array.from({ length: tokens }, (_, i) => 3 + (i % 27))];
  const globalAttentionMask =
    config instanceof LongformerConfig ? [inputIds[0]!.map((_, i) => Number(i < 4))] : undefined;
  const { lastHiddenState } = model.forward({ inputIds, globalAttentionMask, returns: ['lastHiddenState'] });
  const loss = sum(mul(lastHiddenState, lastHiddenState));
  await sync('cpu');
  const held = memory('cpu').liveBytes - before;
  loss.backward();
  expect(Number.isFinite(await loss.item())).toBe(true);
  for (const each of [loss, lastHiddenState]) each.dispose();
  releaseCache('cpu');
  return held;
}

// The engine's highest bytes are those of the process: short texts first.
const cases: [name: string, config: () => ModelConfig, longest: number][] = [
  [
    'DeBERTa',
    () =>
      new DebertaV2Config({
        ...sizes,
        relativeAttention: true,
        positionBuckets: 8,
        posAttType: ['c2p', 'p2c'],
        shareAttKey: true,
      }),
    512,
  ],
  ['Longformer', () => new LongformerConfig({ ...sizes, maxPositionEmbeddings: 4098, attentionWindow: 64 }), 4096],
];

describe.each(cases)('%s', (_, config, longest) => {
  it('takes memory that grows with the length of a text, not with its square', async () => {
    const [half, whole] = [await heldFor(config(), longest / 2), await heldFor(config(), longest)];
    expect(whole / half).toBeLessThan(2.1);
    const scores = 4 * sizes.numAttentionHeads * longest ** 2; // of one layer
    expect(memory('cpu').peakBytes).toBeLessThan(scores);
  });
});
