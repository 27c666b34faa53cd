import { defineOp } from '../../autograd/define_op.js';
import { defaultGenerator, type Generator } from '../../tensor/random.js';
import { aliasTensor, callOne, type Tensor } from '../../tensor/tensor.js';

/** Options of {@link dropout}. */
export interface DropoutOptions {
  /** Whether to drop at all; by default true. */
  training?: boolean;
  /** Where the numbers come from; by default the device's default generator. */
  generator?: Generator;
}

interface Stream {
  delta: number;
  p: number;
}

const drop = defineOp<[x: Tensor, p: number, generator: Generator], Tensor, Stream>({
  name: 'dropout',
  forward(context, x, p, generator) {
    const delta = generator.take(Math.ceil(x.size / 4));
    context.save(generator.state);
    context.values = { delta, p };
    return callOne((ops) => ops.dropout(x.handle, generator.state.handle, delta, p));
  },
  backward: ({ saved: [state], values: { delta, p } }, dy) => [
    callOne((ops) => ops.dropout(dy!.handle, state!.handle, delta, p)),
    undefined,
    undefined,
  ],
});

const pass = defineOp<[x: Tensor], Tensor>({
  name: 'dropout',
  forward: (_, x) => aliasTensor(x),
  backward: (_, dy) => [dy],
});

/**
 * Sets each element to 0 with probability p and divides the others by 1 - p. The mask is drawn anew in the backward
 * pass, not kept.
 * @param p the chance to zero, in [0, 1]
 * @throws DTypeError unless x is floating, ConfigError for p out of range
 *
 * @example
 * ```ts
 * import { dropout, ones } from 'gridstride';
 * console.log(await dropout(ones([2]), 0.1, { training: false }).toArray()); // [ 1, 1 ]
 * ```
 */
export function dropout(x: Tensor, p: number, options: DropoutOptions = {}): Tensor {
  const { training = true, generator } = options;
  if (!training || p === 0) return pass(x);
  return drop(x, p, generator ?? defaultGenerator(x.device));
}
