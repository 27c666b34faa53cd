import {
  add,
  cast,
  concat,
  greater,
  greaterEqual,
  indexSelect,
  logicalOr,
  mul,
  reciprocal,
  slice,
  sub,
  where,
} from '../../ops/index.js';
import { noGrad } from '../../autograd/tape.js';
import { tensor } from '../../tensor/create.js';
import { copyInto, keep, type Tensor, tidy } from '../../tensor/tensor.js';

/** What a checkpoint keeps of a {@link LossScaler}. @internal */
export interface ScalerState {
  scale: number;
  /** Steps since the scale changed. */
  growth: number;
  /** Optimizer steps that were not skipped. */
  taken: number;
}

const FIRST_SCALE = 65_536;
const GROWTH_INTERVAL = 2000;

/** Below this scale the loss itself must be at fault, not its range. */
export const LEAST_SCALE = 2 ** -20;

/**
 * The dynamic loss scale of f16 training, all on the device: after an overflow the step is skipped and the scale halved,
 * after 2,000 good steps it doubles, as `torch.amp.GradScaler`. A skipped step uses up none of the learning rate's schedule.
 * Source: Micikevicius et al., "Mixed Precision Training" (arXiv 1710.03740).
 * @internal
 */
export class LossScaler {
  readonly #scale: Tensor; // f32 (1)
  readonly #growth: Tensor; // f32 (1)
  readonly #taken: Tensor; // f32 (1)
  readonly #rates: Tensor; // f32 (steps + 1)

  constructor(rates: Float32Array, device: string, { scale, growth, taken }: ScalerState) {
    const scalar = (value: number) => keep(tensor(Float32Array.of(value), { device }));
    this.#scale = scalar(scale);
    this.#growth = scalar(growth);
    this.#taken = scalar(taken);
    this.#rates = keep(tensor(rates, { device }));
  }

  /** The state at the start of a run that has taken so many steps. */
  static fresh(taken: number): ScalerState {
    return { scale: FIRST_SCALE, growth: 0, taken };
  }

  /** What losses are multiplied by, f32 (1). */
  get scale(): Tensor {
    return this.#scale;
  }

  /** One over the scale, f32 (1): new, the caller's. */
  inverse(): Tensor {
    return reciprocal(this.#scale);
  }

  /** Learning rate and number of the next step that is not skipped, f32 (2): new, the caller's. */
  schedule(): Tensor {
    return noGrad(() =>
      tidy(() => {
        const rate = indexSelect(this.#rates, 0, cast(this.#taken, 'i32'));
        return concat([rate, add(this.#taken, 1)], 0);
      }),
    );
  }

  /** Takes a step's gradient state in: a skip, or a good step more. */
  update(gradientState: Tensor): void {
    noGrad(() =>
      tidy(() => {
        const skip = slice(gradientState, 0, 3, 4);
        const isSkipped = greater(skip, 0);
        const grown = add(this.#growth, 1);
        const grows = greaterEqual(grown, GROWTH_INTERVAL);
        copyInto(this.#scale, where(isSkipped, mul(this.#scale, 0.5), where(grows, mul(this.#scale, 2), this.#scale)));
        copyInto(this.#growth, where(logicalOr(isSkipped, grows), 0, grown));
        copyInto(this.#taken, add(this.#taken, sub(1, skip)));
      }),
    );
  }

  async state(): Promise<ScalerState> {
    const [scale, growth, taken] = await Promise.all([this.#scale.item(), this.#growth.item(), this.#taken.item()]);
    return { scale, growth, taken };
  }

  dispose(): void {
    for (const part of [this.#scale, this.#growth, this.#taken, this.#rates]) part.dispose();
  }
}
