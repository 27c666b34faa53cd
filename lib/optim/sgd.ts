import { callAll, type Tensor } from '../tensor/tensor.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { checkRange, handles, Optimizer, type ParameterGroup, type ReadySlot } from './optimizer.js';

/** Options of {@link SGD}, with PyTorch's defaults (dampening is 0). */
export interface SGDOptions {
  lr?: number;
  momentum?: number;
  nesterov?: boolean;
  weightDecay?: number;
}

/**
 * Stochastic gradient descent with momentum, as `torch.optim.SGD`.
 *
 * @example
 * ```ts
 * import { mul, SGD, sum, tensor } from 'gridstride';
 * const w = tensor([1, -2], { requiresGrad: true });
 * const optimizer = new SGD([w], { lr: 0.25 });
 * sum(mul(w, w)).backward();
 * optimizer.step();
 * console.log(await w.toArray()); // [ 0.5, -1 ]
 * ```
 */
export class SGD extends Optimizer {
  readonly #momentum: number;
  readonly #nesterov: boolean;
  readonly #momenta: Tensor[];

  /** @throws ConfigError for an unknown option or one out of range, DTypeError for 16-bit parameters */
  constructor(groups: readonly Tensor[] | readonly ParameterGroup[], options: SGDOptions = {}) {
    checkOptionNames('SGD', options, ['lr', 'momentum', 'nesterov', 'weightDecay']);
    checkRange('momentum', options.momentum ?? 0);
    super(groups, options.lr ?? 1e-3, options.weightDecay ?? 0);
    this.#momentum = options.momentum ?? 0;
    this.#nesterov = options.nesterov ?? false;
    this.#momenta = this.#momentum > 0 ? this.buffers() : [];
  }

  protected override update(ready: readonly ReadySlot[], gradientState: Tensor | undefined): void {
    const momenta = this.#momenta.length > 0 ? ready.map((slot) => this.#momenta[slot.index]!) : [];
    callAll((ops) =>
      ops.sgd(
        handles(ready.map((slot) => slot.param)),
        handles(ready.map((slot) => slot.gradient)),
        handles(momenta),
        this.copies(ready),
        this.schedule.handle,
        gradientState?.handle,
        ready.map((slot) => slot.weightDecay),
        ready.map((slot) => slot.rateFactor),
        this.#momentum,
        this.#nesterov,
      ),
    );
  }

  protected override namedState(): Map<string, Tensor> {
    return new Map(this.#momenta.map((tensor, i): [string, Tensor] => [`state.${i}.momentum_buffer`, tensor]));
  }
}
