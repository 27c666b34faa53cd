import type { DType } from '../tensor/dtype.js';
import { aliasTensor, type TapeNode, Tensor } from '../tensor/tensor.js';

/** The gradient function of an op: from the gradients of its outputs to those of its arguments. @internal */
export type Gradient = (outputGrads: readonly (Tensor | undefined)[]) => readonly unknown[];

/** Where a gradient goes: an output of another node, or a leaf. @internal */
export type Edge = { node: Node; output: number } | { leaf: Tensor } | undefined;

let nextOrder = 0;

/**
 * One executed op on the tape. It lives as long as a tensor or a later node needs it, and then frees what it saved: by
 * counted references, so that a loop that never yields to the garbage collector does not pile up activations.
 * @internal
 */
export class Node implements TapeNode {
  readonly order = nextOrder++;
  #references = 0;
  #saved: readonly (Tensor | undefined)[];

  constructor(
    readonly name: string,
    readonly outputs: readonly (DType | undefined)[],
    readonly edges: readonly (Edge | readonly Edge[])[],
    saved: readonly (Tensor | undefined)[],
    public gradient: Gradient | undefined,
  ) {
    this.#saved = saved;
    for (const edge of edges.flat()) if (edge !== undefined && 'node' in edge) edge.node.retain();
  }

  retain(): void {
    this.#references += 1;
  }

  release(): void {
    this.#references -= 1;
    if (this.#references > 0) return;
    this.consume();
    for (const edge of this.edges.flat()) if (edge !== undefined && 'node' in edge) edge.node.release();
  }

  /** Frees the saved tensors; a second backward pass through this node is an error. */
  consume(): void {
    for (const tensor of this.#saved) tensor?.dispose();
    this.#saved = [];
    this.gradient = undefined;
  }
}

let enabled = true;

/** Whether ops are put on the tape. @internal */
export function isGradEnabled(): boolean {
  return enabled;
}

/** Runs `body` with the tape on or off. @internal */
export function withGradMode<T>(on: boolean, body: () => T): T {
  const before = enabled;
  enabled = on;
  try {
    const result = body();
    if (result instanceof Promise) throw new TypeError('noGrad: the callback must not return a promise');
    return result;
  } finally {
    enabled = before;
  }
}

/**
 * Runs `body` without recording a tape: no gradients, and no activations kept.
 * @throws TypeError when `body` returns a promise
 *
 * @example
 * ```ts
 * import { mul, noGrad, tensor } from 'gridstride';
 * const w = tensor([2], { requiresGrad: true });
 * const y = noGrad(() => mul(w, w));
 * console.log(y.requiresGrad); // false
 * ```
 */
export function noGrad<T>(body: () => T): T {
  return withGradMode(false, body);
}

/** The edge that a gradient of `tensor` follows. @internal */
export function edgeOf(tensor: Tensor): Edge {
  if (!tensor.requiresGrad) return undefined;
  return tensor.node instanceof Node ? { node: tensor.node, output: tensor.outputIndex } : { leaf: tensor };
}

/** A handle of `tensor` that the tape owns. @internal */
export function saveTensor(tensor: Tensor | undefined): Tensor | undefined {
  if (tensor === undefined) return undefined;
  const saved = aliasTensor(tensor);
  saved.moveToScope(undefined);
  return saved;
}
