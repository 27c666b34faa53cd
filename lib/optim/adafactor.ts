import { noGrad } from '../autograd/tape.js';
import * as t from '../ops/index.js';
import { zeros } from '../tensor/create.js';
import { copyInto, keep, type Tensor, tidy } from '../tensor/tensor.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import { checkRange, Optimizer, type ParameterGroup, type ReadySlot } from './optimizer.js';

/** Options of {@link Adafactor}, with the values Hugging Face's Trainer uses. */
export interface AdafactorOptions {
  lr?: number;
  /** Added to the square of the gradient. */
  eps?: number;
  /** Largest root mean square of an update. */
  clipThreshold?: number;
  /** The second moment forgets by step to this power, below 0. */
  decayRate?: number;
  /** Of a first moment; none by default. */
  beta1?: number;
  weightDecay?: number;
}

/** Second moment of one parameter: sums over its last two axes, or all of it. */
type Moment = { row: Tensor; column: Tensor } | { all: Tensor };

/** What all parameters of a step share: f32 (1) each, on the device. */
interface StepScalars {
  rate: Tensor;
  /** What the newest gradient counts for: step ** decayRate. */
  fresh: Tensor;
  scale: Tensor | undefined;
  isSkipped: Tensor | undefined;
}

/**
 * Adafactor with a given learning rate, as `transformers.Adafactor` with `scale_parameter=False` and
 * `relative_step=False`: of matrices it keeps a row and a column of second moments.
 * Source: Shazeer and Stern, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost" (arXiv 1804.04235).
 *
 * @example
 * ```ts
 * import { Adafactor, mul, sum, tensor } from 'gridstride';
 * const w = tensor([[1, -2]], { requiresGrad: true });
 * const optimizer = new Adafactor([w], { lr: 0.1 });
 * sum(mul(w, w)).backward();
 * optimizer.step();
 * const [first] = await w.data();
 * console.log(Number(first).toFixed(2)); // 0.90
 * ```
 */
export class Adafactor extends Optimizer {
  readonly #options: Required<Omit<AdafactorOptions, 'lr' | 'weightDecay' | 'beta1'>> & { beta1: number | undefined };
  readonly #firstMoments: Tensor[];
  readonly #moments: Moment[];

  /** @throws ConfigError for an unknown option or one out of range, DTypeError for 16-bit parameters */
  constructor(groups: readonly Tensor[] | readonly ParameterGroup[], options: AdafactorOptions = {}) {
    checkOptionNames('Adafactor', options, ['lr', 'eps', 'clipThreshold', 'decayRate', 'beta1', 'weightDecay']);
    const { eps = 1e-30, clipThreshold = 1, decayRate = -0.8, beta1 } = options;
    checkRange('eps', eps);
    if (!(clipThreshold > 0)) throw new ConfigError(`optimizer: clipThreshold must be above 0, got ${clipThreshold}`);
    if (!(decayRate < 0)) throw new ConfigError(`optimizer: decayRate must be below 0, got ${decayRate}`);
    if (beta1 !== undefined) checkRange('beta1', beta1, 1);
    super(groups, options.lr ?? 1e-3, options.weightDecay ?? 0);
    this.#options = { eps, clipThreshold, decayRate, beta1 };
    this.#firstMoments = beta1 === undefined ? [] : this.buffers();
    this.#moments = this.slots.map(({ param }) => makeMoment(param));
  }

  protected override update(ready: readonly ReadySlot[], gradientState: Tensor | undefined): void {
    noGrad(() =>
      tidy(() => {
        const part = (tensor: Tensor, at: number) => t.slice(tensor, 0, at, at + 1);
        const scalars: StepScalars = {
          rate: part(this.schedule, 0),
          fresh: t.pow(part(this.schedule, 1), this.#options.decayRate),
          scale: gradientState && part(gradientState, 1),
          isSkipped: gradientState && t.greater(part(gradientState, 3), 0),
        };
        for (const slot of ready) tidy(() => this.#updateOne(slot, scalars));
      }),
    );
  }

  #updateOne(slot: ReadySlot, scalars: StepScalars): void {
    const { param, copy, index, weightDecay } = slot;
    const { scale, isSkipped } = scalars;
    const { clipThreshold, beta1 } = this.#options;
    const gradient = slot.gradient.dtype === param.dtype ? slot.gradient : t.cast(slot.gradient, param.dtype);
    const g = scale === undefined ? gradient : t.mul(gradient, scale);
    const put = (target: Tensor, value: Tensor) => {
      const kept = isSkipped === undefined ? value : t.where(isSkipped, target, value);
      copyInto(target, kept);
      return kept;
    };
    const raw = this.#normalised(g, this.#moments[index]!, scalars.fresh, put);
    const clipped = t.div(raw, t.maximum(t.div(t.sqrt(t.mean(t.square(raw))), clipThreshold), 1));
    const rate = t.mul(scalars.rate, slot.rateFactor);
    let change = t.mul(clipped, rate);
    const first = this.#firstMoments[index];
    if (first !== undefined) change = put(first, t.add(t.mul(first, beta1!), t.mul(change, 1 - beta1!)));
    const decayed = weightDecay === 0 ? param : t.sub(param, t.mul(t.mul(param, weightDecay), rate));
    const value = put(param, t.sub(decayed, change));
    if (copy !== undefined) copyInto(copy, value);
  }

  /** The gradient over the root of its second moment, which is brought up to date. */
  #normalised(g: Tensor, moment: Moment, fresh: Tensor, put: (target: Tensor, value: Tensor) => Tensor): Tensor {
    const squares = t.add(t.square(g), this.#options.eps);
    const mixed = (old: Tensor, latest: Tensor) => t.add(t.mul(old, t.sub(1, fresh)), t.mul(latest, fresh));
    if ('all' in moment) return t.mul(t.rsqrt(put(moment.all, mixed(moment.all, squares))), g);
    const row = put(moment.row, mixed(moment.row, t.mean(squares, { axes: [-1] })));
    const column = put(moment.column, mixed(moment.column, t.mean(squares, { axes: [-2] })));
    const rowFactor = t.unsqueeze(t.rsqrt(t.div(row, t.mean(row, { axes: [-1], keepDims: true }))), -1);
    return t.mul(t.mul(rowFactor, t.unsqueeze(t.rsqrt(column), -2)), g);
  }

  protected override namedState(): Map<string, Tensor> {
    const named = new Map<string, Tensor>();
    this.#moments.forEach((moment, i) => {
      if ('all' in moment) named.set(`state.${i}.exp_avg_sq`, moment.all);
      else named.set(`state.${i}.exp_avg_sq_row`, moment.row).set(`state.${i}.exp_avg_sq_col`, moment.column);
    });
    this.#firstMoments.forEach((tensor, i) => named.set(`state.${i}.exp_avg`, tensor));
    return named;
  }
}

function makeMoment({ shape, dtype, device }: Tensor): Moment {
  const empty = (sizes: readonly number[]) => keep(zeros(sizes, { dtype, device }));
  if (shape.length < 2) return { all: empty(shape) };
  return { row: empty(shape.slice(0, -1)), column: empty([...shape.slice(0, -2), shape.at(-1)!]) };
}
