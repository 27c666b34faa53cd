import { callAll, type Tensor } from '../tensor/tensor.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { checkRange, handles, Optimizer, type ParameterGroup, type ReadySlot } from './optimizer.js';

/** Options of {@link AdamW}, with PyTorch's defaults. */
export interface AdamWOptions {
  lr?: number;
  betas?: readonly [number, number];
  eps?: number;
  weightDecay?: number;
}

/**
 * AdamW with decoupled weight decay, as `torch.optim.AdamW`, over all parameters in one launch per 64 tensors.
 * Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (arXiv 1711.05101).
 *
 * @example
 * ```ts
 * import { AdamW, mul, sum, tensor } from 'gridstride';
 * const w = tensor([1, -2], { requiresGrad: true });
 * const optimizer = new AdamW([w], { lr: 0.1, weightDecay: 0 });
 * sum(mul(w, w)).backward();
 * optimizer.step();
 * const [first] = await w.data();
 * console.log(Number(first).toFixed(2)); // 0.90
 * ```
 */
export class AdamW extends Optimizer {
  readonly #betas: readonly [number, number];
  readonly #eps: number;
  readonly #firstMoments: Tensor[];
  readonly #secondMoments: Tensor[];

  /** @throws ConfigError for an unknown option or one out of range, DTypeError for 16-bit parameters */
  constructor(groups: readonly Tensor[] | readonly ParameterGroup[], options: AdamWOptions = {}) {
    checkOptionNames('AdamW', options, ['lr', 'betas', 'eps', 'weightDecay']);
    const { betas = [0.9, 0.999], eps = 1e-8 } = options;
    betas.forEach((beta, i) => checkRange(`betas[${i}]`, beta, 1));
    checkRange('eps', eps);
    super(groups, options.lr ?? 1e-3, options.weightDecay ?? 0.01);
    this.#betas = betas;
    this.#eps = eps;
    this.#firstMoments = this.buffers();
    this.#secondMoments = this.buffers();
  }

  protected override update(ready: readonly ReadySlot[], gradientState: Tensor | undefined): void {
    callAll((ops) =>
      ops.adamw(
        handles(ready.map((slot) => slot.param)),
        handles(ready.map((slot) => slot.gradient)),
        handles(ready.map((slot) => this.#firstMoments[slot.index]!)),
        handles(ready.map((slot) => this.#secondMoments[slot.index]!)),
        this.copies(ready),
        this.schedule.handle,
        gradientState?.handle,
        ready.map((slot) => slot.weightDecay),
        ready.map((slot) => slot.rateFactor),
        this.#betas[0],
        this.#betas[1],
        this.#eps,
      ),
    );
  }

  protected override namedState(): Map<string, Tensor> {
    const first = this.#firstMoments.map((tensor, i): [string, Tensor] => [`state.${i}.exp_avg`, tensor]);
    const second = this.#secondMoments.map((tensor, i): [string, Tensor] => [`state.${i}.exp_avg_sq`, tensor]);
    return new Map([...first, ...second]);
  }
}
