import type { Generator } from '../tensor/random.js';
import { aliasTensor, type Tensor } from '../tensor/tensor.js';
import { grad } from './backward.js';
import { defineOp } from './define_op.js';
import { withGradMode } from './tape.js';

/** What {@link checkpoint} needs beside the function. */
export interface CheckpointOptions {
  /** What the function's gradient goes to beside its input: the parameters it uses. */
  parameters?: readonly Tensor[];
  /** More of the function's inputs, to which its gradient goes as to x; it gets them as the third argument. */
  inputs?: readonly Tensor[];
  /** Tensors without a gradient that the function uses; it gets handles that live until the backward pass. */
  constants?: readonly Tensor[];
  /** Where the function's random numbers come from: the second run draws the same. */
  generator?: Generator;
}

type Body = (x: Tensor, constants: readonly Tensor[], inputs: readonly Tensor[]) => Tensor;
type Arguments = [inputs: readonly Tensor[], parameters: readonly Tensor[], body: Body, options: CheckpointOptions];

interface Values {
  body: Body;
  parameters: readonly Tensor[];
  /** How many inputs there are, x first. */
  count: number;
  generator: Generator | undefined;
  position: number;
}

const same = defineOp<[x: Tensor], Tensor>({
  name: 'checkpoint',
  forward: (_, x) => aliasTensor(x),
  backward: (_, dy) => [dy],
});

const rerun = defineOp<Arguments, Tensor, Values>({
  name: 'checkpoint',
  forward(context, inputs, parameters, body, { generator, constants = [] }) {
    context.save(...inputs, ...constants);
    context.values = { body, parameters, count: inputs.length, generator, position: generator?.position ?? 0 };
    const [x, ...others] = inputs;
    if (!context.isRecording) return body(x!, constants, others);
    // With a tape, dropped at once: without one, ops may round 16-bit values less often.
    const leaf = (input: Tensor) => aliasTensor(input).withGrad();
    return aliasTensor(withGradMode(true, () => body(leaf(x!), constants, others.map(leaf))));
  },
  backward({ saved, values: { body, parameters, count, generator, position } }, dy) {
    const constants = saved.slice(count) as Tensor[];
    // Behind a node, as in a plain call: there gradients are summed in the element type of x.
    const inputs = saved.slice(0, count).map((input) => withGradMode(true, () => same(aliasTensor(input!).withGrad())));
    const [x, ...others] = inputs;
    const again = () => withGradMode(true, () => body(x!, constants, others));
    const y = generator === undefined ? again() : generator.replayFrom(position, again);
    const gradients = grad([y], [...inputs, ...parameters], { outputGrads: [dy!] });
    return [gradients.slice(0, count), gradients.slice(count), undefined, undefined];
  },
});

/**
 * `body(x)`, without keeping what its gradient needs: the backward pass computes it again. Less memory for about a third
 * more time, and the same bits.
 * Source: Chen et al., "Training Deep Nets with Sublinear Memory Cost" (arXiv 1604.06174).
 * @param body a function of x, `constants` and `parameters`; it is called twice
 *
 * @example
 * ```ts
 * import { checkpoint, mul, sum, tensor } from 'gridstride';
 * const x = tensor([3], { requiresGrad: true });
 * sum(checkpoint((a) => mul(mul(a, a), a), x)).backward();
 * console.log(await x.grad!.toArray()); // [ 27 ]
 * ```
 */
export function checkpoint(body: Body, x: Tensor, options: CheckpointOptions = {}): Tensor {
  return rerun([x, ...(options.inputs ?? [])], options.parameters ?? [], body, options);
}
