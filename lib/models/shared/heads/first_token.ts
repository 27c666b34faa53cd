import type { ParameterInit } from '../../../nn/init.js';
import { Linear } from '../../../nn/linear.js';
import { segmentPool } from '../../../ops/index.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { ModelConfig } from '../../config.js';
import { dropped } from '../dropped.js';
import type { Activation } from '../encoder/activations.js';
import type { Encoded } from '../encoder/encoder.js';
import type { PassTensors } from '../pass.js';
import { EncoderModel, type Family } from './family.js';

/** From the first token's state to scores: dropout, a linear layer, its activation, dropout, a linear layer. @internal */
export interface FirstTokenHead {
  names: { dense: string; classifier: string };
  activation: Activation;
  /** Before the first linear layer; 0 when absent. */
  inputDropout?: number;
  /** Before the second linear layer. */
  dropout: number;
}

/** Models that read the first token of each sequence. @internal */
export abstract class FirstTokenModel<Config extends ModelConfig> extends EncoderModel<Config> {
  readonly dense: Linear;
  readonly classifier: Linear;
  readonly #head: FirstTokenHead;

  /** @internal @param scores per sequence */
  constructor(family: Family<Config>, head: FirstTokenHead, scores: number, config: Config, init: ParameterInit) {
    super(family, config, init);
    const { hiddenSize, initializerRange: std } = this.encoder.spec;
    this.dense = new Linear(hiddenSize, hiddenSize, { init, std });
    this.classifier = new Linear(hiddenSize, scores, { init, std });
    this.paths = { ...this.paths, ...head.names };
    this.#head = head;
  }

  protected override get readsFirstColumn(): boolean {
    return true;
  }

  /** @returns (B, scores) */
  protected scores({ lastHiddenState }: Encoded, { batch }: PassTensors): Tensor {
    const { activation, inputDropout = 0, dropout } = this.#head;
    const first = segmentPool(lastHiddenState, batch.segments, 'first');
    const dense = this.dense.forward(dropped(this, first, inputDropout, this.generator), { activation });
    return this.classifier.forward(dropped(this, dense, dropout, this.generator));
  }
}
