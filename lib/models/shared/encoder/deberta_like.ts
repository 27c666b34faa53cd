import { z } from 'zod';
import { ConfigError } from '../../../util/errors.js';
import { chance, flag, integer, oneOf, real, text } from '../../../util/fields.js';
import type { Family } from '../heads/family.js';
import { ACTIVATION_NAMES, activationOf } from './activations.js';
import { bertNames, type EncoderConfig, encoderFields, encoderSpec } from './bert_like.js';
import type { DisentangledSpec, EncoderSpec } from './spec.js';
import type { ModelConfig, OwnFields } from '../../config.js';

const TERMS = ['c2p', 'p2c'] as const;

function termNames(value: unknown): unknown[] {
  if (typeof value === 'string') return value.split('|').map((name) => name.trim().toLowerCase());
  return Array.isArray(value) ? (value as unknown[]) : [undefined];
}

function areTerms(value: unknown): boolean {
  const names = termNames(value);
  return new Set(names).size === names.length && names.every((name) => (TERMS as readonly unknown[]).includes(name));
}

/** A list of terms, or a text of their names. */
const terms = z
  .custom<readonly (typeof TERMS)[number][] | string>(areTerms, `must name some of ${TERMS.join(', ')}, each once`)
  .transform((value) => termNames(value) as readonly (typeof TERMS)[number][]);

/**
 * Fields of config.json that both versions of DeBERTa have, with Hugging Face's defaults. `z_steps`, the passes of the
 * enhanced mask decoder, is kept and not read: Python's models do none, whatever it says.
 * @internal
 */
export const debertaFields = {
  ...encoderFields,
  layer_norm_eps: real({ max: 1 }).default(1e-7),
  type_vocab_size: integer({ min: 0, max: 1 << 16 }).default(0),
  embedding_size: integer({ max: 1 << 16 }).optional(),
  relative_attention: flag().default(false),
  max_relative_positions: integer({ min: -1, max: 1 << 22 }).default(-1),
  position_biased_input: flag().default(true),
  pos_att_type: terms.nullable().default(null),
  pooler_dropout: chance().default(0),
  pooler_hidden_act: oneOf(...ACTIVATION_NAMES).default('gelu'),
  pooler_hidden_size: integer({ max: 1 << 16 }).optional(),
  cls_dropout: chance().nullish(),
  legacy: flag().default(true),
};

/** Those of version 2 and 3 beside them. @internal */
export const debertaV2Fields = {
  ...debertaFields,
  position_buckets: integer({ min: -1, max: 1 << 22 }).default(-1),
  share_att_key: flag().default(false),
  norm_rel_ebd: text().default('none'),
  attention_head_size: integer({ max: 1 << 16 }).optional(),
  conv_kernel_size: integer({ min: 0, max: 1 << 10 }).default(0),
  conv_groups: integer({ max: 1 << 16 }).default(1),
  conv_act: oneOf(...ACTIVATION_NAMES).default('tanh'),
};

/** A config with such fields. @internal */
export type DebertaLikeConfig = EncoderConfig &
  ModelConfig &
  OwnFields<typeof debertaV2Fields> &
  Required<OwnFields<typeof debertaFields>>;

/** The sizes that such a config states. @throws ConfigError for fields that contradict one another @internal */
export function debertaSpec(config: DebertaLikeConfig): EncoderSpec {
  checkSizes(config);
  const { hiddenSize, embeddingSize = hiddenSize, convKernelSize: width = 0 } = config;
  const { convGroups: groups = 1, convAct = 'tanh' } = config;
  return {
    ...encoderSpec(config),
    isUnplaced: !config.positionBiasedInput,
    ...(embeddingSize !== hiddenSize && { expands: 'before norm' as const }),
    // A padding token of Python's sees all columns, so that what a head would read changes with the padding.
    skipsHiddenFirst: true,
    disentangled: disentangledSpec(config),
    ...(width > 0 && { convolution: { width, groups, activation: activationOf(convAct) } }),
  };
}

function disentangledSpec(config: DebertaLikeConfig): DisentangledSpec {
  const { relativeAttention, maxRelativePositions, maxPositionEmbeddings, posAttType, normRelEbd = 'none' } = config;
  const maxDistance = maxRelativePositions < 1 ? maxPositionEmbeddings : maxRelativePositions;
  const norms = normRelEbd.split('|').map((name) => name.trim().toLowerCase());
  const positions = { maxDistance, buckets: config.positionBuckets ?? 0, isNormed: norms.includes('layer_norm') };
  return {
    ...(relativeAttention && { positions }),
    contentToPosition: posAttType?.includes('c2p') ?? false,
    positionToContent: posAttType?.includes('p2c') ?? false,
    sharesWeights: config.shareAttKey ?? false,
    hasKeyBias: config.modelType !== 'deberta',
  };
}

function checkSizes(config: DebertaLikeConfig): void {
  const { hiddenSize, numAttentionHeads: heads, convKernelSize: width = 0, convGroups: groups = 1 } = config;
  const check = (field: string, rule: string, isKept: boolean, value: unknown): void => {
    if (isKept) return;
    throw new ConfigError(`config: ${field} must ${rule}, got ${String(value)}`, { field, value });
  };
  const { poolerHiddenSize = hiddenSize, attentionHeadSize = hiddenSize / heads, embeddingSize = hiddenSize } = config;
  check('poolerHiddenSize', `be hiddenSize ${hiddenSize}`, poolerHiddenSize === hiddenSize, poolerHiddenSize);
  check('attentionHeadSize', 'be hiddenSize / heads', attentionHeadSize * heads === hiddenSize, attentionHeadSize);
  check('convKernelSize', 'be odd or 0', width === 0 || width % 2 === 1, width);
  check('convGroups', `divide hiddenSize ${hiddenSize}`, hiddenSize % groups === 0, groups);
  check('legacy', 'be true where embeddingSize differs', config.legacy || embeddingSize === hiddenSize, config.legacy);
}

/** What the families of both versions have in common. @internal */
export const debertaFamilyOf = <Config extends DebertaLikeConfig>(): Omit<Family<Config>, 'names' | 'spec'> => ({
  prefix: 'deberta',
  heads: {
    sequences: contextHead,
    choices: contextHead,
    tokens: ({ hiddenDropoutProb: dropout }) => ({ names: { classifier: 'classifier' }, dropout }),
    words: ({ legacy, hiddenAct }) => ({ ...(legacy ? LEGACY_WORDS : WORDS), activation: activationOf(hiddenAct) }),
    answers: () => ({ names: { outputs: 'qa_outputs' }, dropout: 0 }),
  },
});

const LEGACY_WORDS = {
  names: {
    bias: 'cls.predictions',
    dense: 'cls.predictions.transform.dense',
    norm: 'cls.predictions.transform.LayerNorm',
    decoder: 'cls.predictions.decoder',
  },
};
const WORDS = {
  names: {
    bias: 'lm_predictions.lm_head',
    dense: 'lm_predictions.lm_head.dense',
    norm: 'lm_predictions.lm_head.LayerNorm',
    decoder: 'lm_predictions.lm_head',
  },
  isTied: true,
};

function contextHead(config: DebertaLikeConfig) {
  return {
    names: { dense: 'pooler.dense', classifier: 'classifier' },
    activation: activationOf(config.poolerHiddenAct),
    inputDropout: config.poolerDropout,
    dropout: config.clsDropout ?? config.hiddenDropoutProb,
  };
}

/** Checkpoint names that both versions have. @internal */
export const debertaNames = {
  ...bertNames,
  encoder: { ...bertNames.encoder, positions: 'encoder', convolution: 'encoder.conv' },
  embeddings: {
    words: 'word_embeddings',
    positions: 'position_embeddings',
    types: 'token_type_embeddings',
    expansion: 'embed_proj',
    norm: 'LayerNorm',
  },
};
