import { addon } from '../native/addon.js';
import { ones } from '../tensor/create.js';
import type { DType } from '../tensor/dtype.js';
import { aliasTensor, callOne, keep, Tensor, tidy } from '../tensor/tensor.js';
import { ShapeError, UnsupportedOpError } from '../util/errors.js';
import { type Edge, Node, withGradMode } from './tape.js';

type Grads = (Tensor | undefined)[];

/** Gradients that wait for their node, and what leaves (or asked-for tensors) have got. */
class Accumulator {
  readonly pending = new Map<Node, Grads>();
  readonly leaves = new Map<Tensor, Tensor>();

  add(edge: Edge, gradient: Tensor | undefined): void {
    if (edge === undefined || gradient === undefined) return;
    if ('leaf' in edge) {
      this.leaves.set(edge.leaf, sum(this.leaves.get(edge.leaf), gradient));
      return;
    }
    const { node, output } = edge;
    const grads = this.pending.get(node) ?? node.outputs.map((): Tensor | undefined => undefined);
    grads[output] = sum(grads[output], asDType(gradient, node.outputs[output]));
    this.pending.set(node, grads);
  }

  /** The waiting node that ran last: everything that feeds on it has been done. */
  next(): [Node, Grads] | undefined {
    let latest: Node | undefined;
    for (const node of this.pending.keys()) if (latest === undefined || node.order > latest.order) latest = node;
    if (latest === undefined) return undefined;
    const grads = this.pending.get(latest)!;
    this.pending.delete(latest);
    return [latest, grads];
  }
}

/** Gradients of weights are f32 whatever the weights are: behind an op that made them, they take its dtype. */
function asDType(gradient: Tensor, dtype: DType | undefined): Tensor {
  return dtype === undefined || gradient.dtype === dtype
    ? gradient
    : callOne((ops) => ops.cast(gradient.handle, dtype));
}

function sum(a: Tensor | undefined, b: Tensor): Tensor {
  if (a === undefined) return b;
  if (a.dtype !== b.dtype) return sum(asDType(a, 'f32'), asDType(b, 'f32'));
  return callOne((ops) => ops.binary('add', a.handle, b.handle));
}

function run(accumulator: Accumulator, keepTape: boolean, wanted?: ReadonlyMap<Node, readonly Tensor[]>): void {
  for (let entry = accumulator.next(); entry !== undefined; entry = accumulator.next()) {
    const [node, grads] = entry;
    for (const tensor of wanted?.get(node) ?? []) {
      const gradient = grads[tensor.outputIndex];
      if (gradient !== undefined) accumulator.leaves.set(tensor, gradient);
    }
    if (node.gradient === undefined)
      throw new UnsupportedOpError(
        `backward: the tape of ${node.name} was already consumed; run the forward pass again`,
      );
    const inputs = node.gradient(grads);
    node.edges.forEach((edge, i) => {
      if (edge === undefined) return;
      const gradient = inputs[i];
      if (Array.isArray(edge))
        edge.forEach((item, j) => accumulator.add(item as Edge, (gradient as Grads | undefined)?.[j]));
      else accumulator.add(edge as Edge, gradient as Tensor | undefined);
    });
    if (!keepTape) node.consume();
  }
}

function seed(accumulator: Accumulator, output: Tensor, gradient: Tensor | undefined): void {
  if (!output.requiresGrad)
    throw new UnsupportedOpError('backward: the tensor does not depend on anything that requires a gradient');
  if (gradient === undefined && output.size !== 1)
    throw new ShapeError(`backward: a tensor of shape (${output.shape.join(', ')}) needs a gradient of its shape`);
  const start = gradient ?? ones(output.shape, { dtype: output.dtype, device: output.device });
  accumulator.add(
    output.node instanceof Node ? { node: output.node, output: output.outputIndex } : { leaf: output },
    start,
  );
}

function backward(output: Tensor, gradient?: Tensor): void {
  withGradMode(false, () =>
    tidy(() => {
      const accumulator = new Accumulator();
      seed(accumulator, output, gradient);
      run(accumulator, false);
      const taken = new Set<number>(gradient === undefined ? [] : [addon().storageOf(gradient.handle)]);
      for (const [leaf, added] of accumulator.leaves) {
        const before = leaf.grad;
        leaf.grad = keep(before === undefined ? owned(added, taken) : sum(before, added));
        before?.dispose();
      }
    }),
  );
}

/** A leaf's gradient is dense and shares no memory with the caller's or another leaf's: optimizers change it in place. */
function owned(gradient: Tensor, taken: Set<number>): Tensor {
  const dense = callOne((ops) => ops.contiguous(gradient.handle));
  const storage = addon().storageOf(dense.handle);
  if (taken.has(storage)) return callOne((ops) => ops.copy(dense.handle));
  taken.add(storage);
  return dense;
}

/**
 * Gradients of the sum of `outputs` with respect to `inputs`, without touching `.grad`: for integrated gradients and
 * adversarial training.
 * @param inputs tensors that require gradients, leaves or not
 * @param outputGrads one gradient per output; by default 1, for outputs of one element
 * @returns one tensor per input; undefined where an output does not depend on it
 *
 * @example
 * ```ts
 * import { grad, mul, tensor } from 'gridstride';
 * const x = tensor([1.5], { requiresGrad: true });
 * const [dx] = grad([mul(x, x)], [x]);
 * console.log(await dx!.toArray()); // [ 3 ]
 * ```
 */
export function grad(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  options: { outputGrads?: readonly Tensor[]; keepTape?: boolean } = {},
): (Tensor | undefined)[] {
  return withGradMode(false, () =>
    tidy(() => {
      const accumulator = new Accumulator();
      outputs.forEach((output, i) => seed(accumulator, output, options.outputGrads?.[i]));
      const wanted = new Map<Node, Tensor[]>();
      for (const input of inputs)
        if (input.node instanceof Node) wanted.set(input.node, [...(wanted.get(input.node) ?? []), input]);
      run(accumulator, options.keepTape ?? false, wanted);
      return inputs.map((input) => {
        const gradient = accumulator.leaves.get(input);
        return gradient && aliasTensor(gradient);
      });
    }),
  );
}

declare module '../tensor/tensor.js' {
  interface Tensor {
    /**
     * Computes the gradient of this tensor with respect to every leaf it depends on and adds it to the leaf's `grad`.
     * Consumes the tape.
     * @param gradient of this tensor's shape; by default 1, for a tensor of one element
     */
    backward(gradient?: Tensor): void;
  }
}

Tensor.prototype.backward = function (this: Tensor, gradient?: Tensor): void {
  backward(this, gradient);
};
