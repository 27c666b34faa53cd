import type { ParameterInit } from '../../../nn/init.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { ModelConfig } from '../../config.js';
import type { StackOutput } from '../decoder/stack.js';
import type { ModelOutput, Seq2SeqOutputs } from '../outputs.js';
import type { HostPass, PassTensors } from '../pass.js';
import type { Seq2SeqFamily } from './family.js';
import type { Seq2SeqInputs } from './inputs.js';
import { Seq2SeqModel } from './model.js';

/** Outputs of an encoder-decoder without a head. */
export interface Seq2SeqModelOutput extends ModelOutput, Seq2SeqOutputs {
  /** The decoder's. */
  lastHiddenState: Tensor; // (B, S, C)
}

/** An encoder-decoder without a head: states of the decoder's tokens, and of the encoder's. */
export abstract class Seq2SeqBase<Config extends ModelConfig = ModelConfig> extends Seq2SeqModel<Config> {
  /** @internal */
  constructor(family: Seq2SeqFamily<Config>, config: Config, init: ParameterInit) {
    super(family, '', config, init);
  }

  /** @throws DataError, ShapeError, DeviceError, UnsupportedOpError for inputs the model cannot take */
  override forward(inputs: Seq2SeqInputs): Seq2SeqModelOutput {
    return this.run(inputs) as Seq2SeqModelOutput;
  }

  protected override head({ lastHiddenState }: StackOutput, _: PassTensors, { wants }: HostPass) {
    return { perToken: { lastHiddenState: wants('lastHiddenState') ? lastHiddenState : undefined } };
  }
}
