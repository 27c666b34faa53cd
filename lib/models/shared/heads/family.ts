import { type ParameterInit, SeededInit } from '../../../nn/init.js';
import type { ModelConfig } from '../../config.js';
import { Encoder } from '../encoder/encoder.js';
import type { EncoderNames, EncoderSpec } from '../encoder/spec.js';
import { PreTrainedModel, type ModelClass } from '../pretrained.js';
import type { FirstTokenHead } from './first_token.js';
import type { MaskedLMHead } from './masked_lm.js';
import type { QuestionHead } from './question_answering.js';
import type { TokenHead } from './token_classifier.js';
import type { DiscriminatorHead } from './token_discriminator.js';

/** A family of encoders: what the shared models need to know of it. @internal */
export interface Family<Config extends ModelConfig> {
  /** Name of the encoder within models that have a head, `bert`. */
  prefix: string;
  names: EncoderNames;
  spec(config: Config): EncoderSpec;
  /** The base model's linear layer after its first token; only for families that have one. */
  pooler?: string;
  heads: {
    sequences(config: Config): FirstTokenHead;
    choices(config: Config): FirstTokenHead;
    tokens(config: Config): TokenHead;
    words(config: Config): MaskedLMHead;
    answers(config: Config): QuestionHead;
    /** Only for families that are trained to tell replaced tokens. */
    replacements?(config: Config): DiscriminatorHead;
  };
}

/** A model of any family: an encoder, below whatever a subclass adds. @internal */
export abstract class EncoderModel<Config extends ModelConfig> extends PreTrainedModel<Config> {
  override readonly encoder: Encoder;

  /** @internal */
  constructor(family: Family<Config>, config: Config, init: ParameterInit) {
    super(config);
    this.encoder = new Encoder(family.spec(config), family.names, init);
    this.paths = { encoder: family.prefix };
  }
}

/** A shared model. */
type SharedClass<Config extends ModelConfig, Model> = abstract new (
  family: Family<Config>,
  config: Config,
  init: ParameterInit,
) => Model;

/**
 * The class of a family's models with one head, for a named class to extend.
 * @internal
 */
export function modelOf<Config extends ModelConfig, Model extends PreTrainedModel>(
  Shared: SharedClass<Config, Model>,
  family: Family<Config>,
): ModelClass<Config, Model> {
  // TypeScript takes no class of a type parameter as a base: to it, this is one of any model.
  const Base = Shared as unknown as SharedClass<Config, EncoderModel<Config>>;
  abstract class Bound extends Base {
    constructor(config: Config, init: ParameterInit = new SeededInit()) {
      super(family, config, init);
    }
  }
  return Bound as unknown as ModelClass<Config, Model>;
}
