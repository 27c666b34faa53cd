import type { ParameterInit } from '../../../nn/init.js';
import { joinName } from '../../../nn/module.js';
import { aliasTensor, type Tensor } from '../../../tensor/tensor.js';
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

  /** Python's classes without a head save positions that are computed, too. @internal */
  override savedState(): Map<string, Tensor> {
    const state = super.savedState();
    const { names } = this.family;
    for (const [path, stack, { positions = '' }] of [
      ['encoder', this.encoder, names.encoder(this.config).stack],
      ['decoder', this.decoder, names.decoder(this.config).stack],
    ] as const) {
      const rows = stack.embeddings.computed();
      if (rows !== undefined) state.set(joinName(path, positions, 'weight'), aliasTensor(rows));
    }
    return state;
  }

  protected override head({ lastHiddenState }: StackOutput, _: PassTensors, { wants }: HostPass) {
    return { perToken: { lastHiddenState: wants('lastHiddenState') ? lastHiddenState : undefined } };
  }
}
