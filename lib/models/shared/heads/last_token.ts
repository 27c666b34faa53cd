import type { LabelKind } from '../../../data/index.js';
import type { ParameterInit } from '../../../nn/init.js';
import { Linear } from '../../../nn/linear.js';
import { embedding } from '../../../ops/index.js';
import type { ModelConfig } from '../../config.js';
import type { HostBatch } from '../batch.js';
import type { Encoded } from '../encoder/encoder.js';
import type { HostArray } from '../host_array.js';
import type { ModelInputs } from '../inputs.js';
import type { HostPass, PassTensors, Targets } from '../pass.js';
import { type DecoderFamily, EncoderModel } from './family.js';
import type { SequenceClassifierModel, SequenceClassifierOutput } from './sequence_classifier.js';
import { labelKindOf, sequenceLoss, sequenceTargets } from './sequence_loss.js';

/** A config that may name a padding token. */
type PaddedConfig = ModelConfig & { readonly padTokenId: number | null };

/**
 * One prediction per sequence, made from its last token that is no padding: the only one that has seen all of them.
 * Padding is what the mask hides, and the padding token's id at the end.
 */
export abstract class LastTokenClassifier<Config extends PaddedConfig = PaddedConfig>
  extends EncoderModel<Config>
  implements SequenceClassifierModel
{
  readonly classifier: Linear;

  /** @internal */
  constructor(family: DecoderFamily<Config>, config: Config, init: ParameterInit) {
    super(family, config, init);
    const { hiddenSize, initializerRange: std } = this.encoder.spec;
    this.classifier = new Linear(hiddenSize, config.numLabels, { init, std, bias: false });
    this.paths = { ...this.paths, classifier: 'score' };
  }

  override forward<Inputs extends ModelInputs>(inputs: Inputs): SequenceClassifierOutput<Inputs> {
    return this.run(inputs) as SequenceClassifierOutput<Inputs>;
  }

  get labelKind(): LabelKind | undefined {
    return labelKindOf(this.config);
  }

  /** Labels, and which tokens are read: `last`. @internal */
  override targets(pass: HostPass, isPadded: boolean): Targets {
    return { ...sequenceTargets(this, pass, isPadded), last: lastTokens(pass.batch, this.config.padTokenId) };
  }

  protected override head({ lastHiddenState }: Encoded, { targets }: PassTensors, { wants }: HostPass) {
    const logits = this.classifier.forward(embedding(lastHiddenState, targets['last']!));
    const loss = sequenceLoss(this.config, logits, targets);
    return { loss, perSequence: { logits: wants('logits') ? logits : undefined } };
  }
}

/** The packed row of each sequence's last token that is no padding; the first, where all are. */
function lastTokens({ layout, arrays }: HostBatch, padTokenId: number | null): HostArray {
  const ids = arrays['ids']?.values;
  let begin = 0;
  const values = Int32Array.from(layout.lengths, (length) => {
    let at = begin + length - 1;
    while (ids !== undefined && padTokenId !== null && at > begin && ids[at] === padTokenId) at--;
    begin += length;
    return at;
  });
  return { values, axes: ['batch'] };
}
