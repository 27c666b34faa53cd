import { copy, slice } from '../../ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type HostBatch, sizeOf, type TokenBatch, unpack } from './batch.js';
import type { HostArray } from './host_array.js';
import type { ModelInputs, OutputName } from './inputs.js';
import { type AnyModelOutput, ModelOutput } from './outputs.js';
import type { Layout } from './pack.js';

/** What a loss compares with: on the host, or tensors that were computed on the device. @internal */
export type Targets = Readonly<Record<string, HostArray | Tensor>>;

/** One call of a model, checked and packed on the host. @internal */
export interface HostPass {
  inputs: ModelInputs;
  batch: HostBatch;
  wants(name: OutputName): boolean;
}

/** What the device reads of a pass. @internal */
export interface PassTensors {
  batch: TokenBatch;
  targets: Readonly<Record<string, Tensor>>;
}

/** What a head gives. @internal */
export interface HeadOutputs {
  loss?: Tensor | undefined;
  /** Per packed token: (T, ...). */
  perToken?: Readonly<Record<string, Tensor | undefined>>;
  /** Per sequence: (B, ...). */
  perSequence?: Readonly<Record<string, Tensor | undefined>>;
}

/** What a pass gives. @internal */
export interface PassOutputs extends HeadOutputs {
  hiddenStates?: Tensor[] | undefined; // (T, C) each
  attentions?: Tensor[] | undefined;
}

function mapTensors(
  tensors: Readonly<Record<string, Tensor | undefined>> = {},
  change: (x: Tensor) => Tensor,
): Record<string, Tensor | undefined> {
  return Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, x && change(x)]));
}

/** The outputs as the caller gets them: those per token as the inputs were laid out. @internal */
export function callerOutputs(outputs: PassOutputs, layout: Layout): AnyModelOutput {
  return new ModelOutput({
    loss: outputs.loss,
    ...mapTensors(outputs.perToken, (x) => unpack(x, layout)),
    ...outputs.perSequence,
    hiddenStates: outputs.hiddenStates?.map((hidden) => unpack(hidden, layout)),
    attentions: outputs.attentions,
  });
}

/** Copies of a bucket's outputs without its padding: the next replay writes where they are. @internal */
export function copyOutputs({ loss, perToken, perSequence }: HeadOutputs, layout: Layout): HeadOutputs {
  const { tokens, batch } = sizeOf(layout);
  return {
    loss: loss && copy(loss),
    perToken: mapTensors(perToken, (x) => copy(slice(x, 0, 0, tokens))),
    perSequence: mapTensors(perSequence, (x) => copy(slice(x, 0, 0, batch))),
  };
}
