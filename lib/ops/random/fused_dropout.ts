import { defaultGenerator, type Generator } from '../../tensor/random.js';
import type { Tensor } from '../../tensor/tensor.js';

/** Options of an op with a dropout of its own. */
export interface FusedDropoutOptions {
  /** Chance to zero an element, in [0, 1]; by default 0. */
  dropout?: number;
  /** Where dropout's numbers come from; by default the device's default generator. */
  generator?: Generator;
}

/** Dropout of one call, as native ops take it. @internal */
export interface DropoutStream {
  delta: number;
  p: number;
}

/** Takes the numbers for `elements`, as the op `dropout` does. @internal */
export function takeDropout(
  elements: number,
  device: string,
  { dropout = 0, generator }: FusedDropoutOptions,
): { state: Tensor | undefined; stream: DropoutStream } {
  if (!(dropout > 0)) return { state: undefined, stream: { delta: 0, p: dropout } };
  const { state } = (generator ??= defaultGenerator(device));
  return { state, stream: { delta: generator.take(Math.ceil(elements / 4)), p: dropout } };
}
