import type { Tensor } from '../../tensor/tensor.js';
import { ConfigError } from '../../util/errors.js';
import { type ModelInputs, OUTPUT_NAMES, type OutputName } from './inputs.js';

/** What every model's `forward` may return; each tensor only when there is one and it was asked for. */
export interface EncoderOutputs {
  /** The embeddings, then each layer's output: (B, S, C) each, with `outputHiddenStates`. */
  hiddenStates?: Tensor[];
  /** Per layer (B, H, S, S), with `outputAttentions`. */
  attentions?: Tensor[];
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

/** What `forward` of any model returns: the tensors its head has. */
export type AnyModelOutput = ModelOutput &
  EncoderOutputs & { [Name in Exclude<OutputName, keyof EncoderOutputs>]?: Tensor | undefined };

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
