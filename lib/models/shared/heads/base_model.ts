import type { ParameterInit } from '../../../nn/init.js';
import { Linear } from '../../../nn/linear.js';
import { segmentPool } from '../../../ops/index.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { ModelConfig } from '../../config.js';
import type { Encoded } from '../encoder/encoder.js';
import type { ModelInputs } from '../inputs.js';
import type { EncoderOutputs, ModelOutput } from '../outputs.js';
import type { HostPass, PassTensors } from '../pass.js';
import type { PreTrainedModel } from '../pretrained.js';
import { type BodySource, EncoderModel } from './family.js';

/** Outputs of an encoder without a head. */
export interface BaseModelOutput extends ModelOutput, EncoderOutputs {
  lastHiddenState: Tensor; // (B, S, C)
  /** The first token's state through a linear layer and tanh; only for families that have a pooler. */
  poolerOutput?: Tensor; // (B, C)
}

/** A model without a head: what it returns are states. */
export interface HeadlessModel extends PreTrainedModel {
  /** @throws DataError, ShapeError, DeviceError, UnsupportedOpError for inputs the model cannot take */
  forward(inputs: ModelInputs): BaseModelOutput;
}

/** An encoder without a head: states of all tokens, and of the first one pooled where the family does. */
export abstract class BaseModel<Config extends ModelConfig = ModelConfig>
  extends EncoderModel<Config>
  implements HeadlessModel
{
  readonly pooler?: Linear;

  /** @internal */
  constructor(family: BodySource<Config> & { pooler?: string }, config: Config, init: ParameterInit) {
    super(family, config, init);
    const { hiddenSize, initializerRange: std } = this.encoder.spec;
    if (family.pooler !== undefined) this.pooler = new Linear(hiddenSize, hiddenSize, { init, std });
    this.paths = { encoder: '', pooler: family.pooler ?? '' };
  }

  override forward(inputs: ModelInputs): BaseModelOutput {
    return this.run(inputs) as BaseModelOutput;
  }

  protected override get readsFirstColumn(): boolean {
    return this.pooler !== undefined;
  }

  protected override head({ lastHiddenState }: Encoded, { batch }: PassTensors, { wants }: HostPass) {
    const pool = (pooler: Linear): Tensor =>
      pooler.forward(segmentPool(lastHiddenState, batch.segments, 'first'), { activation: 'tanh' });
    return {
      perToken: { lastHiddenState: wants('lastHiddenState') ? lastHiddenState : undefined },
      perSequence: { poolerOutput: this.pooler && wants('poolerOutput') ? pool(this.pooler) : undefined },
    };
  }
}
