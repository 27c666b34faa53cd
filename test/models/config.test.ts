import { describe, expect, it } from 'vitest';
import { AutoConfig, BertConfig, ConfigError, DistilBertConfig } from '../../lib/index.js';

const bert = { model_type: 'bert', hidden_size: 20, num_attention_heads: 5, vocab_size: 61 };

/** The field that a ConfigError names. */
function refusedField(json: Record<string, unknown>): unknown {
  try {
    AutoConfig.fromJson(json);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).fields['field'];
  }
  return undefined;
}

describe('a config.json', () => {
  it('gives its fields in camelCase, with defaults for the others', () => {
    const config = AutoConfig.fromJson(bert) as BertConfig;
    expect(config).toBeInstanceOf(BertConfig);
    expect(config.hiddenSize).toBe(20);
    expect(config.intermediateSize).toBe(3072);
    expect(config.layerNormEps).toBe(1e-12);
    expect(config.numLabels).toBe(2);
  });

  it('reads the element type under the names of transformers v4 and v5', () => {
    expect(AutoConfig.fromJson({ ...bert, torch_dtype: 'bfloat16' }).dtype).toBe('bf16');
    expect(AutoConfig.fromJson({ ...bert, dtype: 'float16' }).dtype).toBe('f16');
    expect(AutoConfig.fromJson({ ...bert, dtype: 'torch.float32' }).dtype).toBe('f32');
    expect(AutoConfig.fromJson({ ...bert, dtype: null }).dtype).toBeUndefined();
  });

  it('takes labels from id2label, from label2id alone, or from num_labels', () => {
    expect(AutoConfig.fromJson({ ...bert, id2label: { 1: 'spam', 0: 'ham' } }).label2id).toEqual({ ham: 0, spam: 1 });
    expect(AutoConfig.fromJson({ ...bert, label2id: { a: 1, b: 0, c: 2 } }).id2label).toEqual({
      0: 'b',
      1: 'a',
      2: 'c',
    });
    expect(AutoConfig.fromJson({ ...bert, num_labels: 3 }).id2label).toEqual({
      0: 'LABEL_0',
      1: 'LABEL_1',
      2: 'LABEL_2',
    });
  });

  it('keeps what it does not know for saving', () => {
    const json = {
      ...bert,
      transformers_version: '4.51.3',
      custom: { nested: [1] },
      id2label: { 0: 'a', 1: 'b', 2: 'c' },
    };
    const saved = AutoConfig.fromJson(json).toJson({ architectures: ['BertModel'], dtype: 'bf16' });
    expect(saved).toMatchObject({ ...json, architectures: ['BertModel'], torch_dtype: 'bfloat16' });
    expect(AutoConfig.fromJson(saved).toJson()).toEqual(saved);
  });

  it('keeps a field named __proto__ apart, and takes nothing from it', () => {
    const config = AutoConfig.fromJson({
      ...bert,
      ...(JSON.parse('{"__proto__":{"vocab_size":7,"num_labels":9}}') as object),
    });
    expect(config.numLabels).toBe(2);
    const { vocab_size: _, ...rest } = bert;
    const bare = JSON.parse(`{"__proto__":{"vocab_size":7},${JSON.stringify(rest).slice(1)}`) as Record<
      string,
      unknown
    >;
    expect((AutoConfig.fromJson(bare) as BertConfig).vocabSize).toBe(new BertConfig({}).vocabSize);
  });

  it('must be an object', () => {
    for (const json of [null, undefined, 7, []]) {
      const make = (): unknown => AutoConfig.fromJson(json as unknown as Record<string, unknown>);
      expect(make).toThrow(ConfigError);
      expect(make).toThrow(/^config\.json: must hold an object, got /);
    }
  });

  it('understands the general names of DistilBERT sizes', () => {
    const config = AutoConfig.fromJson({
      model_type: 'distilbert',
      hidden_size: 24,
      num_hidden_layers: 3,
    }) as DistilBertConfig;
    expect([config.dim, config.nLayers]).toEqual([24, 3]);
    expect(config.toJson()).toMatchObject({ dim: 24, n_layers: 3 });
  });
});

describe('a hostile config.json', () => {
  const hostile: [field: string, values: Record<string, unknown>][] = [
    ['model_type', { model_type: 'brt' }],
    ['model_type', { model_type: 7 }],
    ['model_type', { model_type: '__proto__' }],
    ['hidden_size', { hidden_size: -20 }],
    ['hidden_size', { hidden_size: 1e12 }],
    ['hidden_size', { hidden_size: '20' }],
    ['hidden_size', { hidden_size: null }],
    ['num_hidden_layers', { num_hidden_layers: 2.5 }],
    ['num_hidden_layers', { num_hidden_layers: 1e9 }],
    ['hidden_act', { hidden_act: 'constructor' }],
    ['hidden_act', { hidden_act: { toString: 'x' } }],
    ['hidden_dropout_prob', { hidden_dropout_prob: 1 }],
    ['layer_norm_eps', { layer_norm_eps: -1 }],
    ['position_embedding_type', { position_embedding_type: 'relative_key' }],
    ['is_decoder', { is_decoder: true }],
    ['id2label', { id2label: { 0: 'a', 2: 'c' } }],
    ['id2label', { id2label: { 0: 'a', 1: ['b'] } }],
    ['id2label', { id2label: 'a' }],
    ['label2id', { id2label: { 0: 'a' }, label2id: { a: 5 } }],
    ['num_labels', { num_labels: 0 }],
    ['num_labels', { num_labels: 3, id2label: { 0: 'a', 1: 'b' } }],
    ['problem_type', { problem_type: 'guess' }],
    ['dtype', { dtype: 'int4' }],
    ['torch_dtype', { torch_dtype: ['float32'] }],
    ['architectures', { architectures: 'BertModel' }],
    ['tie_word_embeddings', { tie_word_embeddings: 'yes' }],
  ];
  it.each(hostile)('is refused naming %s: %j', (field, values) => {
    expect(refusedField({ ...bert, ...values })).toBe(field);
  });

  it('of an unknown family is told the known ones', () => {
    expect(() => AutoConfig.fromJson({ model_type: 'distilbrt' })).toThrow(
      /model_type must be one of albert, bart, bert, .*roberta, t5, xlm-roberta, got "distilbrt" \(did you mean "distilbert"\?\)/,
    );
  });
});

describe('a config made in code', () => {
  it('refuses a name that no field has and offers the nearest', () => {
    expect(() => new BertConfig({ hidenSize: 20 } as object)).toThrow(/got hidenSize \(did you mean "hiddenSize"\?\)/);
    expect(() => new DistilBertConfig({ dropout: 2 })).toThrow(ConfigError);
  });
});
