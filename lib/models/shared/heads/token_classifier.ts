import type { ParameterInit } from '../../../nn/init.js';
import { Linear } from '../../../nn/linear.js';
import { crossEntropy } from '../../../ops/index.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { ModelConfig } from '../../config.js';
import { dropped } from '../dropped.js';
import type { Encoded } from '../encoder/encoder.js';
import type { ModelInputs } from '../inputs.js';
import type { EncoderOutputs, LossOf, ModelOutput } from '../outputs.js';
import type { HostPass, PassTensors } from '../pass.js';
import { tokenTargets } from '../targets.js';
import { type BodySource, EncoderModel, type Family } from './family.js';

/** Outputs of a token classifier. */
export interface TokenClassifierOutput<Inputs = ModelInputs> extends ModelOutput, EncoderOutputs {
  logits: Tensor; // (B, S, numLabels)
  loss: LossOf<Inputs>;
}

/** How a family classifies tokens: dropout, a linear layer. @internal */
export interface TokenHead {
  names: { classifier: string };
  dropout: number;
}

/** One class per token. */
export abstract class TokenClassifier<Config extends ModelConfig = ModelConfig> extends EncoderModel<Config> {
  readonly classifier: Linear;
  readonly #dropout: number;

  /** @internal */
  constructor(
    family: BodySource<Config> & { heads: Pick<Family<Config>['heads'], 'tokens'> },
    config: Config,
    init: ParameterInit,
  ) {
    super(family, config, init);
    const { names, dropout } = family.heads.tokens(config);
    const { hiddenSize, initializerRange: std } = this.encoder.spec;
    this.classifier = new Linear(hiddenSize, config.numLabels, { init, std });
    this.paths = { ...this.paths, ...names };
    this.#dropout = dropout;
  }

  /**
   * Labels are a class per token, -100 where none counts; those of dropped positions never count.
   * @throws DataError, ShapeError, DeviceError, UnsupportedOpError for inputs the model cannot take
   */
  override forward<Inputs extends ModelInputs>(inputs: Inputs): TokenClassifierOutput<Inputs> {
    return this.run(inputs) as TokenClassifierOutput<Inputs>;
  }

  /** @internal */
  override targets({ batch, inputs: { labels }, wants }: HostPass) {
    if (labels === undefined || !wants('loss')) return {};
    return { labels: tokenTargets(this.architecture, labels, batch.layout, this.config.numLabels) };
  }

  protected override head({ lastHiddenState }: Encoded, { targets: { labels } }: PassTensors, { wants }: HostPass) {
    const logits = this.classifier.forward(dropped(this, lastHiddenState, this.#dropout, this.generator));
    return { loss: labels && crossEntropy(logits, labels), perToken: { logits: wants('logits') ? logits : undefined } };
  }
}
