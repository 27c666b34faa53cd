import { z } from 'zod';
import { flag, integer, oneOf, parseFields, positive, real } from '../../../util/fields.js';
import { ConfigError } from '../../../util/errors.js';
import type { RotaryScaling, RotarySpec } from './rotary.js';

/** What config.json says of rotary positions, under its names. */
export type RopeObject = Readonly<Record<string, unknown>>;

/** An object of config.json, read by {@link rotaryOf}. @internal */
export function ropeObject() {
  return z
    .custom<RopeObject | null>(
      (value) => value === null || (typeof value === 'object' && !Array.isArray(value)),
      'must be an object or null',
    )
    .nullish();
}

const factor = real({ min: 1 });
const length = integer({ max: 1 << 24 });

/** Beside `rope_type`, `type` and `rope_theta`, which all have. */
const FIELDS = {
  default: {},
  linear: { factor },
  dynamic: { factor },
  llama3: {
    factor,
    low_freq_factor: positive(),
    high_freq_factor: positive(),
    original_max_position_embeddings: length.optional(),
  },
  yarn: {
    factor: factor.nullish(),
    original_max_position_embeddings: length.optional(),
    attention_factor: positive().nullish(),
    beta_fast: positive().nullish(),
    beta_slow: positive().nullish(),
    mscale: real().nullish(),
    mscale_all_dim: real().nullish(),
    truncate: flag().default(true),
  },
};

type Kind = keyof typeof FIELDS;
const COMMON = {
  rope_type: oneOf(...(Object.keys(FIELDS) as Kind[])).default('default'),
  rope_theta: positive().nullish(),
  partial_rotary_factor: z.custom<1>((value) => value === 1, 'must be 1').nullish(),
};

/** The parts of a config that state its rotary positions. */
export interface RopeFields {
  ropeTheta?: number | null | undefined;
  ropeScaling?: RopeObject | null | undefined;
  ropeParameters?: RopeObject | null | undefined;
  maxPositionEmbeddings: number;
}

const DEFAULT_THETA = 10_000;

/**
 * The rotary positions that a config states: in `rope_parameters`, or in `rope_scaling` and `rope_theta`. Which of its
 * lengths the context is depends on the scaling: `linear` and `dynamic` stretch it by their factor.
 * @throws ConfigError for an unknown kind, naming the known ones, and for a part that is missing or breaks its rule
 * @internal
 */
export function rotaryOf(config: RopeFields, headSize: number): { rotary: RotarySpec; maxPositions: number } {
  const name = config.ropeScaling ? 'rope_scaling' : 'rope_parameters';
  const where = `config.json: ${name}`;
  const given = config.ropeScaling ?? config.ropeParameters ?? {};
  const raw = { ...given, rope_type: given['rope_type'] ?? given['type'] };
  const { rope_type: type, rope_theta: own } = parseFields(where, COMMON, raw);
  const trainedLength = config.maxPositionEmbeddings;
  const scaling = scalingOf(where, type, raw, trainedLength);
  if (scaling.type === 'dynamic' && headSize <= 2)
    throw new ConfigError(`${where}: dynamic scaling needs heads of more than 2 elements, got ${headSize}`);
  const stretch = scaling.type === 'linear' || scaling.type === 'dynamic' ? scaling.factor : 1;
  return {
    rotary: { theta: own ?? config.ropeTheta ?? DEFAULT_THETA, headSize, trainedLength, scaling },
    maxPositions: Math.floor(trainedLength * stretch),
  };
}

function scalingOf(where: string, type: Kind, raw: Record<string, unknown>, trained: number): RotaryScaling {
  switch (type) {
    case 'default':
      return { type };
    case 'linear':
    case 'dynamic':
      return { type, factor: parseFields(where, FIELDS[type], raw).factor };
    case 'llama3': {
      const parsed = parseFields(where, FIELDS.llama3, raw);
      const { factor, low_freq_factor: low, high_freq_factor: high } = parsed;
      if (high <= low)
        throw new ConfigError(`${where}: high_freq_factor must be above low_freq_factor ${low}, got ${high}`);
      return { type, factor, low, high, original: parsed.original_max_position_embeddings ?? trained };
    }
    case 'yarn': {
      const parsed = parseFields(where, FIELDS.yarn, raw);
      const original = parsed.original_max_position_embeddings ?? trained;
      const stretch = parsed.factor ?? trained / original;
      return {
        type,
        factor: stretch,
        original,
        fast: parsed.beta_fast ?? 32,
        slow: parsed.beta_slow ?? 1,
        attentionFactor: parsed.attention_factor ?? yarnFactor(stretch, parsed),
        truncates: parsed.truncate,
      };
    }
  }
}

/** Peng et al., section 3.4; with the two scales as DeepSeek's models have them. */
function yarnFactor(
  factor: number,
  { mscale, mscale_all_dim: all }: { mscale?: number | null | undefined; mscale_all_dim?: number | null | undefined },
): number {
  const scaled = (by: number) => (factor <= 1 ? 1 : 0.1 * by * Math.log(factor) + 1);
  return mscale && all ? scaled(mscale) / scaled(all) : scaled(1);
}
