import type { Embedding } from '../../../nn/embedding.js';
import type { ParameterInit } from '../../../nn/init.js';
import { joinName } from '../../../nn/module.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { ShapeError, UnsupportedOpError } from '../../../util/errors.js';
import type { ModelConfig } from '../../config.js';
import { type HostBatch, readBatch, sizeOf, type TokenBatch, unpack, uploadBatch } from '../batch.js';
import type { Source } from '../decoder/attention.js';
import { wordsOf } from '../decoder/embeddings.js';
import { Stack, type StackOutput } from '../decoder/stack.js';
import { upload } from '../host_array.js';
import { checkInputNames } from '../inputs.js';
import type { KeyAliases } from '../load.js';
import { type AnyModelOutput, wantedOutputs } from '../outputs.js';
import { callerOutputs, type HeadOutputs, type HostPass, type PassTensors } from '../pass.js';
import { PreTrainedModel } from '../pretrained.js';
import type { Seq2SeqFamily } from './family.js';
import { DECODER_INPUTS, decoderInputs, type Seq2SeqInputs } from './inputs.js';

/** One call: `batch` is what the decoder reads, the source what the encoder does. @internal */
export interface Seq2SeqPass extends HostPass {
  inputs: Seq2SeqInputs;
  source: HostBatch;
}

/** An encoder-decoder of any family, below whatever a subclass adds. */
export abstract class Seq2SeqModel<Config extends ModelConfig> extends PreTrainedModel<Config> {
  override readonly encoder: Stack;
  readonly decoder: Stack;
  /** The words' table of both stacks, where they share one; checkpoints of some that do not hold it too, unused. */
  readonly shared?: Embedding;
  readonly family: Seq2SeqFamily<Config>;

  /** @internal @param prefix of the stacks' names */
  constructor(family: Seq2SeqFamily<Config>, prefix: string, config: Config, init: ParameterInit) {
    super(config);
    const { names } = family;
    const spec = family.encoder(config);
    if (family.hasShared(config)) this.shared = wordsOf(spec, init);
    const words = family.sharesWords(config) ? this.shared : undefined;
    this.encoder = new Stack(spec, names.encoder(config), init, words);
    this.decoder = new Stack(family.decoder(config), names.decoder(config), init, words);
    this.paths = {
      shared: joinName(prefix, names.shared),
      encoder: joinName(prefix, 'encoder'),
      decoder: joinName(prefix, 'decoder'),
    };
    this.family = family;
  }

  /** @throws UnsupportedOpError: encoder-decoders are not recorded */
  override compile(): this {
    throw new UnsupportedOpError(`${this.architecture}: encoder-decoders cannot be compiled`);
  }

  override checkpointGradients(on = true): this {
    this.decoder.checkpointsGradients = on;
    return super.checkpointGradients(on);
  }

  override dispose(): void {
    this.decoder.dispose();
    super.dispose();
  }

  /** @internal */
  override bodyParameters(): Tensor[] {
    return [...super.bodyParameters(), ...this.decoder.parameters(), ...(this.shared?.parameters() ?? [])];
  }

  /** Tied tables have one name here and several in old files, untied ones may have been tied there. @internal */
  override keyAliases(): KeyAliases {
    if (this.shared === undefined) return {};
    const shared = joinName(this.paths['shared'] as string, 'weight');
    const [encoder, decoder] = ['encoder', 'decoder'].map((stack) =>
      joinName(this.paths[stack] as string, 'embed_tokens.weight'),
    ) as [string, string];
    if (this.family.sharesWords(this.config))
      return { [shared]: [encoder, decoder, 'lm_head.weight'], 'lm_head.weight': shared };
    return { [encoder]: shared, [decoder]: shared };
  }

  protected override get ownInputs(): readonly string[] {
    return DECODER_INPUTS;
  }

  /** Whether labels are words, of which the decoder's inputs are made. */
  protected get labelsAreWords(): boolean {
    return false;
  }

  /** @internal */
  override readPass(inputs: Seq2SeqInputs): Seq2SeqPass {
    const { architecture: where, device } = this;
    const { wants, batch } = this.readDecoder(inputs);
    const source = readBatch(inputs, { where, device, readsFirstColumn: false, ...this.encoder.spec });
    const [asked, given] = [batch.layout.batch, source.layout.batch];
    if (asked !== given)
      throw new ShapeError(
        `${where}: the decoder must have as many sequences as the source, got ${asked} for ${given}`,
      );
    return { inputs, wants, batch, source };
  }

  /** The decoder's part of a pass, on the host. */
  protected readDecoder(inputs: Seq2SeqInputs): HostPass {
    const { architecture, device, config, family, labelsAreWords } = this;
    checkInputNames(architecture, inputs, this.ownInputs);
    const wants = wantedOutputs(architecture, inputs);
    const uses = { labels: labelsAreWords, source: family.readsSource };
    const own = decoderInputs(architecture, inputs, family.shift(config), uses);
    const where = `${architecture}, decoder`;
    return { inputs, wants, batch: readBatch(own, { where, device, readsFirstColumn: false, ...this.decoder.spec }) };
  }

  /** The encoder's states, and what else it gives. */
  protected encode(source: HostBatch, { inputs }: Seq2SeqPass): { encoded: StackOutput; source: Source } {
    const batch = uploadBatch(source, this.device);
    const { outputHiddenStates: withHiddenStates, outputAttentions: withAttentions } = inputs;
    const encoded = this.encoder.forward(batch, { generator: this.generator, withHiddenStates, withAttentions });
    const { layout, segments } = batch;
    return { encoded, source: { states: encoded.lastHiddenState, layout, segments } };
  }

  /** Decoder and head. */
  protected decode(batch: TokenBatch, pass: HostPass, source: Source | undefined): AnyModelOutput {
    const { layout } = pass.batch;
    const targets = upload(this.targets(pass, false), sizeOf(layout), this.device) as PassTensors['targets'];
    const { outputHiddenStates: withHiddenStates, outputAttentions: withAttentions } = pass.inputs;
    const { generator } = this;
    const decoded = this.decoder.forward(batch, { generator, withHiddenStates, withAttentions, source });
    const outputs = callerOutputs(this.head(decoded, { batch, targets }, pass), layout);
    return Object.assign(outputs, {
      ...(decoded.hiddenStates && {
        decoderHiddenStates: decoded.hiddenStates.map((hidden) => unpack(hidden, layout)),
      }),
      ...(decoded.attentions && { decoderAttentions: decoded.attentions }),
      ...(decoded.crossAttentions && { crossAttentions: decoded.crossAttentions }),
    });
  }

  protected override run(inputs: Seq2SeqInputs): AnyModelOutput {
    const pass = this.readPass(inputs);
    const { encoded, source } = this.encode(pass.source, pass);
    const outputs = this.decode(uploadBatch(pass.batch, this.device), pass, source);
    return Object.assign(outputs, this.encoderOutputs(encoded, pass));
  }

  /** What the caller gets of the encoder. */
  protected encoderOutputs({ lastHiddenState, hiddenStates, attentions }: StackOutput, { source, wants }: Seq2SeqPass) {
    const { layout } = source;
    const wanted = wants('encoderLastHiddenState');
    return {
      ...(wanted && { encoderLastHiddenState: unpack(lastHiddenState, layout) }),
      ...(hiddenStates && { encoderHiddenStates: hiddenStates.map((hidden) => unpack(hidden, layout)) }),
      ...(attentions && { encoderAttentions: attentions }),
    };
  }

  protected abstract override head(decoded: StackOutput, tensors: PassTensors, pass: HostPass): HeadOutputs;
}
