import type { LabelKind } from '../../../data/index.js';
import { bceWithLogits, cast, crossEntropy, mseLoss, mul, sum } from '../../../ops/index.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { ModelConfig, ProblemType } from '../../config.js';
import type { HostPass, PassTensors, Targets } from '../pass.js';
import type { PreTrainedModel } from '../pretrained.js';
import { classTargets, floatTargets, readTargets } from '../targets.js';

/** What labels of sequences are; undefined while neither the config nor a batch has settled it. @internal */
export function labelKindOf({ problemType, numLabels }: ModelConfig): LabelKind | undefined {
  if (problemType === 'single_label_classification') return 'class';
  return problemType !== undefined || numLabels === 1 ? 'float' : undefined;
}

/** Labels of sequences; the problem type, when nobody stated it, is inferred once and kept. @internal */
export function sequenceTargets(
  { architecture: where, config, device }: PreTrainedModel,
  { batch: { layout }, inputs, wants }: HostPass,
  isPadded: boolean,
): Targets {
  const { labels, labelShape } = inputs;
  if (labels === undefined || !wants('loss')) return {};
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

/**
 * The loss of Hugging Face's problem types; the mean over a padded batch is a sum by each sequence's share.
 * @param logits (B, numLabels)
 * @internal
 */
export function sequenceLoss(
  { problemType }: ModelConfig,
  logits: Tensor,
  { classes, values, shares }: PassTensors['targets'],
): Tensor | undefined {
  if (classes !== undefined) return crossEntropy(logits, classes);
  if (values === undefined) return undefined;
  const lossOf = problemType === 'regression' ? mseLoss : bceWithLogits;
  const wanted = values.dtype === 'f32' && logits.dtype !== 'f32' ? cast(values, logits.dtype) : values;
  if (shares === undefined) return lossOf(logits, wanted);
  return sum(mul(lossOf(logits, wanted, { reduction: 'none' }), shares));
}

function inferType(numLabels: number, areIndices: boolean): ProblemType {
  if (numLabels === 1) return 'regression';
  return areIndices ? 'single_label_classification' : 'multi_label_classification';
}
