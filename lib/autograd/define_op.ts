import { isFloating } from '../tensor/dtype.js';
import { Tensor, tidy } from '../tensor/tensor.js';
import { type Edge, edgeOf, isGradEnabled, Node, saveTensor, withGradMode } from './tape.js';

/** What an op's forward keeps for its backward. */
export interface Context<Values = unknown> {
  /** Keeps tensors; `backward` gets them as `saved`, in this order. */
  save(...tensors: (Tensor | undefined)[]): void;
  /** Plain values kept beside them. */
  values: Values;
  /** Whether there will be a backward pass: without one, nothing needs to be computed for it. */
  readonly isRecording: boolean;
}

/** What an op's backward sees. */
export interface BackwardContext<Values = unknown> {
  saved: readonly (Tensor | undefined)[];
  values: Values;
  /** Per argument: whether its gradient is wanted. */
  needs: readonly boolean[];
}

type Output = Tensor | readonly (Tensor | undefined)[];

/** An op: its function and its gradient side by side; `backward: null` says "not differentiable". */
export interface OpDefinition<Args extends readonly unknown[], Result extends Output, Values> {
  name: string;
  /** Gradients come as they are, not in the output's dtype: a cast passes f32 gradients of 16-bit weights on. */
  takesAnyGradient?: boolean;
  forward(context: Context<Values>, ...args: Args): Result;
  backward:
    | null
    | ((
        context: BackwardContext<Values>,
        ...outputGrads: (Tensor | undefined)[]
      ) => readonly (Tensor | undefined | readonly (Tensor | undefined)[])[]);
}

function needsGrad(arg: unknown): boolean {
  if (arg instanceof Tensor) return arg.requiresGrad;
  return Array.isArray(arg) && arg.some((item) => item instanceof Tensor && item.requiresGrad);
}

function edgesOf(arg: unknown): Edge | readonly Edge[] {
  if (arg instanceof Tensor) return edgeOf(arg);
  if (Array.isArray(arg)) return arg.map((item) => (item instanceof Tensor ? edgeOf(item) : undefined));
  return undefined;
}

function attach(outputs: readonly (Tensor | undefined)[], node: Node): void {
  outputs.forEach((output, index) => {
    if (output === undefined || !isFloating(output.dtype)) return;
    output.requiresGrad = true;
    output.node = node;
    output.outputIndex = index;
    node.retain();
  });
}

const NO_CONTEXT: Context<never> = { save() {}, values: undefined as never, isRecording: false };

/**
 * Makes a function of tensors from its computation and its gradient. The function records itself on the tape when an
 * argument requires a gradient. `backward` returns one gradient per argument (undefined where there is none, a list for
 * a list of tensors).
 *
 * @example
 * ```ts
 * import { defineOp, mul, tensor } from 'gridstride';
 * const square = defineOp({
 *   name: 'square',
 *   forward(context, x: ReturnType<typeof tensor>) {
 *     context.save(x);
 *     return mul(x, x);
 *   },
 *   backward: ({ saved }, dy) => [mul(mul(saved[0]!, dy!), tensor(2))],
 * });
 * const x = tensor([3], { requiresGrad: true });
 * square(x).backward();
 * console.log(await x.grad!.toArray()); // [ 6 ]
 * ```
 */
export function defineOp<Args extends readonly unknown[], Result extends Output, Values = unknown>(
  definition: OpDefinition<Args, Result, Values>,
): (...args: Args) => Result {
  const { forward, backward } = definition;
  return (...args: Args): Result => {
    if (backward === null || !isGradEnabled() || !args.some(needsGrad))
      return forward(NO_CONTEXT as Context<Values>, ...args);
    return recorded(definition, backward, args);
  };
}

function recorded<Args extends readonly unknown[], Result extends Output, Values>(
  { name, forward, takesAnyGradient }: OpDefinition<Args, Result, Values>,
  backward: NonNullable<OpDefinition<Args, Result, Values>['backward']>,
  args: Args,
): Result {
  let saved: (Tensor | undefined)[] = [];
  const context: Context<Values> = {
    save(...tensors) {
      saved = tensors.map(saveTensor);
    },
    values: undefined as Values,
    isRecording: true,
  };
  // The scope frees what forward made for its own use; what it saved is held by the tape.
  const result = withGradMode(false, () => tidy(() => forward(context, ...args)));
  const outputs: readonly (Tensor | undefined)[] = result instanceof Tensor ? [result] : (result as readonly Tensor[]);
  const needs = args.map(needsGrad);
  const gradient = (grads: readonly (Tensor | undefined)[]) =>
    backward({ saved, values: context.values, needs }, ...grads);
  const dtypes = outputs.map((output) => (takesAnyGradient === true ? undefined : output?.dtype));
  attach(outputs, new Node(name, dtypes, args.map(edgesOf), saved, gradient));
  return result;
}
