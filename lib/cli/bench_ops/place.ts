import { grad } from '../../autograd/backward.js';
import { noGrad } from '../../autograd/tape.js';
import { ones, tensor } from '../../tensor/create.js';
import { type DType, isFloating } from '../../tensor/dtype.js';
import { Generator } from '../../tensor/random.js';
import { Segments } from '../../tensor/segments.js';
import type { Tensor } from '../../tensor/tensor.js';
import { PhiloxRandom } from '../../util/philox.js';
import type { CaseContext, OpCase } from './cases.js';

type Disposable = { dispose(): void };

/** Numbers of every input, equal on every device. @internal */
export function drawInputs({ inputs }: OpCase, seed: number): Float64Array[] {
  const philox = new PhiloxRandom(seed);
  const random = (): number => philox.nextUint32() / 2 ** 32;
  return inputs.map(({ shape, values = () => random() * 2 - 1 }) =>
    Float64Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, i) => values(i, random)),
  );
}

/** One case on one device: its inputs, and calls that leave nothing behind. @internal */
export class CasePlace implements CaseContext {
  readonly #case: OpCase;
  readonly #inputs: Tensor[];
  #outputGrads: Tensor[] | undefined;
  #owned: Disposable[] = [];

  constructor(
    opCase: OpCase,
    numbers: readonly Float64Array[],
    readonly device: string,
    readonly dtype: DType,
  ) {
    this.#case = opCase;
    this.#inputs = opCase.inputs.map((input, i) => {
      const type = input.dtype ?? dtype;
      const made = tensor(numbers[i]!, { dtype: type, shape: input.shape, device });
      const wantsGrad =
        opCase.gradient !== false && isFloating(type) && (input.requiresGrad ?? input.dtype === undefined);
      if (wantsGrad) made.withGrad();
      return made;
    });
  }

  segments(lengths: readonly number[]): Segments {
    return this.#own(Segments.fromLengths(lengths, this.device));
  }

  generator(seed: number): Generator {
    return this.#own(new Generator(seed, this.device));
  }

  /** Whether there is a gradient to compute. */
  get isDifferentiable(): boolean {
    return this.#inputs.some(({ requiresGrad }) => requiresGrad);
  }

  /** Queues the op without gradients. */
  forward(): void {
    noGrad(() => this.#run());
    this.#free();
  }

  /** Queues the op and its gradient by every input that has one. */
  training(): void {
    const outputs = this.#run().filter(({ requiresGrad }) => requiresGrad);
    this.#outputGrads ??= outputs.map(({ shape, dtype }) => ones(shape, { dtype, device: this.device }));
    const wanted = this.#inputs.filter(({ requiresGrad }) => requiresGrad);
    for (const found of grad(outputs, wanted, { outputGrads: this.#outputGrads })) if (found) this.#own(found);
    this.#free();
  }

  dispose(): void {
    this.#free();
    for (const each of [...this.#inputs, ...(this.#outputGrads ?? [])]) each.dispose();
  }

  #run(): Tensor[] {
    const result = this.#case.run(this.#inputs, this.#case.options, this);
    const outputs = (Array.isArray(result) ? result : [result]) as Tensor[];
    // An op may give back its input.
    for (const output of outputs) if (!this.#inputs.includes(output)) this.#own(output);
    return outputs;
  }

  #own<T extends Disposable>(value: T): T {
    this.#owned.push(value);
    return value;
  }

  #free(): void {
    for (const each of this.#owned) each.dispose();
    this.#owned = [];
  }
}
