import { type ParameterInit, SeededInit } from '../../../nn/init.js';
import type { ModelConfig } from '../../config.js';
import type { Body } from '../body.js';
import type { StackNames, StackSpec } from '../decoder/spec.js';
import { Stack } from '../decoder/stack.js';
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

/** A family of decoders, as GPT-2: what the shared models need to know of it. @internal */
export interface DecoderFamily<Config extends ModelConfig> {
  /** Name of the layers within models that have a head, `transformer`. */
  prefix: string;
  names: StackNames;
  spec(config: Config): StackSpec;
  heads: Pick<Family<Config>['heads'], 'tokens' | 'answers'>;
}

/** What a family says of what is below its heads. @internal */
export type BodySource<Config extends ModelConfig> =
  Pick<Family<Config>, 'prefix' | 'names' | 'spec'> | Pick<DecoderFamily<Config>, 'prefix' | 'names' | 'spec'>;

function isOfDecoders<Config extends ModelConfig>(
  source: BodySource<Config>,
): source is Pick<DecoderFamily<Config>, 'prefix' | 'names' | 'spec'> {
  return 'stack' in source.names;
}

/** A model of any family: what turns tokens into states, below whatever a subclass adds. @internal */
export abstract class EncoderModel<Config extends ModelConfig> extends PreTrainedModel<Config> {
  override readonly encoder: Body;

  /** @internal */
  constructor(family: BodySource<Config>, config: Config, init: ParameterInit) {
    super(config);
    this.encoder = isOfDecoders(family)
      ? new Stack(family.spec(config), family.names, init)
      : new Encoder(family.spec(config), family.names, init);
    this.paths = { encoder: family.prefix };
  }
}

/** A shared model. */
type SharedClass<Config extends ModelConfig, Source, Model> = abstract new (
  family: Source,
  config: Config,
  init: ParameterInit,
) => Model;

/**
 * The class of a family's models with one head, for a named class to extend.
 * @internal
 */
export function modelOf<Config extends ModelConfig, Source, Model extends PreTrainedModel>(
  Shared: SharedClass<Config, Source, Model>,
  family: Source,
): ModelClass<Config, Model> {
  // TypeScript takes no class of a type parameter as a base: to it, this is one of any model.
  const Base = Shared as unknown as SharedClass<Config, Source, EncoderModel<Config>>;
  abstract class Bound extends Base {
    constructor(config: Config, init: ParameterInit = new SeededInit()) {
      super(family, config, init);
    }
  }
  return Bound as unknown as ModelClass<Config, Model>;
}
