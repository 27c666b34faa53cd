import type { Tensor } from '../../tensor/tensor.js';
import type { CachedSequence } from './cache/key_value_cache.js';
import { ConfigError } from '../../util/errors.js';
import { type ModelInputs, OUTPUT_NAMES, type OutputName } from './inputs.js';

/** What every model's `forward` may return; each tensor only when there is one and it was asked for. */
export interface EncoderOutputs {
  /** The embeddings, then each layer's output: (B, S, C) each, with `outputHiddenStates`. */
  hiddenStates?: Tensor[];
  /** Per layer (B, H, S, S), with `outputAttentions`. */
  attentions?: Tensor[];
}

/** What `forward` of an encoder-decoder may return beside its head's outputs. */
export interface Seq2SeqOutputs {
  /** What the decoder reads of the source. */
  encoderLastHiddenState?: Tensor; // (B, S, C)
  /** The encoder's embeddings, then each of its layers' output, with `outputHiddenStates`. */
  encoderHiddenStates?: Tensor[];
  /** Per layer of the encoder (B, H, S, S), with `outputAttentions`. */
  encoderAttentions?: Tensor[];
  /** As the encoder's, of the decoder. */
  decoderHiddenStates?: Tensor[];
  decoderAttentions?: Tensor[];
  /** Per layer of the decoder, to the source's tokens. */
  crossAttentions?: Tensor[];
}

/** The loss of a forward pass: there when the inputs have labels. */
export type LossOf<Inputs> = Inputs extends { labels: object } | { startPositions: object; endPositions: object }
  ? Tensor
  : Tensor | undefined;

/**
 * The tensors a model returned, by name. `dispose()`, or a `using` declaration, frees all of them.
 *
 * @example
 * ```ts
 * import { AutoModel, BertConfig } from 'gridstride';
 * const config = new BertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const model = AutoModel.fromConfig(config);
 * const outputs = model.forward({ inputIds: [[2, 7, 3]] });
 * console.log(Object.keys(outputs)); // [ 'lastHiddenState', 'poolerOutput' ]
 * outputs.dispose();
 * ```
 */
export class ModelOutput {
  /** @internal */
  constructor(tensors: Readonly<Record<string, Tensor | Tensor[] | undefined>>) {
    for (const [name, value] of Object.entries(tensors))
      if (value !== undefined) Object.assign(this, { [name]: value });
  }

  /** Frees every tensor. */
  dispose(): void {
    for (const value of Object.values(this) as (Tensor | Tensor[])[])
      for (const tensor of Array.isArray(value) ? value : [value]) tensor.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** The outputs with the sequences to go on from: `dispose`, which goes through what can be listed, leaves them. @internal */
export function withCache<Output extends ModelOutput>(outputs: Output, sequences: readonly CachedSequence[]): Output {
  return Object.defineProperty(outputs, 'pastKeyValues', { value: sequences, enumerable: false });
}

/** What `forward` of any model returns: the tensors its head has. */
export type AnyModelOutput = ModelOutput &
  EncoderOutputs &
  Seq2SeqOutputs & { [Name in Exclude<OutputName, keyof EncoderOutputs | keyof Seq2SeqOutputs>]?: Tensor | undefined };

/**
 * Which outputs a call wants.
 * @throws ConfigError for a name in `returns` that no output has
 * @internal
 */
export function wantedOutputs(where: string, { returns }: ModelInputs): (name: OutputName) => boolean {
  if (returns === undefined) return () => true;
  for (const name of returns) {
    if (OUTPUT_NAMES.includes(name)) continue;
    throw new ConfigError(`${where}: returns must name outputs (${OUTPUT_NAMES.join(', ')}), got ${name}`, { name });
  }
  return (name) => returns.includes(name);
}
