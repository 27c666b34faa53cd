import type { ParameterInit } from '../../../nn/init.js';
import { Linear } from '../../../nn/linear.js';
import { bceWithLogits, cast, mul, reshape, sum } from '../../../ops/index.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { DataError } from '../../../util/errors.js';
import type { ModelConfig } from '../../config.js';
import type { Activation } from '../encoder/activations.js';
import type { Encoded } from '../encoder/encoder.js';
import type { HostArrays } from '../host_array.js';
import type { ModelInputs } from '../inputs.js';
import type { EncoderOutputs, LossOf, ModelOutput } from '../outputs.js';
import type { HostPass, PassTensors } from '../pass.js';
import { IGNORE_INDEX, tokenTargets } from '../targets.js';
import { EncoderModel, type Family } from './family.js';

/** Outputs of a token discriminator. */
export interface TokenDiscriminatorOutput<Inputs = ModelInputs> extends ModelOutput, EncoderOutputs {
  /** Above 0 where a token was likely replaced. */
  logits: Tensor; // (B, S)
  loss: LossOf<Inputs>;
}

/** How a family tells replaced tokens: a linear layer, its activation, a linear layer of one feature. @internal */
export interface DiscriminatorHead {
  names: { dense: string; prediction: string };
  activation: Activation;
}

/**
 * Whether each token was replaced by a generator.
 * Source: Clark et al., ELECTRA (arXiv 2003.10555).
 */
export abstract class TokenDiscriminator<Config extends ModelConfig = ModelConfig> extends EncoderModel<Config> {
  readonly dense: Linear;
  readonly prediction: Linear;
  readonly #activation: Activation;

  /** @internal */
  constructor(family: Family<Config>, config: Config, init: ParameterInit) {
    super(family, config, init);
    const { names, activation } = family.heads.replacements!(config);
    const { hiddenSize, initializerRange: std } = this.encoder.spec;
    this.dense = new Linear(hiddenSize, hiddenSize, { init, std });
    this.prediction = new Linear(hiddenSize, 1, { init, std });
    this.paths = { ...this.paths, ...names };
    this.#activation = activation;
  }

  /**
   * Labels are 1 per replaced token and 0 per original one; those of dropped positions never count.
   * @throws DataError, ShapeError, DeviceError, UnsupportedOpError for inputs the model cannot take
   */
  override forward<Inputs extends ModelInputs>(inputs: Inputs): TokenDiscriminatorOutput<Inputs> {
    return this.run(inputs) as TokenDiscriminatorOutput<Inputs>;
  }

  /** The mean over a bucket's tokens is a sum by each token's share. @internal */
  override targets({ batch, inputs: { labels }, wants }: HostPass, isPadded: boolean): HostArrays {
    if (labels === undefined || !wants('loss')) return {};
    const { values } = tokenTargets(this.architecture, labels, batch.layout, 2);
    if (values.includes(IGNORE_INDEX))
      throw new DataError(`${this.architecture}: labels must be 0 or 1, got ${IGNORE_INDEX}`, { label: IGNORE_INDEX });
    const perToken = (numbers: Float32Array) => ({ values: numbers, axes: ['tokens'] as const });
    const replaced = { replaced: perToken(Float32Array.from(values)) };
    if (!isPadded) return replaced;
    return { ...replaced, shares: perToken(new Float32Array(values.length).fill(1 / values.length)) };
  }

  protected override head({ lastHiddenState }: Encoded, { targets }: PassTensors, { wants }: HostPass) {
    const dense = this.dense.forward(lastHiddenState, { activation: this.#activation });
    const logits = reshape(this.prediction.forward(dense), [lastHiddenState.shape[0]!]);
    return { loss: lossOf(logits, targets), perToken: { logits: wants('logits') ? logits : undefined } };
  }
}

function lossOf(logits: Tensor, { replaced, shares }: PassTensors['targets']): Tensor | undefined {
  if (replaced === undefined) return undefined;
  const wanted = logits.dtype === 'f32' ? replaced : cast(replaced, logits.dtype);
  if (shares === undefined) return bceWithLogits(logits, wanted);
  return sum(mul(bceWithLogits(logits, wanted, { reduction: 'none' }), shares));
}
