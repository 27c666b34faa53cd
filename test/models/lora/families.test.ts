import { describe, expect, it } from 'vitest';
import {
  AutoModel,
  getPeftModel,
  type LoraConfigInit,
  mergeAdapter,
  type ModelInputs,
  noGrad,
  type PreTrainedModel,
  type Tensor,
} from '../../../lib/index.js';
import { knownModelTypes } from '../../../lib/models/registry.js';
import { expectClose } from '../../golden/compare.js';

/** Sizes by the names that one family or another has for them. */
const SIZES = {
  vocab_size: 30,
  ...{ hidden_size: 12, dim: 12, n_embd: 12, d_model: 12, embedding_size: 12 },
  ...{ num_hidden_layers: 2, n_layers: 2, n_layer: 2, encoder_layers: 2, decoder_layers: 2, num_layers: 2 },
  ...{
    num_attention_heads: 2,
    n_heads: 2,
    n_head: 2,
    encoder_attention_heads: 2,
    decoder_attention_heads: 2,
    num_heads: 2,
  },
  ...{ intermediate_size: 20, hidden_dim: 20, encoder_ffn_dim: 20, decoder_ffn_dim: 20, d_ff: 20, d_kv: 6 },
  ...{ max_position_embeddings: 32, n_positions: 32, initializer_range: 0.3, pad_token_id: 0, attention_window: 4 },
  ...{ eos_token_id: 1, bos_token_id: 2, decoder_start_token_id: 2 },
};

/** What a family's config says beside its sizes. */
const OWN: Readonly<Record<string, object>> = {
  'deberta-v2': {
    ...{ relative_attention: true, pos_att_type: ['p2c', 'c2p'], share_att_key: true, position_buckets: 4 },
    max_relative_positions: -1,
  },
  deberta: { relative_attention: true, pos_att_type: ['p2c', 'c2p'], max_relative_positions: 8 },
};

/** Families that make no decoder inputs of the encoder's. */
const NEEDS_BOTH = new Set(['marian', 't5']);

type AnyModel = PreTrainedModel & { forward(inputs: ModelInputs): Disposable & { lastHiddenState: Tensor } };

async function statesOf(model: AnyModel): Promise<number[]> {
  const decoderInputIds = [
    [2, 8, 5],
    [2, 4, 6],
  ];
  const inputIds = [
    [4, 7, 3, 9, 5, 1],
    [6, 5, 1],
  ];
  using outputs = noGrad(() =>
    model.forward({ inputIds, ...(NEEDS_BOTH.has(model.config.modelType) && { decoderInputIds }) }),
  );
  return Array.from(await outputs.lastHiddenState!.data(), Number);
}

describe.each(knownModelTypes())('an adapter of %s', (type) => {
  it.each<[string, LoraConfigInit]>([
    ['its queries and values', {}],
    ['every linear layer', { targetModules: 'all-linear' }],
  ])('of %s computes what it merges', async (_, init) => {
    const json = { model_type: type, ...SIZES, ...OWN[type] };
    using plain = AutoModel.fromConfig(json, { seed: 1, device: 'cpu' }) as unknown as AnyModel;
    using model = AutoModel.fromConfig(json, { seed: 1, device: 'cpu' }) as unknown as AnyModel;
    getPeftModel(model, { r: 2, loraAlpha: 4, initLoraWeights: false, ...init }, { seed: 2 });
    const [before, apart] = [await statesOf(plain), await statesOf(model)];
    expect(Math.max(...apart.map((value, i) => Math.abs(value - before[i]!)))).toBeGreaterThan(1e-3);
    mergeAdapter(model);
    expectClose(await statesOf(model), apart, { absolute: 1e-4, relative: 1e-4 }, 'merged');
  });
});
