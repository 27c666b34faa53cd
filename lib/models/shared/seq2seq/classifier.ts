import type { LabelKind } from '../../../data/index.js';
import type { ParameterInit } from '../../../nn/init.js';
import { Linear } from '../../../nn/linear.js';
import { embedding } from '../../../ops/index.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { DataError, ShapeError, UnsupportedOpError } from '../../../util/errors.js';
import type { ModelConfig } from '../../config.js';
import type { HostBatch } from '../batch.js';
import type { StackOutput } from '../decoder/stack.js';
import { dropped } from '../dropped.js';
import type { SequenceClassifierModel, SequenceClassifierOutput } from '../heads/sequence_classifier.js';
import { labelKindOf, sequenceLoss, sequenceTargets } from '../heads/sequence_loss.js';
import type { HostArray } from '../host_array.js';
import type { LossOf, Seq2SeqOutputs } from '../outputs.js';
import type { HostPass, PassTensors, Targets } from '../pass.js';
import type { Seq2SeqFamily } from './family.js';
import type { Seq2SeqInputs } from './inputs.js';
import { Seq2SeqModel, type Seq2SeqPass } from './model.js';

/** Outputs of a sequence classifier with an encoder and a decoder. */
export interface Seq2SeqClassifierOutput<Inputs = Seq2SeqInputs> extends SequenceClassifierOutput, Seq2SeqOutputs {
  logits: Tensor; // (B, numLabels)
  loss: LossOf<Inputs>;
}

/**
 * One prediction per sequence: the decoder reads the source itself, and its state at the last end token, which has seen
 * all of it, is what scores are made of.
 */
export abstract class Seq2SeqClassifier<Config extends ModelConfig = ModelConfig>
  extends Seq2SeqModel<Config>
  implements SequenceClassifierModel
{
  readonly dense: Linear;
  readonly classifier: Linear;
  readonly #dropout: number;
  readonly #ends: ReadonlySet<number>;

  /** @internal */
  constructor(family: Seq2SeqFamily<Config>, config: Config, init: ParameterInit) {
    super(family, family.prefix, config, init);
    const { names, dropout, ends } = family.sequences!(config);
    const { hiddenSize, initializerRange: std } = this.decoder.spec;
    this.dense = new Linear(hiddenSize, hiddenSize, { init, std });
    this.classifier = new Linear(hiddenSize, config.numLabels, { init, std });
    this.paths = { ...this.paths, ...names };
    this.#dropout = dropout;
    this.#ends = new Set(ends);
  }

  override forward<Inputs extends Seq2SeqInputs>(inputs: Inputs): Seq2SeqClassifierOutput<Inputs> {
    return this.run(inputs) as Seq2SeqClassifierOutput<Inputs>;
  }

  get labelKind(): LabelKind | undefined {
    return labelKindOf(this.config);
  }

  /** Labels, and which of the decoder's tokens are read: `last`. @internal */
  override targets(pass: Seq2SeqPass, isPadded: boolean): Targets {
    return { ...sequenceTargets(this, pass, isPadded), last: this.#lastEnds(pass) };
  }

  protected override head({ lastHiddenState }: StackOutput, { targets }: PassTensors, { wants }: HostPass) {
    const drop = (x: Tensor): Tensor => dropped(this, x, this.#dropout, this.generator);
    const state = embedding(lastHiddenState, targets['last']!);
    const logits = this.classifier.forward(drop(this.dense.forward(drop(state), { activation: 'tanh' })));
    const loss = sequenceLoss(this.config, logits, targets);
    return { loss, perSequence: { logits: wants('logits') ? logits : undefined } };
  }

  /** The packed row of each sequence's last end token. */
  #lastEnds({ source, batch }: Seq2SeqPass): HostArray {
    const { architecture: where } = this;
    const ids = idsOf(where, source);
    if (source.layout.lengths.join() !== batch.layout.lengths.join())
      throw new ShapeError(`${where}: decoderInputIds must be as long as inputIds, got other lengths`);
    let end = 0;
    const values = Int32Array.from(source.layout.lengths, (length, row) => {
      end += length;
      for (let t = end - 1; t >= end - length; t--) if (this.#ends.has(ids[t]!)) return t;
      const tokens = [...this.#ends].join(' or ');
      throw new DataError(`${where}: a sequence must hold its end token ${tokens}, got none in row ${row}`, { row });
    });
    return { values, axes: ['batch'] };
  }
}

function idsOf(where: string, { arrays }: HostBatch): ArrayLike<number> {
  const ids = arrays['ids']?.values;
  if (ids !== undefined) return ids;
  throw new UnsupportedOpError(`${where}: end tokens are found by inputIds, got embeddings`);
}
