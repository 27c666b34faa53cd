import type { ParameterInit } from '../../nn/init.js';
import type { ModelConfig } from '../config.js';
import { Encoder, type EncoderNames, type EncoderSpec } from './encoder.js';

/** What the shared models need to know of a family of encoders. @internal */
export interface Family<Config extends ModelConfig> {
  /** Name of the encoder within models that have a head, `bert`. */
  prefix: string;
  names: EncoderNames;
  spec(config: Config): EncoderSpec;
}

/** The encoder of a config. @internal */
export function makeEncoder<Config extends ModelConfig>(
  family: Family<Config>,
  config: Config,
  init: ParameterInit,
): Encoder {
  return new Encoder(family.spec(config), family.names, init);
}
