import type { LabelKind } from '../../../data/index.js';
import type { ParameterInit } from '../../../nn/init.js';
import { bceWithLogits, cast, crossEntropy, mseLoss, mul, sum } from '../../../ops/index.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { ModelConfig, ProblemType } from '../../config.js';
import type { Encoded } from '../encoder/encoder.js';
import type { ModelInputs } from '../inputs.js';
import type { EncoderOutputs, LossOf, ModelOutput } from '../outputs.js';
import type { HostPass, PassTensors, Targets } from '../pass.js';
import { classTargets, floatTargets, readTargets } from '../targets.js';
import type { Family } from './family.js';
import { FirstTokenModel } from './first_token.js';

/** Outputs of a sequence classifier. */
export interface SequenceClassifierOutput<Inputs = ModelInputs> extends ModelOutput, EncoderOutputs {
  logits: Tensor; // (B, numLabels)
  loss: LossOf<Inputs>;
}

/** One prediction per sequence: a class, several labels at once, or numbers. */
export abstract class SequenceClassifier<Config extends ModelConfig = ModelConfig> extends FirstTokenModel<Config> {
  /** @internal */
  constructor(family: Family<Config>, config: Config, init: ParameterInit) {
    super(family, family.heads.sequences(config), config.numLabels, config, init);
  }

  /**
   * Labels are classes (B), floats (B, numLabels) for several labels at once, or floats for regression, which is meant
   * when there is one label; `config.problemType` settles it.
   * @throws DataError, ShapeError, DeviceError, UnsupportedOpError for inputs the model cannot take
   */
  override forward<Inputs extends ModelInputs>(inputs: Inputs): SequenceClassifierOutput<Inputs> {
    return this.run(inputs) as SequenceClassifierOutput<Inputs>;
  }

  /** What labels are, as collators name it; undefined while neither the config nor a batch has settled it. */
  get labelKind(): LabelKind | undefined {
    const { problemType, numLabels } = this.config;
    if (problemType === 'single_label_classification') return 'class';
    return problemType !== undefined || numLabels === 1 ? 'float' : undefined;
  }

  /** The problem type, when nobody stated it, is inferred once and kept. @internal */
  override targets({ batch: { layout }, inputs, wants }: HostPass, isPadded: boolean): Targets {
    const { labels, labelShape } = inputs;
    if (labels === undefined || !wants('loss')) return {};
    const { architecture: where, config, device } = this;
    const { batch } = layout;
    const given = readTargets(where, labels, labelShape);
    config.problemType ??= inferType(config.numLabels, given.areIndices);
    if (config.problemType === 'single_label_classification')
      return { classes: classTargets(where, given, batch, config.numLabels, device) };
    const values = floatTargets(where, given, batch, config.numLabels, device);
    if (!isPadded) return { values };
    const share = new Float32Array(batch).fill(1 / (batch * config.numLabels));
    return { values, shares: { values: share, axes: ['batch', 1] } };
  }

  protected override get globalTokens() {
    return 'first' as const;
  }

  protected override head(encoded: Encoded, tensors: PassTensors, { wants }: HostPass) {
    const logits = this.scores(encoded, tensors);
    return { loss: this.#loss(logits, tensors.targets), perSequence: { logits: wants('logits') ? logits : undefined } };
  }

  /** The loss of Hugging Face's problem types; the mean over a padded batch is a sum by each sequence's share. */
  #loss(logits: Tensor, { classes, values, shares }: PassTensors['targets']): Tensor | undefined {
    if (classes !== undefined) return crossEntropy(logits, classes);
    if (values === undefined) return undefined;
    const lossOf = this.config.problemType === 'regression' ? mseLoss : bceWithLogits;
    const wanted = values.dtype === 'f32' && logits.dtype !== 'f32' ? cast(values, logits.dtype) : values;
    if (shares === undefined) return lossOf(logits, wanted);
    return sum(mul(lossOf(logits, wanted, { reduction: 'none' }), shares));
  }
}

function inferType(numLabels: number, areIndices: boolean): ProblemType {
  if (numLabels === 1) return 'regression';
  return areIndices ? 'single_label_classification' : 'multi_label_classification';
}
