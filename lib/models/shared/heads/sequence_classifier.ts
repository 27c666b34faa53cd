import type { LabelKind } from '../../../data/index.js';
import type { ParameterInit } from '../../../nn/init.js';
import type { Linear } from '../../../nn/linear.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { ModelConfig } from '../../config.js';
import type { Encoded } from '../encoder/encoder.js';
import type { ModelInputs } from '../inputs.js';
import type { EncoderOutputs, LossOf, ModelOutput } from '../outputs.js';
import type { HostPass, PassTensors, Targets } from '../pass.js';
import type { PreTrainedModel } from '../pretrained.js';
import type { Family } from './family.js';
import { FirstTokenModel } from './first_token.js';
import { labelKindOf, sequenceLoss, sequenceTargets } from './sequence_loss.js';

/** Outputs of a sequence classifier. */
export interface SequenceClassifierOutput<Inputs = ModelInputs> extends ModelOutput, EncoderOutputs {
  logits: Tensor; // (B, numLabels)
  loss: LossOf<Inputs>;
}

/** A model with one prediction per sequence. */
export interface SequenceClassifierModel extends PreTrainedModel {
  /** The last linear layer. */
  readonly classifier: Linear;
  /** What labels are, as collators name it; undefined while neither the config nor a batch has settled it. */
  readonly labelKind: LabelKind | undefined;
  /**
   * Labels are classes (B), floats (B, numLabels) for several labels at once, or floats for regression, which is meant
   * when there is one label; `config.problemType` settles it.
   * @throws DataError, ShapeError, DeviceError, UnsupportedOpError for inputs the model cannot take
   */
  forward<Inputs extends ModelInputs>(inputs: Inputs): SequenceClassifierOutput<Inputs>;
}

/** One prediction per sequence: a class, several labels at once, or numbers. */
export abstract class SequenceClassifier<Config extends ModelConfig = ModelConfig>
  extends FirstTokenModel<Config>
  implements SequenceClassifierModel
{
  /** @internal */
  constructor(family: Family<Config>, config: Config, init: ParameterInit) {
    super(family, family.heads.sequences(config), config.numLabels, config, init);
  }

  override forward<Inputs extends ModelInputs>(inputs: Inputs): SequenceClassifierOutput<Inputs> {
    return this.run(inputs) as SequenceClassifierOutput<Inputs>;
  }

  get labelKind(): LabelKind | undefined {
    return labelKindOf(this.config);
  }

  /** @internal */
  override targets(pass: HostPass, isPadded: boolean): Targets {
    return sequenceTargets(this, pass, isPadded);
  }

  protected override head(encoded: Encoded, tensors: PassTensors, { wants }: HostPass) {
    const logits = this.scores(encoded, tensors);
    const loss = sequenceLoss(this.config, logits, tensors.targets);
    return { loss, perSequence: { logits: wants('logits') ? logits : undefined } };
  }
}
