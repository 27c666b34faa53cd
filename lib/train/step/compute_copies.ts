import type { DType } from '../../tensor/dtype.js';
import { callOne, copyInto, keep, type Tensor, tidy } from '../../tensor/tensor.js';
import { ConfigError } from '../../util/errors.js';
import type { Slot } from '../../nn/module.js';
import type { TrainingArguments } from '../arguments/training_arguments.js';
import type { TrainableModel } from '../types.js';

/** The dtype of the passes over f32 weights, where it is another. @internal */
export function computeDType({ bf16, fp16 }: TrainingArguments): DType | undefined {
  return bf16 ? 'bf16' : fp16 ? 'f16' : undefined;
}

/**
 * 16-bit copies of a model's f32 parameters, in whose place the model computes with them until it is restored. The
 * optimizer keeps the two alike.
 * @internal
 */
export class ComputeCopies {
  /** The f32 parameter behind each copy. */
  readonly masters = new Map<Tensor, Tensor>();
  readonly #copies = new Map<Tensor, Tensor>();
  readonly #slots: Slot[];

  /** @throws ConfigError for a model that does not show where its parameters are */
  constructor(model: TrainableModel, dtype: DType) {
    if (model.slots === undefined) throw new ConfigError('Trainer: bf16 and fp16 need a model that is a Module');
    this.#slots = model.slots().filter(({ value }) => value.dtype === 'f32');
    for (const { value } of this.#slots) {
      if (this.#copies.has(value)) continue;
      const copy = keep(callOne((ops) => ops.cast(value.handle, dtype))).withGrad(value.requiresGrad);
      this.#copies.set(value, copy);
      this.masters.set(copy, value);
    }
    this.#put((value) => this.#copies.get(value)!);
  }

  /** Runs `body` on the model with its f32 parameters. */
  async withMasters<T>(body: () => Promise<T>): Promise<T> {
    this.#put((value) => value);
    try {
      return await body();
    } finally {
      this.#put((value) => this.#copies.get(value)!);
    }
  }

  /** Brings the copies up to date after somebody else than the optimizer changed the parameters. */
  refresh(): void {
    tidy(() => {
      for (const [copy, master] of this.masters) copyInto(copy, master);
    });
  }

  /** Gives the model its f32 parameters back. */
  dispose(): void {
    this.#put((value) => value);
    for (const copy of this.masters.keys()) copy.dispose();
  }

  #put(choose: (master: Tensor) => Tensor): void {
    for (const { value, replace } of this.#slots) replace(choose(value));
  }
}
